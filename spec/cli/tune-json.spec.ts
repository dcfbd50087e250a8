/** What the guide says of the object that `granule tune --json` prints. */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { findings } from '../fixtures/lab/findings.js';

const page = readFileSync('docs/guide/tune.md', 'utf8');
const table = page.slice(page.indexOf('## The JSON')).split('\n').filter((line) => line.startsWith('| `'));
const wordsOf = (cell: string) => Array.from(cell.matchAll(/`(\w+)`/g), ([, word]) => word);
const rows = table.map((line) => line.split('|').slice(1, 3).map(wordsOf));

describe('The guide', () => {
  test('lists every field of the JSON', () => {
    expect(rows.flatMap(([fields]) => fields).sort()).toEqual(Object.keys(findings).sort());
  });

  test.each(['subject', 'dispatch', 'speedup', 'chunksizes'] as const)('names what is in %s', (field) => {
    const [, named] = rows.find(([fields]) => fields.includes(field))!;
    const { threads, ...inChunksizes } = findings.chunksizes!;
    const inIt = field === 'chunksizes' ? inChunksizes : findings[field]!;
    expect(threads).toBe(2);
    expect(named).toEqual(expect.arrayContaining(Object.keys(inIt)));
  });
});
