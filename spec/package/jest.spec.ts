import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { join } from 'node:path';
import { Folder } from './folder.js';
import { programsOf } from './guide.js';

const page = programsOf('docs/guide/typescript-and-tests.md');
const program = (path: string) => page.get(path) as string;

describe("a user's tests in Jest, as the guide shows them", () => {
  let folder: Folder;

  beforeEach(async () => {
    folder = await Folder.create();
    for (const name of ['granule', 'jest', '@jest/globals']) await folder.link(name);
    await folder.write([
      ['package.json', '{ "type": "module" }'],
      ['words.js', program('words.js')],
      ['words.test.js', program('words.test.js')],
    ]);
  });
  afterEach(() => folder[Symbol.asyncDispose]());

  /** Jest's 5 s for a test are no bound for a busy machine, nor is its 1 s for an end. */
  const jest = (...args: string[]) => {
    const program = join('node_modules', 'jest', 'bin', 'jest.js');
    const bounds = ['--testTimeout=120000', '--openHandlesTimeout=60000'];
    return folder.node(['--experimental-vm-modules', program, '--ci', ...bounds, ...args]);
  };

  test('pass, and Jest ends', async () => {
    const { code, stderr } = await jest();
    expect(stderr).toContain('Tests:       3 passed, 3 total');
    expect(stderr).not.toContain('did not exit');
    expect(code).toBe(0);
  });

  test('pass with coverage by istanbul, since their task is named by its module', async () => {
    expect(await jest('--coverage')).toMatchObject({ code: 0 });
  });

  test("fail with a function of a measured file as source: the error tells of istanbul's counter", async () => {
    const imported = program('words.test.js')
      .replace('Pool, taskModule', 'Pool')
      .replace(/const { count } = .*;/, "import { count } from './words.js';");
    await folder.write([['words.test.js', imported]]);
    const counted = await jest('--coverage');
    expect(counted.code).toBe(1);
    expect(counted.stderr).toMatch(/cov_\w+ is not defined: the task count .*istanbul's coverage counter/);
    expect(await jest('--coverage', '--coverageProvider=v8')).toMatchObject({ code: 0 });
  });
});
