import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import esbuild from 'esbuild';
import { taskModule } from '#lib/tasks/reference.js';
import { loadTask } from '#lib/tasks/load.js';
import { resolveTask } from '#lib/tasks/spec.js';
import { sourceFixture, TaskThread } from '../fixtures/tasks/thread.js';

const { square, cube } = taskModule<typeof import('../fixtures/tasks/arithmetic.js')>(
  new URL('../fixtures/tasks/arithmetic.js', import.meta.url),
);

let thread: TaskThread;
beforeAll(() => {
  thread = new TaskThread();
});
afterAll(async () => {
  await esbuild.stop();
  await thread.end();
});

/** An export of a fixture, typed as any function. */
const exportOf = (module: URL, name: string) => ({ module: module.href, name });
const built = (name: string) => new URL(`../fixtures/tasks/${name}.js`, import.meta.url);

describe('a task of a module', () => {
  test('is the export, sync or async', async () => {
    expect(await thread.run(square, 7)).toBe(49);
    expect(await thread.run(cube, 3)).toBe(27);
  });

  test('may be the default export, also of a CommonJS module', async () => {
    expect(await thread.run(exportOf(sourceFixture('function-export.cjs'), 'default'), 7)).toBe(49);
    expect(await thread.run(exportOf(sourceFixture('compiled.cjs'), 'default'), 7)).toBe(49);
  });

  test('may be an export of a CommonJS module that Node does not see', async () => {
    expect(await thread.run(exportOf(sourceFixture('legacy.cjs'), 'square'), 7)).toBe(49);
    expect(await thread.run(exportOf(sourceFixture('function-export.cjs'), 'half'), 7)).toBe(3.5);
  });

  test.each([
    [
      'is missing',
      exportOf(built('arithmetic'), 'sqare'),
      /'sqare' in file:.*arithmetic\.js, which has no export 'sqare'\. The functions it exports: cube, fail, first, /,
    ],
    ['is no function', exportOf(built('arithmetic'), 'ratio'), /exports a value of type number as 'ratio'/],
    ['is a class', exportOf(built('arithmetic'), 'Point'), /exports a class as 'Point'/],
    ['is not there among values', exportOf(built('constants'), 'two'), /It exports no function, only one\./],
    ['is missing in CommonJS', exportOf(sourceFixture('legacy.cjs'), 'cube'), /The functions it exports: square\./],
    ['is an inherited name', exportOf(sourceFixture('legacy.cjs'), 'toString'), /has no export 'toString'/],
  ])('that %s is a TypeError that names module, export and what there is', async (_, task, message) => {
    const error: unknown = await thread.run(task).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(TypeError);
    expect((error as Error).message).toMatch(message);
  });

  test('whose module throws rejects with its error, again and again, and other tasks go on', async () => {
    const task = exportOf(sourceFixture('throws-at-load.mjs'), 'square');
    for (let attempt = 0; attempt < 3; attempt++) {
      await expect(thread.run(task)).rejects.toMatchObject({ message: 'no database', code: 'ENODB' });
    }
    expect(await thread.run(square, 3)).toBe(9);
  });

  test('whose module has a syntax error rejects with it, and the stack tells the file', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'granule-'));
    try {
      const file = join(folder, 'syntax-error.mjs');
      await writeFile(file, 'export const square = ;');
      for (let attempt = 0; attempt < 2; attempt++) {
        const run = thread.run(exportOf(pathToFileURL(file), 'square'));
        const error = (await run.catch((reason: unknown) => reason)) as Error;
        expect(error).toBeInstanceOf(SyntaxError);
        expect(error.message).toBe("Unexpected token ';'");
        expect(error.stack?.match(/syntax-error\.mjs/g)).toHaveLength(1);
      }
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  test('whose module is missing, or imports what is missing, rejects with ERR_MODULE_NOT_FOUND', async () => {
    for (const file of ['no-such-file.mjs', 'needs-missing.mjs']) {
      for (let attempt = 0; attempt < 2; attempt++) {
        await expect(thread.run(exportOf(sourceFixture(file), 'square'))).rejects.toMatchObject({
          code: 'ERR_MODULE_NOT_FOUND',
          message: expect.stringContaining('no-such-file.mjs'),
        });
      }
    }
  });
});

describe('a task sent as source', () => {
  const methods = {
    async later(x: number) {
      return Promise.resolve(x);
    },
    get: (x: number) => x,
    set(x: number) {
      return x;
    },
    async(x: number) {
      return x;
    },
    static(x: number) {
      return x;
    },
    function(x: number) {
      return x;
    },
    class(x: number) {
      return x;
    },
    'two words'(x: number) {
      return x;
    },
    [`a]b${'('}`](x: number) {
      return x;
    },
    42(x: number) {
      return x;
    },
    async [`__proto__`](x: number) {
      return x;
    },
  };

  test.each(Object.entries(methods))('works as the method %s', async (name, method) => {
    expect(method).toHaveProperty('name', name);
    expect(await thread.run(method, 5)).toBe(5);
  });

  test.each<[string, (...args: any[]) => unknown, unknown[], unknown]>([
    ['an arrow', (x: number) => x * x, [7], 49],
    ['an async arrow', async (x: number) => x * x, [7], 49],
    [
      'a function',
      function (x: number) {
        return x * x;
      },
      [7],
      49,
    ],
    [
      'an async function',
      async function (x: number) {
        return Promise.resolve(x * x);
      },
      [7],
      49,
    ],
    [
      'a function that calls itself',
      function fact(n: number): number {
        return n < 2 ? 1 : n * fact(n - 1);
      },
      [5],
      120,
    ],
    [
      'a function with its own arguments',
      function () {
        return arguments.length;
      },
      [7, 8],
      2,
    ],
    ['default parameters', (x: number, y = x + 1) => x * y, [7], 56],
    [
      'rest and destructured parameters',
      ({ a, ...b }: { a: number }, ...c: number[]) => [a, b, c],
      [{ a: 1, d: 2 }, 3, 4],
      [1, { d: 2 }, [3, 4]],
    ],
    ['an arrow that returns an object', (x: number) => ({ x }), [7], { x: 7 }],
  ])('works as %s', async (_, task, args, value) => {
    expect(await thread.run(task, ...args)).toEqual(value);
  });

  test('keeps its name', async () => {
    const named = (x: number) => x;
    for (const task of [named, methods['two words'], function fact() {}, () => 1]) {
      expect((await loadTask(resolveTask(task).spec)).name).toBe(task.name);
    }
  });

  test('shows in stacks under its name', async () => {
    const explode = () => {
      throw new Error('boom');
    };
    await expect(thread.run(explode)).rejects.toMatchObject({
      stack: expect.stringMatching(/^Error: boom\n {4}at explode \(granule-task:explode:\d+:\d+\)\n/),
    });
  });

  test('reaches globals and nothing of granule', async () => {
    const look = () => [typeof process, typeof structuredClone, typeof eval('this')];
    expect(await thread.run(look)).toEqual(['object', 'function', 'undefined']);
    const names = ['spec', 'source', 'loadTask', 'evaluate', 'require', 'module', 'exports', '__filename'];
    const probe = (all: string[]) => all.filter((name) => eval(`typeof ${name}`) !== 'undefined');
    expect(await thread.run(probe, names)).toEqual([]);
  });

  test('is strict code, as it was in its ES module', async () => {
    const assign = () => {
      // @ts-expect-error not declared: in sloppy code this would make a global
      undeclared = 1;
    };
    await expect(thread.run(assign)).rejects.toBeInstanceOf(ReferenceError);
    const self = function (this: unknown) {
      return this === undefined;
    };
    expect(await thread.run(self)).toBe(true);
  });

  test('of sloppy code is sloppy', async () => {
    const sloppy = (0, eval)('(function () { return typeof this + 010; })') as () => unknown;
    expect(await thread.run(sloppy)).toBe('object8');
  });

  test('may import()', async () => {
    const task = async (url: string) => {
      const { createHash } = await import('node:crypto');
      const { square } = (await import(url)) as { square: (x: number) => number };
      return [createHash('sha1').update('').digest('hex').slice(0, 8), square(4)];
    };
    expect(await thread.run(task, square.module)).toEqual(['da39a3ee', 16]);
  });

  test('compiled by esbuild with names kept finds the helper it needs', async () => {
    const { code } = await esbuild.transform(
      'globalThis.compiledTask = (x) => { const inner = (y) => y + 1; return [inner(x), inner.name]; }',
      { keepNames: true, minifyIdentifiers: false },
    );
    expect(code).toContain('__name(');
    const task = (0, eval)(`${code}; compiledTask`) as () => unknown;
    expect(await thread.run(task, 1)).toEqual([2, 'inner']);
  });

  test('loaded again is the function that is optimized already', async () => {
    const task = (x: number) => x + 1;
    expect(await loadTask(resolveTask(task).spec)).toBe(await loadTask(structuredClone(resolveTask(task).spec)));
  });
});
