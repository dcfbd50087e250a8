import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { Folder } from './folder.js';
import { programsOf } from './guide.js';

const page = programsOf('docs/guide/typescript-and-tests.md');
const strips = (process.features as { typescript?: unknown }).typescript === 'strip';

// Compiled, the program is run with the guide's others: spec/docs.
describe('a program in TypeScript, as the guide shows it', () => {
  let folder: Folder;

  beforeEach(async () => {
    folder = await Folder.create();
    await folder.link('granule');
    await folder.write([['package.json', '{ "type": "module" }'], ...page]);
  });
  afterEach(() => folder[Symbol.asyncDispose]());

  (strips ? test : test.skip)('runs uncompiled where Node.js strips types', async () => {
    const { code, stdout } = await folder.node(['main.ts']);
    expect({ code, stdout }).toEqual({ code: 0, stdout: '[ 5 ]\n[ 0.5, 1 ]\n' });
  });
});
