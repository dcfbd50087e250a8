/** The tables of options in the guide have them all. */
import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { RULES } from '#lib/pool/option-rules.js';

test('the guide lists every option of a pool and of its calls', () => {
  const page = readFileSync('docs/guide/options.md', 'utf8');
  const tables = page.slice(page.indexOf('## new Pool'), page.indexOf('## Others'));
  const rows = Array.from(tables.matchAll(/^\| (`[^|]+`) \|/gm), ([, names]) => names.match(/\w+/g)!);
  expect(rows.flat().sort()).toEqual(Object.keys(RULES).sort());
});
