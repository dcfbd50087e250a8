/** Shared memory that nobody has any more goes back to the machine, although V8 counts it as nothing. */

import { expect, test } from '@jest/globals';
import { fileURLToPath } from 'node:url';
import { run } from '../package/folder.js';

const program = fileURLToPath(new URL('../fixtures/memory/resident.js', import.meta.url));

// Of 2 400 MB in all. How much is held at a time is up to V8: 900 to 1 600 MB without the ballast, 200 to 500 with it.
test.each([
  ['300 SharedArrays of 8 MB that were dropped', 'dropped'],
  ['300 that were passed to a thread, and dropped there too', 'passed'],
  ['300 blocks of 8 MB that were closed and unlinked', 'unlinked'],
])('%s never hold more than a third of that', async (_, what) => {
  const { code, stdout, stderr } = await run(process.execPath, [program, what], '.');
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(Number(stdout)).toBeLessThan(800);
});
