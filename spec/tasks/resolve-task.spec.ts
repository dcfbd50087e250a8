import { describe, expect, test } from '@jest/globals';
import { resolveTask } from '#lib/tasks/spec.js';
import { taskModule } from '#lib/tasks/reference.js';

type Arithmetic = typeof import('../fixtures/tasks/arithmetic.js');
const { square, cube } = taskModule<Arithmetic>(new URL('file:///app/arithmetic.js'));

const sourceOf = (task: unknown) => {
  const { spec } = resolveTask(task);
  return spec.kind === 'source' ? spec.source : undefined;
};
/** A function made by sloppy code, as a CommonJS file has it. */
const sloppy = (code: string) => (0, eval)(`(${code})`) as () => unknown;

describe('a reference', () => {
  test('is sent by name', () => {
    expect(resolveTask(square)).toEqual({
      spec: { kind: 'module', module: 'file:///app/arithmetic.js', name: 'square', label: 'square' },
      key: 'file:///app/arithmetic.js#square',
    });
  });

  test('is looked at once', () => {
    expect(resolveTask(square)).toBe(resolveTask(square));
  });

  test('has a key of its own', () => {
    expect(resolveTask(square).key).not.toBe(resolveTask(cube).key);
  });

  test('made by hand must name a file', () => {
    expect(() => resolveTask({ module: '/app/tasks.js', name: 'square' })).toThrow(
      "Expected `task.module` to be a file: URL, got '/app/tasks.js' (string)",
    );
    expect(() => resolveTask({ module: 'data:text/javascript,1', name: 'square' })).toThrow(TypeError);
  });

  test('to an export called then is refused: import() would wait for it', () => {
    expect(() => resolveTask({ module: 'file:///app/tasks.js', name: 'then' })).toThrow(/another name/);
  });
});

describe('a function', () => {
  test('is sent as an expression, with its name as label', () => {
    const double = (x: number) => x * 2;
    expect(resolveTask(double).spec).toEqual({
      kind: 'source',
      source: '(x) => x * 2',
      strict: true,
      label: 'double',
    });
    expect(resolveTask(() => 1).spec.label).toBe('(anonymous)');
  });

  test('is looked at once', () => {
    const double = (x: number) => x * 2;
    expect(resolveTask(double)).toBe(resolveTask(double));
  });

  test('made anew at every call has the key it had before', () => {
    const make = () => (x: number) => x * 2;
    expect(make()).not.toBe(make());
    expect(resolveTask(make())).toBe(resolveTask(make()));
  });

  test('of another text, name or mode has a key of its own', () => {
    const named = { other: (x: number) => x * 2 };
    const tasks = [(x: number) => x * 2, (x: number) => x * 3, named.other, sloppy('function () {}'), function () {}];
    expect(new Set(tasks.map((task) => resolveTask(task).key)).size).toBe(tasks.length);
  });

  test('that is a method loses its key, which might be computed, and stays a function', () => {
    let computed = 0;
    const methods = {
      square(x: number) {
        return x * x;
      },
      async later(x: number) {
        return x;
      },
      get(x: number) {
        return x;
      },
      [`key ${++computed} [](/*`](x: number) {
        return x;
      },
    };
    expect(sourceOf(methods.square)).toMatch(/^function \(x\) \{\s+return x \* x;/);
    expect(sourceOf(methods.later)).toMatch(/^async function \(x\) \{/);
    expect(sourceOf(methods.get)).toMatch(/^function \(x\) \{/);
    expect(sourceOf(methods['key 1 [](/*'])).toMatch(/^function \(x\) \{/);
    expect(resolveTask(methods['key 1 [](/*']).spec.label).toBe('key 1 [](/*');
    expect(computed).toBe(1);
  });

  test('of sloppy code stays sloppy where it shows', () => {
    expect(resolveTask(sloppy('function () { return this }')).spec).toMatchObject({ strict: false });
    expect(resolveTask(sloppy('() => 010')).spec).toMatchObject({ strict: false });
    expect(resolveTask(function () {}).spec).toMatchObject({ strict: true });
  });
});

describe('what no thread can run is refused at the call', () => {
  class Counter extends Object {
    #count = 0;
    static make = (counter: Counter) => counter.#count++;
    get count() {
      return this.#count;
    }
    describe() {
      return super.valueOf();
    }
  }
  function* generate() {
    yield 1;
  }
  function outer(..._args: unknown[]) {
    return () => arguments.length;
  }
  const getter = Object.getOwnPropertyDescriptor(Counter.prototype, 'count')?.get;

  test.each<[string, unknown, RegExp]>([
    ['native code', Math.max, /'max' is native code\. Wrap it/],
    ['a bound function', ((x: number) => x).bind(null), /made by bind\(\).*as `args`/],
    ['a Proxy', new Proxy(() => 1, {}), /a Proxy of one/],
    ['a class', Counter, /got class 'Counter', which cannot be called/],
    ['a generator', generate, /generator function 'generate'.*Return an array/],
    ['an async generator', async function* () {}, /generator/],
    ['an accessor', getter, /'get count' means nothing outside its place: it is an accessor/],
    ['a method that uses super', Counter.prototype.describe, /'super' keyword unexpected/],
    ['a function that uses a private name', Counter.make, /Private field '#count'/],
    ['an arrow with the arguments of another function', outer(), /uses the `arguments` of the function around it/],
    ['a number', 5, /Expected `task` to be a function or a reference that taskModule\(\) made, got 5 \(number\)/],
    ['null', null, /got null$/],
    ['undefined', undefined, /got undefined$/],
    ['an object', { square: 1 }, /got \{ square: 1 \} \(object\)/],
  ])('%s', (_, task, message) => {
    expect(() => resolveTask(task)).toThrow(TypeError);
    expect(() => resolveTask(task)).toThrow(message);
  });

  test('under the name of the argument', () => {
    expect(() => resolveTask(5, 'initializer')).toThrow('Expected `initializer` to be a function');
  });

  test('but the own arguments of a function are its own', () => {
    expect(sourceOf(function () {
      return (() => arguments.length)();
    })).toMatch(/^function \(\)/);
  });
});
