import { runInNewContext } from 'node:vm';
import { describe, expect, test } from '@jest/globals';
import { WorkerLostError } from '#lib/errors.js';
import { Decoder } from '#lib/tasks/codec/decoder.js';
import { Encoder } from '#lib/tasks/codec/encoder.js';
import { graphOf } from './graph.js';
import { acrossBytes, acrossBytesThrice } from './ways.js';

describe('numbers and strings', () => {
  const edges = [0x3f, 0x40, 0x7f, 0x80, 0x7fff, 0x8000, 0x7fff_ffff, 0x8000_0000, 2 ** 53, 1e308, 5e-324];

  test('at every edge of the format', () => {
    for (const edge of edges) {
      for (const value of [edge, -edge, edge - 1, -edge - 1, edge + 1, -edge + 1]) {
        expect(acrossBytes(value)).toBe(value);
      }
    }
  });

  test.each([NaN, -0, 0, Infinity, -Infinity])('%p stays what it is', (value) => {
    expect(acrossBytes(value)).toBe(value);
    expect(acrossBytes([value])).toStrictEqual([value]);
    expect(acrossBytes(new Array(50).fill(value))).toStrictEqual(new Array(50).fill(value));
  });

  test.each([0n, -1n, 2n ** 63n - 1n, 2n ** 63n, -(2n ** 63n), -(2n ** 63n) - 1n, 10n ** 400n, -(10n ** 400n)])(
    'a bigint: %p',
    (value) => {
      expect(acrossBytes(value)).toBe(value);
    },
  );

  test('strings of every length, of one byte a unit and of two, with lone surrogates', () => {
    for (let length = 0; length <= 200; length++) {
      for (const unit of ['a', 'é', '日', '\ud83d', '😀']) {
        const text = unit.repeat(length);
        expect(acrossBytes(text)).toBe(text);
        expect(acrossBytes(`${text}x`)).toBe(`${text}x`);
      }
    }
  });

  test('a string of 20 million units', () => {
    const text = '日本語 '.repeat(5_000_000);
    expect(acrossBytes(text) === text).toBe(true);
  });
});

describe('arrays', () => {
  test('keep holes apart from undefined', () => {
    const arrived = acrossBytes([undefined, , 3, ,]); // eslint-disable-line no-sparse-arrays
    expect(arrived).toHaveLength(4);
    expect(Object.keys(arrived)).toEqual(['0', '2']);
  });

  test('keep properties of their own, as a RegExp’s match has them', () => {
    const match = /b(?<rest>.*)/.exec('abc')!;
    for (const arrived of acrossBytesThrice(match)) {
      expect([...arrived]).toStrictEqual(['bc', 'c']);
      expect(arrived).toMatchObject({ index: 1, input: 'abc', groups: { rest: 'c' } });
    }
  });

  test('keep a property at any length', () => {
    for (const length of [0, 1, 2, 7, 8, 63, 64, 65, 66, 1000]) {
      for (const element of [1, 'text', {}]) {
        const array = Object.assign(new Array<unknown>(length).fill(element), { unit: 'ms', '01': 1, '-1': 2 });
        const arrived = acrossBytes(array);
        expect(graphOf(arrived)).toBe(graphOf(structuredClone(array)));
        expect(Object.keys(arrived)).toHaveLength(length + 3);
      }
    }
  });

  test('keep one missing element among many', () => {
    for (const length of [8, 64, 65, 66, 1000]) {
      for (const missing of [0, 1, length >> 1, length - 2, length - 1]) {
        const array = Array.from({ length }, (_, i) => i);
        Reflect.deleteProperty(array, missing);
        const arrived = acrossBytes(array);
        expect(arrived).toHaveLength(length);
        expect(missing in arrived).toBe(false);
        expect(Object.keys(arrived)).toHaveLength(length - 1);
      }
    }
  });

  test('may be sparse and huge', () => {
    const array: number[] = [];
    array[4e9] = 1;
    array[7] = 2;
    const arrived = acrossBytes(array);
    expect(arrived).toHaveLength(4e9 + 1);
    expect(Object.entries(arrived)).toStrictEqual([
      ['7', 2],
      ['4000000000', 1],
    ]);
    const few: number[] = [];
    few[1_000_000] = 1;
    expect(acrossBytes(few)).toHaveLength(1_000_001);
    expect(acrossBytes(new Array(5))).toStrictEqual(new Array(5));
    expect(acrossBytes(new Array(100_000))).toHaveLength(100_000);
  });

  test('of 100 000 numbers, whole ones and others', () => {
    const whole = Array.from({ length: 100_000 }, (_, i) => i - 50_000);
    const others = whole.map((value) => value / 3);
    for (const array of [whole, others]) {
      const arrived = acrossBytes(array);
      expect(arrived).toHaveLength(array.length);
      expect(arrived.every((value, index) => Object.is(value, array[index]))).toBe(true);
    }
    expect(acrossBytes([...whole, -0]).at(-1)).toBe(-0);
    expect(acrossBytes([...whole, 2 ** 31]).at(-1)).toBe(2 ** 31);
    expect(acrossBytes([...whole, 'end']).at(-1)).toBe('end');
  });

  test('of a subclass arrive as arrays', () => {
    class Row extends Array<number> {}
    expect(acrossBytes(Row.of(1, 2))).toStrictEqual([1, 2]);
  });
});

describe('a list of arguments', () => {
  const across = (list: readonly unknown[]): unknown => {
    const encoder = new Encoder();
    expect(encoder.writeArguments(list, 'args')).toBe(true);
    return new Decoder().read(encoder.bytes, 0);
  };

  test('arrives as its elements', () => {
    for (const list of [[], [42], [undefined, 'a'], [1, [2, 3], { a: 1 }], Array.from({ length: 100 }, () => 1)]) {
      expect(across(list)).toStrictEqual(list);
      expect(across(Object.assign([...list], { extra: 1 }))).toStrictEqual([...list]);
    }
  });

  test('may hold one object twice, and itself', () => {
    const [shared, list] = [{}, [] as unknown[]];
    list.push(shared, shared, list);
    const arrived = across(list) as unknown[];
    expect(arrived[0]).toBe(arrived[1]);
    expect(arrived[2]).toBe(arrived);
  });

  test('is refused and left to a message as any value', () => {
    const encoder = new Encoder();
    expect(() => encoder.writeArguments([1, { fn() {} }], 'args')).toThrow('`args[1].fn`');
    expect(encoder.writeArguments([new SharedArrayBuffer(1)], 'args')).toBe(false);
    expect(encoder.length).toBe(0);
  });
});

describe('objects', () => {
  test('with a key __proto__ get a property, not a prototype', () => {
    for (const arrived of acrossBytesThrice(JSON.parse('{"a":1,"__proto__":{"admin":true}}') as object)) {
      expect(Object.keys(arrived)).toEqual(['a', '__proto__']);
      expect(Object.getPrototypeOf(arrived)).toBe(Object.prototype);
      expect('admin' in arrived).toBe(false);
    }
    expect('admin' in {}).toBe(false);
  });

  test('with keys of Object.prototype have them as their own', () => {
    const value = { toString: 1, constructor: 2, hasOwnProperty: 3, valueOf: 4 };
    for (const arrived of acrossBytesThrice(value)) expect(arrived).toStrictEqual(value);
  });

  test('of no prototype arrive as plain ones', () => {
    const value = Object.assign(Object.create(null) as object, { a: 1 });
    for (const arrived of acrossBytesThrice(value)) expect(arrived).toStrictEqual({ a: 1 });
  });

  test('of a class arrive with the fields, accessors of their own read, and nothing inherited', () => {
    class Point {
      x = 1;
      get length(): number {
        return 1;
      }
    }
    function OldStyle(this: { y: number }): void {
      this.y = 2;
    }
    Object.assign(OldStyle.prototype as object, { inherited: 3 });
    const point = Object.defineProperty(new Point(), 'z', { get: () => 3, enumerable: true });
    const old = new (OldStyle as unknown as new () => object)();
    for (const arrived of acrossBytesThrice({ point, old })) {
      expect(arrived).toStrictEqual({ point: { x: 1, z: 3 }, old: { y: 2 } });
    }
  });

  test('without what structured clone leaves out: symbol keys, hidden properties', () => {
    const value = Object.defineProperty({ a: 1, [Symbol('s')]: () => {} }, 'hidden', { value: () => {} });
    for (const arrived of acrossBytesThrice(value)) expect(arrived).toStrictEqual({ a: 1 });
  });

  test('with many keys, and each with keys of its own', () => {
    for (const size of [63, 64, 65, 300]) {
      const value = Object.fromEntries(Array.from({ length: size }, (_, i) => [`key ${i}`, i]));
      for (const arrived of acrossBytesThrice(value)) expect(arrived).toStrictEqual(value);
    }
    for (let i = 0; i < 20_000; i++) {
      const value = { [`a${i}`]: 1, [`b${i % 7}`]: { [`c${i % 1000}`]: i } };
      expect(JSON.stringify(acrossBytes(value))).toBe(JSON.stringify(value));
    }
  });

  test('with the empty string for a key', () => {
    for (const arrived of acrossBytesThrice([{ '': 1 }, { a: { '': 2 } }, { '': { '': 3 } }])) {
      expect(arrived).toStrictEqual([{ '': 1 }, { a: { '': 2 } }, { '': { '': 3 } }]);
    }
  });

  test.each(['b', 'c', 'e'] as const)('in which a getter removes %s and adds another arrive without either', (gone) => {
    const make = (): object => {
      const value = { a: 1, b: 2, c: [{ d: 4 }], e: 5 };
      const get = (): number => {
        delete (value as Partial<typeof value>)[gone];
        Object.assign(value, { late: 1 });
        return 7;
      };
      return Object.defineProperty(value, 'a', { get, enumerable: true });
    };
    const encoder = new Encoder();
    const offsets = [{ a: 1, b: 2, c: 3, e: 5 }, make(), make(), make()].map((value) => {
      const at = encoder.length;
      encoder.write(value, 'value');
      return at;
    });
    const { [gone]: _, ...rest } = { a: 7, b: 2, c: [{ d: 4 }], e: 5 };
    for (const offset of offsets.slice(1)) {
      const arrived = new Decoder().read(encoder.bytes, offset);
      expect(arrived).toStrictEqual(rest);
      expect(graphOf(arrived)).toBe(graphOf(structuredClone(make())));
    }
  });

  test('are of this realm, whichever they came from', () => {
    const value: unknown = runInNewContext(
      `({ list: [1, { n: 1 }], map: new Map([[1, {}]]), set: new Set([1]), date: new Date(5), re: /a/g,
         error: new RangeError('far'), box: new Number(1), view: new Float32Array(2) })`,
    );
    const arrived = acrossBytes(value) as Record<string, object>;
    const kinds = { list: Array, map: Map, set: Set, date: Date, re: RegExp, error: RangeError, box: Number };
    for (const [key, Kind] of Object.entries(kinds)) expect(arrived[key]).toBeInstanceOf(Kind);
    expect(arrived.view).toBeInstanceOf(Float32Array);
    expect(arrived).toBeInstanceOf(Object);
    expect((arrived.list as unknown[])[1]).toStrictEqual({ n: 1 });
  });
});

describe('sharing', () => {
  test('is kept within a value, in a ring and across many objects', () => {
    const shared = { n: 1 };
    const ring: Record<string, unknown> = { shared };
    ring.self = ring;
    ring.list = Array.from({ length: 50 }, (_, i) => ({ i, shared, ring }));
    const arrived = acrossBytes(ring) as { self: object; shared: object; list: { shared: object; ring: object }[] };
    expect(arrived.self).toBe(arrived);
    for (const element of arrived.list) {
      expect(element.shared).toBe(arrived.shared);
      expect(element.ring).toBe(arrived);
    }
  });

  test('at every number of objects before the second meeting', () => {
    for (let before = 0; before < 40; before++) {
      const first = { first: true };
      const value = [first, ...Array.from({ length: before }, (_, i) => [i]), first];
      const arrived = acrossBytes(value);
      expect(arrived).toStrictEqual(value);
      expect(arrived.at(-1)).toBe(arrived[0]);
    }
  });

  test('among many, where one is met for the first time after another was met again', () => {
    const many = Array.from({ length: 30 }, (_, i) => ({ i }));
    const late = { late: true };
    const arrived = acrossBytes([...many, many[3], late, late, many[29]]);
    expect(arrived.slice(30).map((part) => arrived.indexOf(part))).toEqual([3, 31, 31, 29]);
  });

  test('of a buffer by a view of all of it', () => {
    const view = new Float64Array([1, 2]);
    const arrived = acrossBytes({ view, buffer: view.buffer, again: view });
    expect(arrived.view.buffer).toBe(arrived.buffer);
    expect(arrived.again).toBe(arrived.view);
  });

  test('is not kept between values', () => {
    const shared = {};
    expect(acrossBytes([shared, shared])[0]).not.toBe(acrossBytes([shared])[0]);
  });
});

describe('other kinds', () => {
  test('dates, the invalid one too', () => {
    expect(acrossBytes(new Date(8.64e15)).getTime()).toBe(8.64e15);
    expect(acrossBytes(new Date(NaN)).getTime()).toBeNaN();
  });

  test('a RegExp with its flags, from its beginning', () => {
    const regExp = /[/]\/é/dgimsuy;
    regExp.lastIndex = 3;
    expect(acrossBytes(regExp)).toStrictEqual(/[/]\/é/dgimsuy);
    expect(acrossBytes(regExp).lastIndex).toBe(0);
  });

  test.each([1.5, 'text', '', true, false, 5n].map((value) => Object(value) as object))('a boxed %p', (boxed) => {
    const arrived = acrossBytes(boxed);
    expect(arrived).toStrictEqual(boxed);
    expect(arrived.valueOf()).toBe(boxed.valueOf());
  });

  test('subclasses of built-ins arrive as the built-in', () => {
    class Registry extends Map<string, number> {}
    class Bag extends Set<string> {}
    class Day extends Date {}
    class Pixels extends Uint8Array {}
    const value = { map: new Registry([['a', 1]]), set: new Bag(['b']), day: new Day(5), pixels: new Pixels([1]) };
    expect(acrossBytes(value)).toStrictEqual({
      map: new Map([['a', 1]]),
      set: new Set(['b']),
      day: new Date(5),
      pixels: new Uint8Array([1]),
    });
  });

  test('what only looks like a Map arrives as what it is', () => {
    expect(acrossBytes([new Map(), Object.create(Map.prototype), new Map([[1, 2]])])).toStrictEqual([
      new Map(),
      {},
      new Map([[1, 2]]),
    ]);
    expect(acrossBytes(Object.setPrototypeOf(new Map([[1, 2]]), Object.prototype))).toStrictEqual(new Map([[1, 2]]));
    expect(acrossBytes(Object.setPrototypeOf(new Date(5), null))).toStrictEqual(new Date(5));
  });

  test('maps and sets with objects for keys, in their order', () => {
    const key = { k: 1 };
    const map = new Map<unknown, unknown>([[key, new Set([key, NaN])], [NaN, key], [-0, 1]]);
    const arrived = acrossBytes(map);
    const [first] = arrived.keys() as IterableIterator<object>;
    expect([...arrived.keys()]).toStrictEqual([{ k: 1 }, NaN, 0]);
    expect([...arrived.values()]).toStrictEqual([new Set([{ k: 1 }, NaN]), { k: 1 }, 1]);
    expect((arrived.get(first) as Set<object>).has(first)).toBe(true);
    expect(arrived.get(NaN)).toBe(first);
  });
});

describe('errors', () => {
  test('keep class, message, stack and cause', () => {
    const error = new TypeError('no number', { cause: { code: 7, inner: new RangeError('far') } });
    const arrived = acrossBytes(error);
    expect(arrived).toBeInstanceOf(TypeError);
    expect(arrived).toStrictEqual(error);
    expect(arrived.stack).toBe(error.stack);
    expect((arrived.cause as { inner: Error }).inner).toBeInstanceOf(RangeError);
    expect(Object.keys(arrived)).toEqual([]);
  });

  test('keep what structured clone drops: errors of an AggregateError, a subclass’s name, primitive properties', () => {
    class HttpError extends RangeError {
      override name = 'HttpError';
      status = 404;
      socket = { destroy() {} };
    }
    const [arrived] = acrossBytes(new AggregateError([new HttpError('gone')], 'all')).errors as HttpError[];
    expect(arrived).toBeInstanceOf(RangeError);
    expect({ ...arrived }).toStrictEqual({ status: 404 });
    expect([arrived.name, arrived.message]).toEqual(['HttpError', 'gone']);
  });

  test('without a message, a cause that is undefined, an error that is its own cause', () => {
    expect(Object.hasOwn(acrossBytes(new Error()), 'message')).toBe(false);
    expect(Object.hasOwn(acrossBytes(new Error('a', { cause: undefined })), 'cause')).toBe(true);
    const ring = new Error('ring');
    ring.cause = ring;
    expect(acrossBytes(ring).cause).toHaveProperty('message', 'ring');
    const arrived = acrossBytes(ring);
    expect(arrived.cause).toBe(arrived);
  });

  test('of granule’s keep their class, whatever its constructor wants', () => {
    const lost = new WorkerLostError('gone', { exitCode: 7, threadId: 3, cause: new Error('why') });
    const arrived = acrossBytes(lost);
    expect(arrived).toBeInstanceOf(WorkerLostError);
    expect({ ...arrived }).toStrictEqual({ code: 'ERR_GRANULE_WORKER_LOST', exitCode: 7, threadId: 3 });
    expect([arrived.name, arrived.message]).toEqual(['WorkerLostError', 'gone']);
    expect(arrived.cause).toStrictEqual(new Error('why'));
  });

  test('a DOMException stays one', () => {
    const arrived = acrossBytes(new DOMException('late', 'TimeoutError'));
    expect(arrived).toBeInstanceOf(DOMException);
    expect([arrived.name, arrived.message, arrived.code]).toEqual(['TimeoutError', 'late', DOMException.TIMEOUT_ERR]);
  });

  test('leave Error.stackTraceLimit as it was', () => {
    const limit = Error.stackTraceLimit;
    acrossBytes(new Error('x'));
    expect(limit).toBeGreaterThan(0);
    expect(Error.stackTraceLimit).toBe(limit);
  });
});
