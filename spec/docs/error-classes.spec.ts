/** The table of error classes in the guide has them all. */
import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import * as errors from '#lib/errors.js';

test('the guide lists every error class with its code', () => {
  const page = readFileSync('docs/guide/errors-and-lost-threads.md', 'utf8');
  const listed = Array.from(page.matchAll(/^\| `(\w+Error)` \| `(ERR_\w+)` \|/gm), ([, name, code]) => [name, code]);
  const classes = Object.values(errors).map((type) => {
    const { name, code } = new type('', { exitCode: undefined, threadId: undefined });
    return [name, code];
  });
  expect(listed.sort()).toEqual(classes.sort());
});
