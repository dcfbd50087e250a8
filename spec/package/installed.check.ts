/**
 * The packed tarball, installed in an empty folder. It takes dependencies from the registry, so it is not one of the
 * specs of `npm test`: .ci/run asks for it by name.
 */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { Folder, run } from './folder.js';

const manifest = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string };
const npm = (args: readonly string[], cwd: string) =>
  process.env['npm_execpath'] === undefined
    ? run('npm', args, cwd)
    : run(process.execPath, [process.env['npm_execpath'], ...args], cwd);

const tasks = 'export const area = (width, height) => width * height;\n';
const program = (granule: string, url: string) => `
  ${granule}
  (async () => {
    const { area } = taskModule(${url});
    const pool = new Pool(2);
    console.log(await pool.starmap(area, [[1, 2], [3, 4]]), await pool.map((x) => x * x, Float64Array.of(2, 3)));
    pool.close();
    await pool.join();
  })();
`;
const printed = '[ 2, 12 ] Float64Array(2) [ 4, 9 ]\n';

// The first TypeScript with typed arrays that name their buffer: Float64Array<SharedArrayBuffer>.
const oldest = '5.7';
// TypeScript without lib.dom, and with every declaration file checked, granule's dependencies' too.
const strict = { target: 'ES2022', lib: ['ES2022'], types: ['node'], strict: true, skipLibCheck: false };
const typed = `
  import { Pool, TimeoutError, taskModule, type MapOptions } from 'granule';
  const { area } = taskModule<typeof import('./typed-tasks.js')>(new URL('./typed-tasks.js', import.meta.url));
  const options: MapOptions = { chunksize: 'auto', schedule: 'guided' };
  const pool = new Pool({ threads: 2, name: 'typed' });
  const areas: number[] = await pool.starmap(area, [[1, 2], [3, 4]], options);
  const squares: Float64Array = await pool.map((x: number) => x * x, Float64Array.of(2, 3));
  // @ts-expect-error: area takes numbers.
  const wrong = pool.apply(area, ['1', 2]).catch((error: unknown) => error instanceof TimeoutError);
  console.log(areas, squares);
  await wrong;
  pool.close();
  await pool.join();
`;

let folder: Folder;
let files: string[];

beforeAll(async () => {
  folder = await Folder.create();
  const packed = await npm(['pack', '--json', '--ignore-scripts', '--pack-destination', folder.path], resolve('.'));
  expect(packed).toMatchObject({ code: 0 });
  const [tarball] = JSON.parse(packed.stdout) as [{ filename: string; files: { path: string }[] }];
  files = tarball.files.map(({ path }) => path);
  await folder.write([
    ['package.json', '{ "private": true, "type": "module" }'],
    ['tasks.js', tasks],
    ['typed-tasks.ts', 'export const area = (width: number, height: number): number => width * height;\n'],
    ['typed.ts', typed],
    ['tsconfig.json', JSON.stringify({ compilerOptions: { ...strict, module: 'NodeNext' }, files: ['typed.ts'] })],
    ['cjs/main.cts', "import granule = require('granule');\nexport const pool = new granule.Pool(2);\n"],
    ['cjs/tsconfig.json', '{ "extends": "../tsconfig.json", "files": ["main.cts"] }'],
  ]);
  const packages = [`./${tarball.filename}`, '@types/node@20', `typescript@${oldest}`];
  const installed = await npm(['install', ...packages], folder.path);
  expect(installed).toMatchObject({ code: 0 });
});
afterAll(() => folder[Symbol.asyncDispose]());

describe('the tarball', () => {
  test('holds what a user needs and nothing else', () => {
    const prose = ['CHANGELOG.md', 'LICENSE', 'README.md', 'SECURITY.md', 'package.json'];
    expect(files).toEqual(expect.arrayContaining(['dist/lib/index.js', 'dist/lib/index.d.ts', 'dist/lib/cli/main.js']));
    const documentation = /^docs\/(README\.md$|(design|examples|guide|images)\/)/;
    const others = files.filter((path) => !/^dist\/(lib|workers)\/.+\.(js|d\.ts)$/.test(path));
    expect(others.filter((path) => !documentation.test(path)).sort()).toEqual(prose);
  });

  test('has the pages and pictures that its README leads to', () => {
    const prose = readFileSync('README.md', 'utf8').replace(/^```[^]*?^```$/gm, '');
    const links = Array.from(prose.matchAll(/\]\(([^)#\s]+)|\bsrc="([^"]+)"/g), ([, link, source]) => link ?? source);
    const missing = links.filter((link) => !/^\w+:/.test(link) && !files.includes(link));
    expect(new Set(missing)).toEqual(new Set(['CONTRIBUTING.md', 'perf/README.md'])); // of the repository alone
  });
});

describe('installed in an empty folder, granule', () => {
  test('works from an ES module', async () => {
    const source = program("import { Pool, taskModule } from 'granule';", "new URL('./tasks.js', import.meta.url)");
    await folder.write([['main.mjs', source]]);
    expect(await folder.node(['main.mjs'])).toEqual({ code: 0, stdout: printed, stderr: '' });
  });

  test('works from require()', async () => {
    const source = program("const { Pool, taskModule } = require('granule');", "__dirname + '/tasks.js'");
    await folder.write([['main.cjs', source]]);
    expect(await folder.node(['main.cjs'])).toMatchObject({ code: 0, stdout: printed });
  });

  describe.each([
    ['this repository', () => resolve('node_modules/typescript')],
    [`the oldest that is supported, ${oldest}`, () => join(folder.path, 'node_modules/typescript')],
  ])('compiles with the TypeScript of %s', (_, compiler) => {
    const tsc = (...args: string[]) => folder.node([join(compiler(), 'bin/tsc'), ...args]);

    test('under nodenext, and what was compiled runs', async () => {
      expect(await tsc('-p', '.', '--outDir', 'compiled')).toEqual({ code: 0, stdout: '', stderr: '' });
      expect(await folder.node(['compiled/typed.js'])).toMatchObject({ code: 0, stdout: printed });
    });

    test('under bundler resolution', async () => {
      const outcome = await tsc('-p', '.', '--noEmit', '--module', 'ESNext', '--moduleResolution', 'bundler');
      expect(outcome).toEqual({ code: 0, stdout: '', stderr: '' });
    });
  });

  test('compiles in a CommonJS file, which requires it', async () => {
    const outcome = await folder.node([resolve('node_modules/typescript/bin/tsc'), '-p', 'cjs', '--noEmit']);
    expect(outcome).toEqual({ code: 0, stdout: '', stderr: '' });
  });

  test('has its command', async () => {
    const outcome = await npm(['exec', '--no', '--', 'granule', '--version'], folder.path);
    expect(outcome).toMatchObject({ code: 0, stdout: `${manifest.version}\n` });
  });

  test('tunes a function of the folder', async () => {
    const words = ['tune', './tasks.js', 'area', '--items', '50', '--budget', '5s', '--json'];
    const outcome = await npm(['exec', '--no', '--', 'granule', ...words], folder.path);
    expect(outcome).toMatchObject({ code: 0 });
    expect(JSON.parse(outcome.stdout)).toMatchObject({ subject: { path: './tasks.js', name: 'area', items: 50 } });
  });

  test('shows no deprecated dependency, and none that runs a script at install', async () => {
    const lock = JSON.parse(readFileSync(join(folder.path, 'package-lock.json'), 'utf8')) as {
      packages: Record<string, { deprecated?: string; hasInstallScript?: true }>;
    };
    const odd = Object.entries(lock.packages).filter(([, entry]) => entry.deprecated ?? entry.hasInstallScript);
    expect(odd).toEqual([]);
  });
});
