import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import esbuild from 'esbuild';
import { explain } from '#lib/tasks/explain.js';
import { resolveTask } from '#lib/tasks/spec.js';
import { TaskThread } from '../fixtures/tasks/thread.js';

let thread: TaskThread;
beforeAll(() => {
  thread = new TaskThread();
});
afterAll(async () => {
  await esbuild.stop();
  await thread.end();
});

const failureOf = async (task: (...args: any[]) => unknown, ...args: unknown[]): Promise<Error> => {
  const outcome = await thread.run(task, ...args).then(
    () => undefined,
    (error: unknown) => error as Error,
  );
  if (outcome === undefined) throw new Error('the task was expected to fail');
  return outcome;
};
/** A function of the text as a tool might leave it. */
const written = (text: string) => (0, eval)(`(${text})`) as () => unknown;

describe('a task that closes over something', () => {
  const factor = 3;

  test('fails with a ReferenceError that names the variable, the rule and the remedy', async () => {
    const scale = (x: number) => x * factor;
    const error = await failureOf(scale, 2);
    expect(error).toBeInstanceOf(ReferenceError);
    expect(error.message).toBe(
      'factor is not defined: the task scale was sent as source, and a source cannot close over variables. ' +
        'Pass it through `args`, or export the function from a module and name it with taskModule().',
    );
  });

  test('keeps the stack, under the new message', async () => {
    const scale = (x: number) => x * factor;
    expect((await failureOf(scale, 2)).stack).toMatch(
      /^ReferenceError: factor is not defined: the task scale was[^\n]+\n {4}at scale \(granule-task:scale:\d+:\d+\)\n/,
    );
  });

  test.each([
    ['a name with a dollar', 'x => $x(x)', '$x'],
    ['a name that ends another', 'x => bx + x + x', 'bx'],
    ['a spread', '() => [...all]', 'all'],
    ['a name beyond ASCII', '() => größe', 'größe'],
    ['after an await', 'async () => { await null; return later; }', 'later'],
    ['deep inside', '() => { function inner() { return missing; } return [1].map(inner); }', 'missing'],
  ])('is explained for %s', async (_, text, name) => {
    expect((await failureOf(written(text), 1)).message).toMatch(`${name} is not defined: the task`);
  });

  test.each([
    ['require', "() => require('node:fs')", /CommonJS file.*await import\('node:fs'\).*taskModule/],
    ['__dirname', '() => __dirname', /CommonJS/],
    ["istanbul's counter", '() => { cov_2n4pz8k1().s[0]++; }', /istanbul.*coverageProvider: 'v8'/],
    ['an import of Vitest', '() => __vi_import_0__.sum(1)', /Vite or Vitest/],
    ['an import of Vite', '() => __vite_ssr_import_0__.sum(1)', /Vite or Vitest/],
    ["Vite's import()", "() => __vite_ssr_dynamic_import__('node:fs')", /Vite or Vitest.*getBuiltinModule.*taskModule/],
    ['an import of webpack', '() => lib__WEBPACK_IMPORTED_MODULE_0__.sum(1)', /bundler/],
    ['a helper of TypeScript', '() => __awaiter(0)', /TypeScript's helper.*Compile for ES2022/],
    ['a helper of tslib', '() => tslib_1.__awaiter(0)', /TypeScript's helper/],
    ['a helper of Babel', '() => _asyncToGenerator(0)', /Babel's or SWC's helper/],
    ['a counter of Stryker', "() => { stryMutAct_9fa48('0'); }", /Stryker/],
  ])('names the tool that put in %s', async (_, text, message) => {
    const error = await failureOf(written(text));
    expect(error).toBeInstanceOf(ReferenceError);
    expect(error.message).toMatch(message);
  });

  test('names esbuild for the helper that its lower targets need', async () => {
    const source = 'globalThis.lowered = async (x) => ({ ...(await x) });';
    const { code } = await esbuild.transform(source, { target: 'es2016' });
    const task = (0, eval)(`${code}; lowered`) as () => unknown;
    expect((await failureOf(task, 1)).message).toMatch(/__async is not defined.*esbuild's helper/);
  });
});

describe('a task that uses this', () => {
  test('is told that a source has none', async () => {
    const scale = {
      factor: 3,
      by(x: number) {
        return x * this.factor;
      },
    };
    const error = await failureOf(scale.by, 2);
    expect(error).toBeInstanceOf(TypeError);
    expect(error.message).toMatch(
      /^Cannot read properties of undefined \(reading 'factor'\): the task by was sent as source and uses `this`/,
    );
  });
});

describe('a task that imports by a name of its own file', () => {
  test.each(["() => import('./beside.js')", "() => import('a-package-that-is-not-there')"])('%s', async (text) => {
    const error = await failureOf(written(text));
    expect(error).toMatchObject({ code: 'ERR_MODULE_NOT_FOUND' });
    expect(error.message).toMatch(/has no file of its own from which to look for modules.*taskModule/);
  });

  test('but a full path that is not there is what it is', async () => {
    const error = await failureOf(written("() => import('/not/there.js')"));
    expect(error.message).toMatch(/^Cannot find module '\/not\/there\.js'[^:]*$/);
  });
});

describe('any other error stays as it is', () => {
  const { spec } = resolveTask((x: { name: string }) => x.name);

  test.each<[string, unknown]>([
    ['a variable that the source does not have', new ReferenceError('other is not defined')],
    ['a property of that name', new ReferenceError('name is not defined')],
    ['an error of the task', new Error('x is not defined')],
    ['no error', 'x is not defined'],
    ['nothing', undefined],
  ])('%s', (_, error) => {
    const before = error instanceof Error ? error.message : error;
    expect(explain(error, spec)).toBe(error);
    expect(error instanceof Error ? error.message : error).toBe(before);
  });

  test('a free variable of a module that the task imported', async () => {
    const task = async () => {
      const config = 'data:text/javascript,export const read = () => config;';
      const { read } = (await import(config)) as { read: () => unknown };
      return read();
    };
    expect((await failureOf(task)).message).toBe('config is not defined');
  });

  test('a free variable of a task of a module', () => {
    const error = new ReferenceError('x is not defined');
    explain(error, { kind: 'module', module: 'file:///app/tasks.js', name: 'x', label: 'x' });
    expect(error.message).toBe('x is not defined');
  });

  test('an error that cannot be changed', () => {
    const { spec } = resolveTask(() => 0 as unknown as { missing: 1 });
    const error = Object.freeze(new ReferenceError('missing is not defined'));
    expect(explain(error, spec)).toBe(error);
  });
});
