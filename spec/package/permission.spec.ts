/** Node's permission model: what docs/design/security.md says that granule needs is enough. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { Folder } from './folder.js';

const hasModel = process.allowedNodeEnvironmentFlags.has('--permission');
let folder: Folder;
beforeAll(async () => {
  folder = await Folder.create();
  await folder.link('granule');
  await folder.write([
    ['package.json', '{ "type": "module" }'],
    [
      'main.js',
      "import { Pool } from 'granule';\n" +
        'const pool = new Pool(1);\n' +
        'console.log(await pool.map((x) => x * x, [1, 2, 3]));\n' +
        'await pool.terminate();\n',
    ],
  ]);
});
afterAll(() => folder[Symbol.asyncDispose]());

(hasModel ? test : test.skip)('a pool needs threads, and files to read', async () => {
  const flags = ['--permission', '--allow-worker', '--allow-fs-read=*', '--no-warnings'];
  const { code, stdout } = await folder.node([...flags, 'main.js']);
  expect({ code, stdout }).toEqual({ code: 0, stdout: '[ 1, 4, 9 ]\n' });
});
