import { EventEmitter } from 'node:events';
import { readFileSync } from 'node:fs';
import { types } from 'node:util';
import { createContext, runInContext } from 'node:vm';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import * as errors from '#lib/errors.js';
import { decodeError, encodeError } from '#lib/tasks/error-transport.js';
import { taskModule } from '#lib/tasks/reference.js';
import { TaskThread } from '../fixtures/tasks/thread.js';

/** To another thread and back, as far as values are concerned. */
const cross = (thrown: unknown): unknown => decodeError(structuredClone(encodeError(thrown)));
const crossError = (thrown: object) => cross(thrown) as Error & Record<string, unknown>;
const caught = (run: () => unknown): unknown => {
  try {
    run();
  } catch (error) {
    return error;
  }
  throw new Error('nothing was thrown');
};

describe('an error keeps its class', () => {
  test.each([Error, EvalError, RangeError, ReferenceError, SyntaxError, TypeError, URIError])('%p', (Type) => {
    const error = crossError(new Type('message'));
    expect(Object.getPrototypeOf(error)).toBe(Type.prototype);
    expect(types.isNativeError(error)).toBe(true);
    expect(error.message).toBe('message');
    expect(Object.getOwnPropertyNames(error).sort()).toEqual(['message', 'stack']);
  });

  test('AggregateError, with its errors', () => {
    const error = cross(new AggregateError([new RangeError('one'), 'two'], 'both')) as AggregateError;
    expect(error).toBeInstanceOf(AggregateError);
    expect(error.errors).toEqual([new RangeError('one'), 'two']);
    expect(error.errors[0]).toBeInstanceOf(RangeError);
    expect(Object.keys(error)).toEqual([]);
  });

  test('DOMException', () => {
    const error = cross(caught(() => AbortSignal.abort().throwIfAborted())) as DOMException;
    expect(error).toBeInstanceOf(DOMException);
    expect(error).toMatchObject({ name: 'AbortError', code: DOMException.ABORT_ERR });
    expect(error.stack).toMatch('AbortError');
    expect((cross(new DOMException('mine', 'MyError')) as Error).name).toBe('MyError');
  });

  test('an error of WebAssembly', () => {
    const { WebAssembly } = globalThis as unknown as { WebAssembly: Record<string, new (bytes?: unknown) => Error> };
    const error = cross(caught(() => new WebAssembly['Module'](new Uint8Array(3))));
    expect(error).toBeInstanceOf(WebAssembly['CompileError']);
  });

  test("one of Node's, with its code", () => {
    const error = crossError(caught(() => readFileSync('/not/there')) as Error);
    expect(error).toMatchObject({ code: 'ENOENT', errno: -2, syscall: 'open', path: '/not/there' });
    const invalid = crossError(caught(() => Buffer.alloc('x' as never)) as Error);
    expect(invalid).toBeInstanceOf(TypeError);
    expect(invalid).toMatchObject({ name: 'TypeError', code: 'ERR_INVALID_ARG_TYPE' });
  });

  test.each(Object.entries(errors))("granule's %s", (_, Type) => {
    const before = new Type('message', { cause: 'why', exitCode: 7, threadId: 3 });
    const after = crossError(before);
    expect(Object.getPrototypeOf(after)).toBe(Type.prototype);
    expect(after).toStrictEqual(before);
    expect(Object.getOwnPropertyDescriptor(after, 'code')?.value).toBe(before.code);
  });

  test('of another realm becomes one of this', () => {
    const code = "Object.assign(new TypeError('far'), { list: [new RangeError('in')] })";
    const error = crossError(runInContext(code, createContext()) as Error);
    expect(error).toBeInstanceOf(TypeError);
    expect(error['list']).toStrictEqual([new RangeError('in')]);
  });

  test('a subclass arrives as the built-in class beneath it, under its name', () => {
    class HttpError extends TypeError {
      override name = 'HttpError';
    }
    class ByPrototype extends RangeError {}
    ByPrototype.prototype.name = 'ByPrototype';
    expect(crossError(new HttpError('404'))).toBeInstanceOf(TypeError);
    expect(crossError(new HttpError('404')).name).toBe('HttpError');
    const error = crossError(new ByPrototype('far'));
    expect(error).toBeInstanceOf(RangeError);
    expect(error.name).toBe('ByPrototype');
    expect(Object.keys(error)).toEqual([]);
  });

  test('a class that only calls itself TypeError is no TypeError', () => {
    const Impostor = { TypeError: class TypeError extends Error {} }.TypeError;
    expect(Object.getPrototypeOf(crossError(new Impostor('x')))).toBe(Error.prototype);
  });

  test('an error with the code of one of ours, but another name, stays what it is', () => {
    const error = crossError(Object.assign(new Error('x'), { code: 'ERR_GRANULE_TIMEOUT' }));
    expect(Object.getPrototypeOf(error)).toBe(Error.prototype);
  });

  test('an object of the old style, which only inherits from Error, is an Error', () => {
    function Old(this: Error, message: string) {
      this.message = message;
    }
    Old.prototype = Object.create(Error.prototype, { name: { value: 'Old' } }) as object;
    const error = crossError(new (Old as unknown as new (message: string) => Error)('long ago'));
    expect(types.isNativeError(error)).toBe(true);
    expect(error).toMatchObject({ name: 'Old', message: 'long ago', stack: 'Old: long ago' });
  });
});

describe('an error keeps its properties', () => {
  test('of every kind of data', () => {
    const extra = {
      code: 'E',
      big: 10n,
      nothing: null,
      missing: undefined,
      negativeZero: -0,
      nan: NaN,
      date: new Date(0),
      pattern: /a/gi,
      bytes: new Uint8Array([1, 2, 3]).subarray(1),
      buffer: Buffer.from('bytes'),
      view: new DataView(new ArrayBuffer(4)),
      map: new Map<unknown, unknown>([['key', { deep: [1] }]]),
      set: new Set([1, 'two']),
      // eslint-disable-next-line no-sparse-arrays
      holes: [1, , 3],
      nested: { list: [{ a: 1 }] },
    };
    const error = crossError(Object.assign(new Error('all'), extra));
    for (const [key, value] of Object.entries(extra)) {
      if (key !== 'buffer') expect(error[key]).toStrictEqual(value);
    }
    expect(Buffer.from(error['buffer'] as Uint8Array).toString()).toBe('bytes');
    expect(1 in (error['holes'] as unknown[])).toBe(false);
  });

  test('enumerable or not', () => {
    const before = Object.defineProperty(new Error('x'), 'hidden', { value: 1 });
    const error = crossError(Object.assign(before, { seen: 2 }));
    expect(error['hidden']).toBe(1);
    expect(Object.keys(error)).toEqual(['seen']);
  });

  test('with the values that accessors give', () => {
    const error = Object.defineProperty(new Error('x'), 'status', { get: () => 404, enumerable: true });
    expect(crossError(error)['status']).toBe(404);
  });

  test('message included: none, empty, or of another type', () => {
    expect(Object.hasOwn(crossError(new Error()), 'message')).toBe(false);
    expect(Object.hasOwn(crossError(new Error('')), 'message')).toBe(true);
    const odd = Object.assign(new Error('x'), { message: { text: 'odd' } as unknown as string });
    expect(crossError(odd).message).toEqual({ text: 'odd' });
  });

  test('and a cause, of any kind, and its cause', () => {
    const error = crossError(new Error('a', { cause: new TypeError('b', { cause: { code: 7 } }) }));
    expect(error.cause).toBeInstanceOf(TypeError);
    expect((error.cause as Error).cause).toEqual({ code: 7 });
    expect(Object.keys(error)).toEqual([]);
  });

  test('and causes that lead back to it', () => {
    const error = new Error('a');
    error.cause = new Error('b', { cause: error });
    const after = crossError(error);
    expect((after.cause as Error).cause).toBe(after);
  });

  test('and a chain of ten thousand causes', () => {
    let error = new Error('last');
    for (let link = 1; link < 10_000; link++) error = new Error(`${link}`, { cause: error });
    let after: unknown = cross(error);
    let length = 0;
    for (; types.isNativeError(after); after = after.cause) length++;
    expect(length).toBe(10_000);
  });

  test('and what it holds twice stays one', () => {
    const shared = { id: 1 };
    const error = crossError(Object.assign(new Error('x'), { a: shared, b: [shared] }));
    expect((error['b'] as unknown[])[0]).toBe(error['a']);
  });

  test('and errors inside them', () => {
    const inside = { tries: [new RangeError('1')], by: new Map([[1, new TypeError('2')]]) };
    const error = crossError(Object.assign(new Error('x'), inside));
    expect((error['tries'] as unknown[])[0]).toBeInstanceOf(RangeError);
    expect((error['by'] as Map<number, unknown>).get(1)).toBeInstanceOf(TypeError);
  });

  test('and no key does harm', () => {
    const error = Object.defineProperty(new Error('x'), '__proto__', { value: { polluted: 1 }, enumerable: true });
    const nested = JSON.parse('{ "__proto__": { "polluted": 1 } }') as object;
    Object.assign(error, { constructor: 'text', toString: 'text', nested });
    const after = crossError(error);
    expect(Object.getPrototypeOf(after)).toBe(Error.prototype);
    expect(Object.getOwnPropertyDescriptor(after, '__proto__')?.value).toEqual({ polluted: 1 });
    expect(Object.getPrototypeOf(after['nested'])).toBe(Object.prototype);
    expect(after['polluted']).toBeUndefined();
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
  });

  test('but its functions and symbols', () => {
    const properties = { toJSON: () => 1, [Symbol('s')]: 1, tag: Symbol('tag') };
    const error = crossError(Object.assign(new Error('x'), properties));
    expect('toJSON' in error).toBe(false);
    expect(Object.getOwnPropertySymbols(error)).toEqual([]);
    expect(error['tag']).toBe('Symbol(tag)');
  });

  test('but what cannot be copied: it becomes its text', () => {
    class Socket extends EventEmitter {
      secret = 'half the program';
    }
    const error = crossError(
      Object.assign(new Error('x'), {
        socket: new Socket(),
        later: Promise.resolve(1),
        weak: new WeakMap(),
        shared: new SharedArrayBuffer(1),
        revoked: caughtProxy(),
        url: new URL('https://example.org/'),
      }),
    );
    for (const key of ['socket', 'later', 'weak', 'shared', 'revoked', 'url']) expect(typeof error[key]).toBe('string');
    expect(error['later']).toMatch(/^Promise \{ 1/);
    expect(error['url']).toMatch('example.org');
  });

  test('and an instance of a class becomes a plain object, as in structured clone', () => {
    class Point {
      x = 1;
      get double() {
        return this.x * 2;
      }
    }
    expect(crossError(Object.assign(new Error('x'), { at: new Point() }))['at']).toStrictEqual({ x: 1 });
  });

  test('and one that holds half the program crosses in part', () => {
    const list = Array.from({ length: 20_000 }, (_, index) => ({ index }));
    const error = crossError(Object.assign(new Error('x'), { list }));
    const received = error['list'] as unknown[];
    expect(received).toHaveLength(20_000);
    expect(received[0]).toEqual({ index: 0 });
    expect(received[19_999]).toBe('{ index: 19999 }');
  });
});

describe('an error that fights back never throws on its way', () => {
  const hostile = () => {
    throw new Error('hostile');
  };
  const trapped = (target: object) =>
    new Proxy(target, Object.fromEntries(Object.getOwnPropertyNames(Reflect).map((trap) => [trap, hostile])));

  test('accessors that throw are left out', () => {
    const error = Object.defineProperty(new Error('x'), 'status', { get: hostile, enumerable: true });
    const after = crossError(error);
    expect(after.message).toBe('x');
    expect('status' in after).toBe(false);
  });

  test.each(['message', 'name', 'stack', 'code', 'cause', 'constructor'])('%s throws', (key) => {
    const after = crossError(Object.defineProperty(new RangeError('x'), key, { get: hostile }));
    expect(after).toBeInstanceOf(RangeError);
    expect(typeof after.stack).toBe('string');
  });

  test.each(['stack', 'name'])('%s is no text', (key) => {
    const after = crossError(Object.defineProperty(new RangeError('x'), key, { value: [1] }));
    expect(after).toBeInstanceOf(RangeError);
    expect(typeof after.stack).toBe('string');
  });

  test('frozen', () => {
    const error = Object.freeze(Object.assign(new Error('x'), { code: 'E' }));
    expect(crossError(error)).toMatchObject({ message: 'x', code: 'E' });
  });

  test('a Proxy of an error is that error', () => {
    expect(crossError(new Proxy(new RangeError('x'), {}))).toStrictEqual(new RangeError('x'));
  });

  test.each<[string, () => unknown]>([
    ['a Proxy whose traps throw', () => trapped(new Error('x'))],
    ['a revoked Proxy', caughtProxy],
    ['text that throws when shown', () => ({ [Symbol.for('nodejs.util.inspect.custom')]: hostile, f: hostile })],
    ['a tag that throws', () => Object.defineProperty({ f: hostile }, Symbol.toStringTag, { get: hostile })],
  ])('%s', (_, make) => {
    expect(cross(make())).toMatchObject({ code: 'ERR_GRANULE_SERIALIZATION' });
    expect(crossError(Object.assign(new Error('x'), { inside: make() })).message).toBe('x');
  });

  test('an accessor that makes a new object at every look ends', () => {
    const endless = (): object => Object.defineProperty({}, 'next', { get: endless, enumerable: true });
    expect(crossError(Object.assign(new Error('x'), { endless: endless() })).message).toBe('x');
  });
});

describe('what is thrown and is no error', () => {
  test.each([1, 'text', undefined, null, false, 10n, NaN, -0])('%p arrives as it is', (value) => {
    expect(cross(value)).toBe(value);
  });

  test.each<[unknown]>([
    [{ code: 'E', list: [1, { a: new Date(0) }] }],
    [[1, [2]]],
    [new Map([['a', new Set([1])]])],
    [new Float64Array([1, 2])],
    [/x/y],
    [Object(5)],
  ])('%p arrives as a copy of this realm', (value) => {
    expect(cross(value)).toStrictEqual(value);
    expect(cross(value)).not.toBe(value);
  });

  test('plain data with an error in it', () => {
    const value = cross({ reason: Object.assign(new RangeError('x'), { f: () => 1 }) }) as { reason: unknown };
    expect(value.reason).toBeInstanceOf(RangeError);
  });

  test.each<[string, unknown, string]>([
    ['a symbol', Symbol('stop'), 'Symbol(stop)'],
    ['a function', function stop() {}, '[Function: stop]'],
    ['data with a function in it', { a: 1, f() {} }, '{ a: 1, f: [Function: f] }'],
    ['a promise', Promise.resolve(1), 'Promise { 1'],
    ['shared memory', new SharedArrayBuffer(1), 'SharedArrayBuffer'],
  ])('%s becomes a SerializationError that shows it', (_, value, text) => {
    const error = crossError(value as object);
    expect(error).toBeInstanceOf(errors.SerializationError);
    expect(error.message).toMatch(`cannot cross to another thread: ${text}`);
  });

  test('a pooled Buffer brings its own bytes only', () => {
    const wire = encodeError(Buffer.from('few'));
    expect(JSON.stringify(structuredClone(wire)).length).toBeLessThan(200);
  });
});

describe('with the place it came from', () => {
  const { fail } = taskModule<typeof import('../fixtures/tasks/arithmetic.js')>(
    new URL('../fixtures/tasks/arithmetic.js', import.meta.url),
  );
  let thread: TaskThread;
  beforeAll(() => {
    thread = new TaskThread();
  });
  afterAll(() => thread.end());

  test("the stack shows the thread's frames, which call it was, and the caller's", async () => {
    async function caller() {
      return thread.run(fail, 'too far');
    }
    const { stack } = (await caller().catch((error: unknown) => error)) as Error;
    const lines = String(stack).split('\n');
    expect(lines[0]).toBe('RangeError: too far');
    expect(lines[1]).toMatch(/^ {4}at fail \(file:.*arithmetic\.js:\d+:\d+\)$/);
    const here = lines.findIndex((line) => /^ {4}at … \[fail, thread \d+\]$/.test(line));
    expect(here).toBeGreaterThan(1);
    expect(lines.slice(here).join('\n')).toMatch(/at caller \(/);
  });

  test('task tells which, and shows neither in comparisons nor in logs', () => {
    const task = { name: 'square', index: 7, threadId: 3 };
    const error = decodeError(encodeError(new RangeError('x')), { task }) as Error & { task: unknown };
    expect(error.task).toEqual(task);
    expect(Object.isFrozen(error.task)).toBe(true);
    expect(error).toStrictEqual(new RangeError('x'));
    expect(error.stack).toMatch('    at … [square, item 7, thread 3]');
  });

  test('without a stack of the caller only the call is named', () => {
    const task = { name: 'f', index: undefined, threadId: 1 };
    const error = decodeError(encodeError(new Error('x')), { task }) as Error;
    expect(error.stack?.endsWith('\n    at … [f, thread 1]')).toBe(true);
  });

  test('a message of several lines stays above the frames', () => {
    const callStack = 'Error: call\nmore\n    at here (file:///x)';
    const error = decodeError(encodeError(new Error('one\n    at two')), { callStack }) as Error;
    expect(error.stack?.startsWith('Error: one\n    at two\n')).toBe(true);
    expect(error.stack?.endsWith('\n    at here (file:///x)')).toBe(true);
    expect(error.stack).not.toMatch('more');
  });

  test('a value that is no error gets none of it', () => {
    const task = { name: 'f', index: 0, threadId: 1 };
    expect(decodeError(encodeError({ code: 1 }), { task })).toStrictEqual({ code: 1 });
  });
});

function caughtProxy(): object {
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  return proxy;
}
