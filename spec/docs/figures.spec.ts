import { expect, test } from '@jest/globals';
import { readFileSync } from 'node:fs';

/** Pages whose figures come from a run of the suites. */
const PAGES = ['README.md', 'docs/guide/granularity.md'];

const blocksOf = (page: string) =>
  Array.from(readFileSync(page, 'utf8').matchAll(/<!-- figures:([\w-]+) -->\n([^]*?)<!-- \/figures:\1 -->/g),
    ([, name, content]) => ({ name, content }));

test.each(PAGES)('every block of figures in %s is closed', (page) => {
  const marks = (pattern: RegExp) => Array.from(readFileSync(page, 'utf8').matchAll(pattern), ([, name]) => name);
  expect(blocksOf(page).map(({ name }) => name)).toEqual(marks(/<!-- figures:([\w-]+) -->/g));
  expect(marks(/<!-- \/figures:([\w-]+) -->/g)).toEqual(marks(/<!-- figures:([\w-]+) -->/g));
});

test.each(PAGES)('every table of figures in %s has rows, and each of them figures', (page) => {
  const blocks = blocksOf(page).map(({ content }) => content.trim().split('\n'));
  const tables = blocks.filter(([line]) => line.startsWith('|'));
  expect(tables.length).toBeGreaterThan(0);
  for (const [head, , ...rows] of tables) {
    if (rows.length === 0) throw new Error(`A table without rows: ${head}`);
    expect(rows.filter((row) => !/\d/.test(row))).toEqual([]);
  }
});

test('no figure of the guide stands outside of a block, but for the tutorial\'s own', () => {
  const prose = readFileSync('docs/guide/granularity.md', 'utf8')
    .replace(/<!-- figures:([\w-]+) -->[^]*?<!-- \/figures:\1 -->/g, '')
    .replace(/^```[^]*?^```$/gm, '');
  const measured = Array.from(prose.matchAll(/[\d,.]*\d (?:ns|µs|ms|s|×|%)(?!\w)/g), ([figure]) => figure);
  expect(measured).toEqual(['370 ms', '16 µs']);
});
