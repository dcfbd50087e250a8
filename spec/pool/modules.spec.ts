/** Tasks that live in modules, as a pool's threads load them. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Pool, taskModule, type TaskFunction } from 'granule';
import { Folder } from '../package/folder.js';
import { calls } from '../support/calls.js';
import { openPool } from '../support/pools.js';

const { square } = taskModule<typeof import('../fixtures/pool/arithmetic.js')>(
  new URL('../fixtures/pool/arithmetic.js', import.meta.url),
);
const { here } = taskModule<typeof import('../fixtures/pool/counting.js')>(
  new URL('../fixtures/pool/counting.js', import.meta.url),
);
type AnyModule = Record<string, TaskFunction>;

let folder: Folder;
beforeAll(async () => {
  folder = await Folder.create();
});
afterAll(() => folder[Symbol.asyncDispose]());

/** References to a module written for one test. */
async function written(name: string, text: string): Promise<ReturnType<typeof taskModule<AnyModule>>> {
  await folder.write([[name, text]]);
  return taskModule<AnyModule>(`${folder.path}/${name}`);
}

describe('a module that calls its own tasks as it loads', () => {
  const at = (file: string): URL => new URL(`../fixtures/pool/${file}`, import.meta.url);

  test('is told so, instead of starting ever more threads', async () => {
    const { work } = taskModule<typeof import('../fixtures/pool/calls-as-it-loads.js')>(at('calls-as-it-loads.js'));
    await expect(openPool(1).apply(work)).rejects.toMatchObject({
      code: 'ERR_GRANULE',
      message: expect.stringMatching(/^The task work cannot be called while a thread loads file:.*isMainThread/),
    });
  });

  test('is told so of a pool’s initializer too', async () => {
    const { setup } = taskModule<typeof import('../fixtures/pool/pools-as-it-loads.js')>(at('pools-as-it-loads.js'));
    const message = expect.stringMatching(/^The initializer setup cannot be called while a thread loads file:/);
    await expect(openPool(1).apply(setup)).rejects.toMatchObject({ message });
    await expect(openPool({ threads: 1, initializer: setup }).ready()).rejects.toMatchObject({ message });
  });
});

describe('a module that fails to load', () => {
  let pool: Pool;
  beforeAll(() => {
    pool = new Pool(2);
  });
  afterAll(() => pool.terminate());

  test.each(Object.entries(calls))('rejects %s with its own error, again and again', async (_, call) => {
    const { task } = await written(
      'throws.mjs',
      `throw Object.assign(new RangeError('no licence'), { code: 'E_LICENCE' });
      export function task() {}`,
    );
    const failure = { name: 'RangeError', message: 'no licence', code: 'E_LICENCE' };
    for (let round = 0; round < 3; round++) {
      await expect(call.start(pool, task, [])).rejects.toMatchObject(failure);
    }
    expect(pool.stats()).toMatchObject({ lostThreads: 0, running: 0, queued: 0 });
    expect(await pool.map(square, [1, 2, 3])).toEqual([1, 4, 9]);
  });

  test('keeps its class, and shows where it failed and who called', async () => {
    const { task } = await written('fails.mjs', `function check() { throw new RangeError('no licence'); }
      check();
      export function task() {}`);
    const error = await pool.apply(task).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(RangeError);
    expect((error as Error).stack).toMatch(/at check .*fails\.mjs:1[^]*modules\.spec\.js/);
    expect(error).toMatchObject({ task: { name: 'task', index: undefined } });
  });

  test('a thousand times troubles neither calls beside it nor the threads: they stay the same', async () => {
    const threads = await pool.broadcast(here);
    const { task } = await written('throws-text.mjs', `throw 'only a text'; export function task() {}`);
    const good = Array.from({ length: 1_000 }, (_, x) => pool.apply(square, [x]));
    const bad = await Promise.allSettled(Array.from({ length: 1_000 }, () => pool.apply(task)));
    expect(bad.every((result) => result.status === 'rejected' && result.reason === 'only a text')).toBe(true);
    expect(await Promise.all(good)).toEqual(good.map((_, x) => x * x));
    expect(await pool.broadcast(here)).toEqual(threads);
  });

  test('first of all, before any thread did anything else', async () => {
    const young = openPool(2);
    const { task } = await written('first.mjs', `throw new Error('first'); export function task() {}`);
    const results = await Promise.allSettled(Array.from({ length: 10 }, () => young.apply(task)));
    expect(results.map((result) => result.status)).toEqual(Array(10).fill('rejected'));
    expect(await young.apply(square, [2])).toBe(4);
    await young.ready();
  });

  test.each<[string, string, RegExp]>([
    ['is not there', '', /Cannot find module .*missing\.mjs/],
    ['does not parse', 'export function task() { ) }', /Unexpected token/],
    ['imports what is not there', `import './no.mjs'; export function task() {}`, /Cannot find module .*no\.mjs/],
    ['imports a name that is not exported', `import { nothing } from 'node:fs'; export function task() {}`, /nothing/],
  ])('because it %s: Node’s error, which names the module', async (_, text, message) => {
    const name = text === '' ? 'missing.mjs' : `broken-${text.length}.mjs`;
    const { task } = text === '' ? taskModule<AnyModule>(`${folder.path}/${name}`) : await written(name, text);
    const error = (await pool.apply(task).catch((reason: unknown) => reason)) as Error;
    expect(error.message).toMatch(message);
    expect(`${error.message}\n${error.stack}`).toContain(name);
    expect(await pool.apply(square, [2])).toBe(4);
  });

  test('can load later: the file that was missing is there now', async () => {
    const { task } = taskModule<AnyModule>(`${folder.path}/later.mjs`);
    await expect(pool.apply(task)).rejects.toMatchObject({ code: 'ERR_MODULE_NOT_FOUND' });
    await written('later.mjs', 'export function task() { return 5; }');
    // Node remembers that a module was missing, a thread that has not asked yet does not.
    const other = openPool(1);
    expect(await other.apply(task)).toBe(5);
  });
});

describe('an export that is no function', () => {
  test.each<[string, RegExp]>([
    ['missing', /no export 'missing'\. The functions it exports: fine\./],
    ['number', /exports a value of type number as 'number'/],
    ['Class', /exports a class as 'Class'/],
  ])('%s: a TypeError that tells what there is, for every call', async (name, message) => {
    const pool = openPool(1);
    const text = 'export const number = 1; export class Class {} export function fine() {}';
    const tasks = await written('exports.mjs', text);
    const refusal = { name: 'TypeError', message: expect.stringMatching(message) as unknown };
    await expect(pool.apply(tasks[name])).rejects.toMatchObject(refusal);
    await expect(pool.map(tasks[name], [1, 2])).rejects.toMatchObject(refusal);
    expect(await pool.apply(tasks['fine'])).toBeUndefined();
  });
});

describe('a module', () => {
  test('is evaluated once in each thread, however many of its tasks run at once, and never on the caller', async () => {
    const pool = openPool(2);
    const tasks = await written('once.mjs', `import { threadId } from 'node:worker_threads';
      let evaluations = (globalThis.evaluations ?? 0) + 1;
      globalThis.evaluations = evaluations;
      await new Promise((resolve) => setTimeout(resolve, 5)); // others ask in the meantime
      export const one = () => [threadId, globalThis.evaluations];
      export const two = one;`);
    const results = await Promise.all(
      Array.from({ length: 20 }, (_, i) => pool.apply(i % 2 === 0 ? tasks['one'] : tasks['two'])),
    );
    for (const [thread, evaluations] of results as [number, number][]) {
      expect(thread).toBeGreaterThan(0);
      expect(evaluations).toBe(1);
    }
    expect((globalThis as { evaluations?: number }).evaluations).toBeUndefined();
  });

  test('with a top-level await that takes its time does not keep others from the other thread', async () => {
    const pool = openPool(2);
    const words = new Int32Array(new SharedArrayBuffer(4));
    await pool.broadcast((shared: Int32Array) => void ((globalThis as { gate?: Int32Array }).gate = shared), [words]);
    const { task } = await written('waits.mjs', `await Atomics.waitAsync(globalThis.gate, 0, 0).value;
      export const task = () => 'loaded';`);
    const loading = pool.apply(task);
    expect(await pool.map(square, [1, 2, 3])).toEqual([1, 4, 9]);
    Atomics.store(words, 0, 1);
    Atomics.notify(words, 0);
    expect(await loading).toBe('loaded');
  });

  test('may be CommonJS, and may be named by path, URL or text of a URL', async () => {
    const pool = openPool(1);
    await folder.write([['common.cjs', 'module.exports = { cube: (x) => x ** 3 };']]);
    const path = `${folder.path}/common.cjs`;
    const url = new URL(`file://${encodeURI(path)}`);
    for (const name of [path, url, url.href]) {
      expect(await pool.map(taskModule<AnyModule>(name)['cube'], [2, 3])).toEqual([8, 27]);
    }
  });

  test('anything else than a file is a TypeError where the reference is made', () => {
    for (const name of ['./tasks.js', 'node:fs', 'https://example.org/tasks.js', 5, undefined]) {
      expect(() => taskModule(name as string)).toThrow(TypeError);
    }
  });
});

describe('a module in TypeScript', () => {
  const files = (enumText: string): [string, string][] => [
    ['package.json', '{ "type": "module" }'],
    ['tasks.ts', `${enumText}
      interface Point { readonly x: number; readonly y: number }
      export function norm({ x, y }: Point): number { return Math.hypot(x, y) + ONE - 1; }`],
    ['main.ts', `import { Pool, taskModule } from 'granule';
      const { norm } = taskModule<typeof import('./tasks.ts')>(new URL('./tasks.ts', import.meta.url));
      const pool = new Pool(2);
      const points: { x: number; y: number }[] = [{ x: 3, y: 4 }, { x: 6, y: 8 }];
      const scale = (n: number, by: number): number => n * by;
      console.log(JSON.stringify([await pool.map(norm, points), await pool.map(scale, [1, 2], { args: [10] })]));
      pool.close();
      await pool.join();`],
  ];
  const expected = { code: 0, stdout: '[[5,10],[10,20]]\n', stderr: '' };

  // An enum needs a compiler: Node, which strips types, does not take it.
  const withEnum = files('enum Numbers { One = 1 } const ONE: number = Numbers.One;');

  test('runs in threads that --import a file which registers tsx', async () => {
    await using program = await Folder.create();
    await program.write([...withEnum, ['typescript.mjs', `import { register } from 'tsx/esm/api'; register();`]]);
    await program.link('granule');
    await program.link('tsx');
    expect(await program.node(['--import', './typescript.mjs', 'main.ts'])).toEqual(expected);
  });

  // Before Node 22 a thread has loader hooks of its own, and tsx registers them on the main thread only.
  const sharesHooks = Number.parseInt(process.versions.node) >= 22;
  (sharesHooks ? test : test.skip)('runs in threads of a program started with --import tsx', async () => {
    await using program = await Folder.create();
    await program.write(withEnum);
    await program.link('granule');
    await program.link('tsx');
    expect(await program.node(['--import', 'tsx', 'main.ts'])).toEqual(expected);
  });

  const strips = Boolean((process.features as { typescript?: unknown }).typescript);
  (strips ? test : test.skip)('runs where Node strips types', async () => {
    await using program = await Folder.create();
    await program.write(files('const ONE: number = 1;'));
    await program.link('granule');
    expect(await program.node(['--disable-warning=ExperimentalWarning', 'main.ts'])).toEqual(expected);
  });
});
