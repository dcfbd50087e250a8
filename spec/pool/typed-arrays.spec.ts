import { runInNewContext } from 'node:vm';
import { types } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { Pool, taskModule, type TypedArray } from 'granule';
import { sharedWords } from '../support/gate.js';

const { square, squareLater, identity } = taskModule<typeof import('../fixtures/pool/arithmetic.js')>(
  new URL('../fixtures/pool/arithmetic.js', import.meta.url),
);

let pool: Pool;
beforeAll(() => {
  pool = new Pool(2);
});
afterAll(() => pool.terminate());

const numberTypes = [
  Int8Array,
  Uint8Array,
  Uint8ClampedArray,
  Int16Array,
  Uint16Array,
  Int32Array,
  Uint32Array,
  Float32Array,
  Float64Array,
] as const;
const bigintTypes = [BigInt64Array, BigUint64Array] as const;

/** What the task makes of each element; must behave as the callback of TypedArray.prototype.map. */
const odd = (x: number): number => x * 1.6 - 300;

describe.each(numberTypes.map((type) => [type.name, type] as const))('map over a %s', (_, Type) => {
  test('gives one of the same type, over shared memory, with the conversions of TypedArray.prototype.map', async () => {
    const items = Type.from(Array.from({ length: 300 }, (_, i) => i * 7 - 600));
    const results = await pool.map(odd, items as Float64Array);
    expect(results).toBeInstanceOf(Type);
    expect(types.isSharedArrayBuffer(results.buffer)).toBe(true);
    expect(results).toEqual(items.map(odd));
  });

  test('of nothing gives an empty one', async () => {
    const results = await pool.map(square, new Type(0) as Float64Array);
    expect(results).toBeInstanceOf(Type);
    expect(results).toHaveLength(0);
  });
});

describe.each(bigintTypes.map((type) => [type.name, type] as const))('map over a %s', (_, Type) => {
  test('gives bigints to the task, and wraps what it returns', async () => {
    const items = Type.from([0n, 1n, 2n ** 62n, -1n]);
    const triple = (x: bigint): bigint => x * 3n;
    const results = await pool.map(triple, items as BigInt64Array);
    expect(results).toBeInstanceOf(Type);
    expect(results).toEqual((items as BigInt64Array).map(triple));
  });

  test.each<[string, (x: bigint) => unknown, ErrorConstructor]>([
    ['a number', (x) => Number(x), TypeError],
    ['an object', (x) => ({ x }), SyntaxError],
  ])('fails an item whose result is %s, as TypedArray.prototype.map throws', async (_, wrong, { name }) => {
    const items = Type.of(1n);
    await expect(pool.map(wrong as never, items as BigInt64Array)).rejects.toMatchObject({ name });
    expect(() => (items as BigInt64Array).map(wrong as never)).toThrow(expect.objectContaining({ name }));
  });
});

describe('what a task returns for an element is converted as assignment to a typed array converts it', () => {
  const returns = [undefined, null, true, '12', '', 'x', {}, [7], new Date(9), NaN, -0, 1e300, -1.5];
  test.each(['Float64Array', 'Float32Array', 'Int8Array', 'Uint8ClampedArray'] as const)('%s', async (name) => {
    const Type = globalThis[name];
    const pick = (index: number, all: readonly unknown[]): unknown => all[index];
    const items = Type.from(returns.keys());
    const results = await pool.map(pick as never, items as Float64Array, { args: [returns] });
    expect(results).toEqual((items as Float64Array).map((index) => returns[index] as number));
  });

  test('what has no number fails its item: a bigint, a symbol, an object that refuses', async () => {
    const awkward = [
      (_: number): unknown => 1n,
      (_: number): unknown => Symbol('s'),
      (_: number): unknown => ({
        valueOf() {
          throw new RangeError('no value');
        },
      }),
    ];
    for (const task of awkward) {
      await expect(pool.map(task as never, Float64Array.of(1))).rejects.toMatchObject({
        task: { index: 0 },
        name: expect.stringMatching(/^(Type|Range)Error$/) as unknown,
      });
    }
  });

  test('an async task works too', async () => {
    expect(await pool.map(squareLater, Int32Array.of(1, -2, 3))).toEqual(Int32Array.of(1, 4, 9));
  });

  test('property: any doubles, any type', async () => {
    const sample = fc.array(fc.double(), { maxLength: 100 });
    await fc.assert(
      fc.asyncProperty(sample, fc.constantFrom(...numberTypes), async (numbers, Type) => {
        const items = Type.from(numbers) as Float64Array;
        const half = (x: number): number => x / 2;
        expect(await pool.map(half, items)).toEqual(items.map(half));
      }),
      { seed: 20261120, numRuns: 60 },
    );
  });
});

describe('memory', () => {
  test('that is shared is not copied: the task reads it as it is when the item runs', async () => {
    const items = new Float64Array(new SharedArrayBuffer(8 * 4));
    items.set([1, 2, 3, 4]);
    const changeNext = (x: number, all: Float64Array): number => {
      all[x] = -x; // the next item, element x of values from 1 up
      return x;
    };
    const single = new Pool(1);
    try {
      // 1 makes the second element -1; all[-1] is nothing.
      expect(await single.map(changeNext, items, { args: [items] })).toEqual(Float64Array.of(1, -1, 3, -3));
    } finally {
      await single.terminate();
    }
  });

  test('that is not shared is copied once, at the call: the task cannot reach it', async () => {
    const items = Float64Array.of(1, 2, 3);
    const result = pool.map(square, items);
    items.fill(9);
    expect(await result).toEqual(Float64Array.of(1, 4, 9));
  });

  test('of the result is the user’s: two results never share it, nor with the items', async () => {
    const items = new Float64Array(new SharedArrayBuffer(24));
    items.set([1, 2, 3]);
    const first = await pool.map(square, items);
    const second = await pool.map(square, items);
    first.fill(0);
    expect(second).toEqual(Float64Array.of(1, 4, 9));
    expect(items).toEqual(Float64Array.of(1, 2, 3));
    expect(new Set([items.buffer, first.buffer, second.buffer]).size).toBe(3);
    expect(first.byteOffset).toBe(0);
    expect(first.buffer.byteLength).toBe(24);
  });

  test('of a result can be passed on, still shared', async () => {
    const squares = await pool.map(square, Float64Array.of(1, 2, 3));
    const halve = (start: number, stop: number, all: Float64Array): void => {
      for (let i = start; i < stop; i++) all[i] /= 2;
    };
    await pool.parallelFor(halve, squares.length, { args: [squares] });
    expect(squares).toEqual(Float64Array.of(0.5, 2, 4.5));
  });

  test('that is detached when the call is made is a SerializationError', async () => {
    const items = Float64Array.of(1, 2);
    structuredClone(items, { transfer: [items.buffer] });
    await expect(pool.map(square, items)).rejects.toMatchObject({
      code: 'ERR_GRANULE_SERIALIZATION',
      message: expect.stringMatching(/`items`.*detached/) as unknown,
    });
  });

  test('larger than any block of the arena is mapped as well', async () => {
    const items = new Float64Array(5_000_000).map((_, i) => i);
    const results = await pool.map((x: number) => x + 1, items);
    expect(results.findIndex((value, i) => value !== i + 1)).toBe(-1);
  });
});

describe('views of part of a buffer', () => {
  test('subarrays, shared or not, map their own elements', async () => {
    for (const buffer of [new ArrayBuffer(80), new SharedArrayBuffer(80)]) {
      const all = new Float64Array(buffer).map((_, i) => i);
      new Float64Array(buffer).set(all);
      expect(await pool.map(square, new Float64Array(buffer, 16, 3))).toEqual(Float64Array.of(4, 9, 16));
    }
  });

  test('at any offset the type allows, in memory of any length', async () => {
    const memory = new SharedArrayBuffer(13);
    const bytes = new Uint8Array(memory, 3, 7).fill(5);
    expect(await pool.map(square, bytes)).toEqual(Uint8Array.of(25, 25, 25, 25, 25, 25, 25));
    const shorts = new Int16Array(memory, 10, 1);
    shorts[0] = -7;
    expect(await pool.map(square, shorts)).toEqual(Int16Array.of(49));
  });

  test('over growable shared memory, and over resizable memory', async () => {
    const Growable = SharedArrayBuffer as unknown as new (size: number, options: object) => SharedArrayBuffer;
    const Resizable = ArrayBuffer as unknown as new (size: number, options: object) => ArrayBuffer;
    for (const memory of [new Growable(8, { maxByteLength: 64 }), new Resizable(8, { maxByteLength: 64 })]) {
      const items = new Int32Array(memory as ArrayBuffer);
      items.set([3, 4]);
      expect(await pool.map(square, items)).toEqual(Int32Array.of(9, 16));
    }
  });

  test('a Buffer is a Uint8Array: its bytes are mapped, its result is a Uint8Array', async () => {
    const results = await pool.map((byte: number) => byte + 1, Buffer.from('HAL'));
    expect(results).toBeInstanceOf(Uint8Array);
    expect(Buffer.from(results).toString()).toBe('IBM');
  });

  test('a DataView is no typed array: TypeError', async () => {
    await expect(pool.map(square, new DataView(new ArrayBuffer(8)) as never)).rejects.toThrow(TypeError);
  });
});

describe('an array of another realm', () => {
  test('is known by what it is, and mapped to one of this realm', async () => {
    for (const code of ['Float32Array.of(1, 2)', 'new Float32Array(new SharedArrayBuffer(8)).fill(3)']) {
      const items = runInNewContext(code) as Float32Array;
      const results = await pool.map(square, items);
      expect(results).toBeInstanceOf(Float32Array);
      expect([...results]).toEqual([...items].map((x) => x * x));
    }
  });

  test('of a subclass maps to the class itself', async () => {
    class Samples extends Int16Array {}
    const results = await pool.map(square, Samples.of(1, 2, 3));
    expect(Object.getPrototypeOf(results)).toBe(Int16Array.prototype);
    expect(results).toEqual(Int16Array.of(1, 4, 9));
  });
});

describe('typed arrays elsewhere', () => {
  test('as items of an array are copied whole, with their type', async () => {
    const items = [Uint8Array.of(1), Float32Array.of(0.5), BigInt64Array.of(-1n), new DataView(new ArrayBuffer(2))];
    const results = (await pool.map(identity, items)) as TypedArray[];
    expect(results).toStrictEqual(items);
  });

  test('failing: the lowest index is reported, the pool goes on', async () => {
    const fail = (x: number): number => {
      if (x >= 5) throw new RangeError(`no ${x}`);
      return x;
    };
    const items = Float64Array.from({ length: 100 }, (_, i) => i);
    await expect(pool.map(fail, items)).rejects.toMatchObject({ message: 'no 5', task: { index: 5 } });
    expect(await pool.map(square, Float64Array.of(3))).toEqual(Float64Array.of(9));
  });

  test('every element is visited once, under every schedule', async () => {
    const items = Float64Array.from({ length: 1_000 }, (_, i) => i);
    for (const schedule of ['static', 'dynamic', 'guided', 'auto'] as const) {
      const counts = sharedWords(1_000);
      const visit = (x: number, seen: Int32Array): number => Atomics.add(seen, x, 1);
      await pool.map(visit, items, { schedule, args: [counts] });
      expect(counts.every((times) => times === 1)).toBe(true);
    }
  });
});
