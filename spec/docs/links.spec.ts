import { expect, test } from '@jest/globals';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';

const docs = readdirSync('docs', { recursive: true, encoding: 'utf8' })
  .filter((path) => path.endsWith('.md') && !path.startsWith('api'))
  .map((path) => join('docs', path));
const pages = ['README.md', 'CHANGELOG.md', 'CONTRIBUTING.md', 'SECURITY.md', ...docs];

/** The links of a page that stay in the repository, as they stand. */
function linksOf(page: string): string[] {
  const prose = readFileSync(page, 'utf8').replace(/^```[^]*?^```$/gm, '').replace(/`[^`\n]*`/g, '');
  const links = Array.from(prose.matchAll(/\]\(([^)\s]+)\)|\bsrc="([^"]+)"/g), ([, link, source]) => link ?? source);
  return links.filter((link) => !/^\w+:/.test(link));
}

/** The anchors of a page's headings, as forges make them. */
function anchorsOf(page: string): string[] {
  return Array.from(readFileSync(page, 'utf8').matchAll(/^#+ (.*)$/gm), ([, heading]) =>
    heading.toLowerCase().replace(/[^\p{L}\p{N} -]/gu, '').replaceAll(' ', '-'),
  );
}

test.each(pages)('the links of %s lead somewhere', (page) => {
  const broken = linksOf(page).filter((link) => {
    const [path, anchor] = link.split('#');
    const target = path === '' ? page : normalize(join(dirname(page), path));
    return !existsSync(target) || (anchor !== undefined && !anchorsOf(target).includes(anchor));
  });
  expect(broken).toEqual([]);
});

test('docs/README.md leads to every page of the guide', () => {
  const linked = linksOf('docs/README.md').map((link) => normalize(join('docs', link)));
  expect(docs.filter((page) => page.startsWith(join('docs', 'guide')) && !linked.includes(page))).toEqual([]);
});
