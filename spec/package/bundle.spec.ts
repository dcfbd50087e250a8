import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Folder } from './folder.js';
import { programsOf } from './guide.js';

const page = programsOf('docs/guide/bundlers.md');
const program = (path: string) => page.get(path) as string;

describe('a program bundled with esbuild, as the guide shows it', () => {
  let folder: Folder;

  beforeEach(async () => {
    folder = await Folder.create();
    await folder.link('granule');
    await folder.link('esbuild');
    await folder.write([
      ['package.json', '{ "type": "module" }'],
      ['src/tasks.js', program('src/tasks.js')],
    ]);
  });
  afterEach(() => folder[Symbol.asyncDispose]());

  async function bundle(main: string, build: string): Promise<void> {
    await folder.write([
      ['src/main.js', main],
      ['build.js', build],
    ]);
    expect(await folder.node(['build.js'])).toMatchObject({ code: 0 });
    await rm(join(folder.path, 'src'), { recursive: true });
  }

  test.each([
    ['as it is', program('build.js')],
    ['minified', program('build.js').replace('bundle: true,', 'bundle: true, minify: true,')],
  ])('runs from another folder: %s', async (_, build) => {
    await bundle(program('src/main.js'), build);
    const outcome = await folder.node([join(folder.path, 'out/main.js')], tmpdir());
    expect(outcome).toEqual({ code: 0, stdout: '[ 1, 4, 9 ]\n', stderr: '' });
  });

  test('runs as CommonJS, its task module named by a path', async () => {
    await bundle(program('src/main.cjs'), program('build.js').replace("format: 'esm'", "format: 'cjs'"));
    await folder.write([['out/package.json', '{ "type": "commonjs" }']]);
    const outcome = await folder.node([join(folder.path, 'out/main.js')], tmpdir());
    expect(outcome).toMatchObject({ code: 0, stdout: '[ 1, 4, 9 ]\n' });
  });

  test('says what the guide says when granule went into the bundle', async () => {
    await bundle(program('src/main.js'), program('build.js').replace("['granule']", '[]'));
    const { code, stderr } = await folder.node(['out/main.js']);
    expect(code).toBe(1);
    expect(stderr).toContain('Error: Dynamic require of "node:worker_threads" is not supported');
  });
});
