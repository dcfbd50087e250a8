import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Pool, taskModule } from 'granule';
import { Gate, sharedWords } from '../support/gate.js';
import { openPool } from '../support/pools.js';

const { square, squareLater, identity, echo, add } = taskModule<typeof import('../fixtures/pool/arithmetic.js')>(
  new URL('../fixtures/pool/arithmetic.js', import.meta.url),
);
const { firstEndsLast, here } = taskModule<typeof import('../fixtures/pool/counting.js')>(
  new URL('../fixtures/pool/counting.js', import.meta.url),
);
const { arriveInOrder, countOrFail, failOrPass } = taskModule<typeof import('../fixtures/pool/chunks.js')>(
  new URL('../fixtures/pool/chunks.js', import.meta.url),
);
const gates = taskModule<typeof import('../fixtures/pool/gates.js')>(
  new URL('../fixtures/pool/gates.js', import.meta.url),
);

let pool: Pool;
beforeAll(() => {
  pool = new Pool(2);
});
afterAll(() => pool.terminate());

const upTo = (n: number): number[] => Array.from({ length: n }, (_, i) => i);

describe('map gives the results in the order of the items', () => {
  test('of a task in a module, of an async one and of one sent as source', async () => {
    const squares = [1, 4, 9, 16, 25];
    expect(await pool.map(square, [1, 2, 3, 4, 5])).toEqual(squares);
    expect(await pool.map(squareLater, [1, 2, 3, 4, 5])).toEqual(squares);
    expect(await pool.map((x: number) => x * x, [1, 2, 3, 4, 5])).toEqual(squares);
  });

  test('though the first item ends last', async () => {
    const items = upTo(20);
    const options = { chunksize: 1, args: [19, sharedWords(1)] };
    expect(await pool.map(firstEndsLast, items, options)).toEqual(items);
  });

  test('a million of them', async () => {
    const squares = await pool.map(square, upTo(1_000_000));
    expect(squares).toHaveLength(1_000_000);
    expect(squares.findIndex((value, i) => value !== i * i)).toBe(-1);
  });

  test('a hundred thousand objects', async () => {
    const items = upTo(100_000).map((id) => ({ id, name: `item ${id}` }));
    const results = await pool.map((item: { id: number; name: string }) => ({ ...item, seen: true }), items);
    expect(results).toHaveLength(100_000);
    expect(results.findIndex(({ id, name, seen }, i) => id !== i || name !== `item ${i}` || !seen)).toBe(-1);
  });

  test('of two maps at once', async () => {
    const [squares, names] = await Promise.all([
      pool.map(square, upTo(5_000)),
      pool.map((x: number) => `item ${x}`, upTo(5_000)),
    ]);
    expect(squares).toEqual(upTo(5_000).map((x) => x * x));
    expect(names).toEqual(upTo(5_000).map((x) => `item ${x}`));
  });
});

describe('map of nothing', () => {
  test.each([
    ['an empty array', []],
    ['an empty set', new Set<number>()],
    ['a generator that ends at once', (function* (): Generator<number> {})()],
    ['an async generator that ends at once', (async function* (): AsyncGenerator<number> {})()],
  ])('%s is an empty array', async (_, items) => {
    expect(await pool.map(square, items as Iterable<number>)).toEqual([]);
  });
});

describe('map takes any iterable', () => {
  test('a Set, the keys of a Map, a generator, an iterable of its own making', async () => {
    function* generate(): Generator<number> {
      yield 3;
      yield 4;
    }
    const own = { [Symbol.iterator]: () => [5, 6].values() };
    expect(await pool.map(square, new Set([1, 2]))).toEqual([1, 4]);
    expect(await pool.map(square, new Map([[2, 'two']]).keys())).toEqual([4]);
    expect(await pool.map(square, generate())).toEqual([9, 16]);
    expect(await pool.map(square, own)).toEqual([25, 36]);
    expect(await pool.map((letter: string) => letter.toUpperCase(), 'ab')).toEqual(['A', 'B']);
  });

  test('an async generator and an async iterable', async () => {
    async function* generate(): AsyncGenerator<number> {
      yield 3;
      await new Promise((resolve) => setImmediate(resolve));
      yield 4;
    }
    const own = { [Symbol.asyncIterator]: generate };
    expect(await pool.map(square, generate())).toEqual([9, 16]);
    expect(await pool.map(square, own)).toEqual([9, 16]);
  });

  test('a ReadableStream', async () => {
    expect(await pool.map(square, ReadableStream.from([7, 8]) as AsyncIterable<number>)).toEqual([49, 64]);
  });

  test('rejecting with what the source throws, sync or async', async () => {
    const broken = new Error('the source broke');
    function* fails(): Generator<number> {
      yield 1;
      throw broken;
    }
    async function* failsLater(): AsyncGenerator<number> {
      yield 1;
      throw broken;
    }
    await expect(pool.map(square, fails())).rejects.toBe(broken);
    await expect(pool.map(square, failsLater())).rejects.toBe(broken);
  });

  test.each([[undefined], [null], [5], [{ length: 2 }], [() => undefined]])('but not %p: TypeError', async (items) => {
    const expected = expect.objectContaining({
      name: 'TypeError',
      message: expect.stringContaining('`items` to be an iterable') as unknown,
    });
    await expect(pool.map(square, items as never)).rejects.toEqual(expected);
  });
});

describe('map keeps every value as it is', () => {
  const doubles = [NaN, -0, 0, Infinity, -Infinity, Number.MIN_VALUE, 2 ** 53];
  const values = [...doubles, null, undefined, true, '', 'ä🙂', 10n ** 30n];

  test('numbers alone', async () => {
    expect(await pool.map(identity, doubles)).toStrictEqual(doubles);
  });

  test('mixed with others', async () => {
    expect(await pool.map(identity, values)).toStrictEqual(values);
  });

  test('numbers in, anything out; anything in, numbers out', async () => {
    const pick = (index: number, all: readonly unknown[]): unknown => all[index];
    const indices = values.map((_, i) => i);
    expect(await pool.map(pick, indices, { args: [values] })).toStrictEqual(values);
    expect(await pool.map((value: unknown) => Number(typeof value === 'number'), values)).toStrictEqual(
      values.map((value) => Number(typeof value === 'number')),
    );
  });

  test('a hole is undefined, as to any iteration, and is no hole in the result', async () => {
    const items = [1, , 3]; // eslint-disable-line no-sparse-arrays
    expect(await pool.map(identity, items)).toStrictEqual([1, undefined, 3]);
    expect(await pool.map((item: unknown) => item === undefined, items)).toStrictEqual([false, true, false]);
  });

  test('nested objects, cycles and shared parts included', async () => {
    const inner = { list: [1, [2, [3]]], when: new Date(5), pattern: /x/gi };
    const item: Record<string, unknown> = { inner, again: inner, map: new Map([[inner, new Set([inner])]]) };
    item['self'] = item;
    const [result] = (await pool.map(identity, [item])) as [typeof item];
    expect(result).toStrictEqual(item);
    expect(result['self']).toBe(result);
    expect(result['again']).toBe(result['inner']);
    expect([...(result['map'] as Map<unknown, unknown>).keys()][0]).toBe(result['inner']);
  });

  test('arrays nested in the items keep their holes', async () => {
    const item = [1, , 3]; // eslint-disable-line no-sparse-arrays
    const [result] = (await pool.map(identity, [item])) as unknown[][];
    expect(result).toStrictEqual(item);
    expect(1 in result).toBe(false);
  });

  test('as it was when the call was made, whatever is done to the items afterwards', async () => {
    const numbers = [1, 2, 3];
    const objects = [{ x: 1 }, { x: 2 }];
    const typed = Float64Array.of(1, 2, 3);
    const results = [pool.map(square, numbers), pool.map(identity, objects), pool.map(square, typed)];
    numbers.fill(0);
    objects[0].x = 0;
    objects.length = 1;
    typed.fill(0);
    expect(await Promise.all(results)).toEqual([[1, 4, 9], [{ x: 1 }, { x: 2 }], Float64Array.of(1, 4, 9)]);
  });

  test('results are copies: what the task does to its item does not come through', async () => {
    const item = { touched: false };
    const touch = (it: { touched: boolean }): typeof it => {
      it.touched = true;
      return it;
    };
    expect(await pool.map(touch, [item])).toEqual([{ touched: true }]);
    expect(item).toEqual({ touched: false });
  });
});

describe('`args` follow the item', () => {
  test('in every call', async () => {
    expect(await pool.map(echo, [1, 2], { args: ['a', { b: [3] }] })).toEqual([
      [1, 'a', { b: [3] }],
      [2, 'a', { b: [3] }],
    ]);
    expect(await pool.map(add, [1, 2], { args: [10, 100] })).toEqual([111, 112]);
  });

  test('nothing else does: no index, no array', async () => {
    expect(await pool.map(echo, [5])).toEqual([[5]]);
    expect(await pool.map(echo, [[5, 6]])).toEqual([[[5, 6]]]);
  });

  test('holding shared memory, which stays shared', async () => {
    const words = sharedWords(1);
    await pool.map((by: number, sum: Int32Array) => void Atomics.add(sum, 0, by), [1, 2, 3], { args: [words] });
    expect(words[0]).toBe(6);
  });
});

describe('chunksize', () => {
  test('25 makes four chunks of a hundred items, each run by one thread in order', async () => {
    const four = openPool(4);
    const gate = new Gate();
    const order = sharedWords(101);
    const threads = four.map(arriveInOrder, upTo(100), { chunksize: 25, args: [25, order, gate.words] });
    // All four wait at the first item of a chunk: none of these is in the chunk of another.
    await gate.arrived(4);
    expect(upTo(100).filter((item) => order[1 + item] !== 0)).toEqual([0, 25, 50, 75]);
    gate.open();
    const ids = await threads;
    for (const chunk of [0, 25, 50, 75].map((from) => upTo(25).map((i) => from + i))) {
      expect(new Set(chunk.map((item) => ids[item])).size).toBe(1);
      const turns = chunk.map((item) => order[1 + item]);
      expect(turns).toEqual([...turns].sort((left, right) => left - right));
    }
    expect(new Set(ids).size).toBe(4);
    expect(gate.arrivals).toBe(4);
  });

  test('as long as the items leaves all of them to one thread', async () => {
    expect(new Set(await pool.map(here, upTo(500), { chunksize: 500 })).size).toBe(1);
    expect(new Set(await pool.map(here, upTo(10), { chunksize: 1e6 })).size).toBe(1);
  });
});

describe('onProgress', () => {
  test('counts up to the total, and is told of the whole before the map resolves', async () => {
    const told: [number, number | undefined][] = [];
    const onProgress = (done: number, total: number | undefined): unknown => told.push([done, total]);
    await pool.map(square, upTo(1_000), { chunksize: 10, onProgress });
    expect(told.at(-1)).toEqual([1_000, 1_000]);
    expect(told.every(([done, total], i) => total === 1_000 && done > (told[i - 1]?.[0] ?? 0))).toBe(true);
  });

  test('hears of a chunk while the next is at work', async () => {
    const gate = new Gate();
    const told: number[] = [];
    let hear = (): void => undefined;
    const heard = new Promise<void>((resolve) => (hear = resolve));
    const onProgress = (done: number): void => {
      told.push(done);
      if (done === 10) hear();
    };
    const single = openPool(1);
    const result = single.map(gates.passWhere, upTo(20), { chunksize: 10, args: [[10], gate.words], onProgress });
    await Promise.all([gate.arrived(), heard]);
    expect(told.at(-1)).toBe(10);
    gate.open();
    await result;
    expect(told.at(-1)).toBe(20);
  });

  test('that throws fails the call', async () => {
    const tired = new Error('tired of progress');
    const onProgress = (): never => {
      throw tired;
    };
    await expect(pool.map(square, [1, 2], { onProgress })).rejects.toBe(tired);
    expect(await pool.map(square, [3])).toEqual([9]);
  });
});

describe('a failing item', () => {
  const failAt = (item: number, from: number, step: number): number => {
    if (item >= from && (item - from) % step === 0) throw new RangeError(`item ${item}`);
    return item;
  };

  test('rejects the map with the error of the lowest index among those that failed', async () => {
    for (const schedule of ['static', 'dynamic', 'guided', 'auto'] as const) {
      const failing = pool.map(failAt, upTo(200), { schedule, args: [37, 1] });
      await expect(failing).rejects.toMatchObject({ name: 'RangeError', message: 'item 37' });
    }
  });

  test('also where a higher one failed long before it', async () => {
    const gate = new Gate();
    // Item 0 waits at the gate until the other has failed.
    const onProgress = (): void => {
      gate.open();
    };
    const failing = pool.map(failOrPass, [0, 1], { chunksize: 1, args: [gate.words], onProgress });
    await expect(failing).rejects.toMatchObject({ message: 'item 0' });
  });

  test('keeps chunks that nobody has claimed from running', async () => {
    const counts = sharedWords(1_000);
    const single = openPool(1);
    const failing = single.map(countOrFail, upTo(1_000), { chunksize: 10, args: [25, counts] });
    await expect(failing).rejects.toThrow('item 25');
    expect(upTo(1_000).filter((item) => counts[item] !== 0)).toEqual(upTo(26));
  });

  test('leaves the pool as it was', async () => {
    await expect(pool.map(failAt, upTo(10), { args: [3, 1] })).rejects.toThrow('item 3');
    expect(await pool.map(square, [1, 2, 3])).toEqual([1, 4, 9]);
  });
});

describe('mapSettled', () => {
  test('runs every item and reports each, as Promise.allSettled does', async () => {
    const odd = (x: number): number => {
      if (x % 2 === 0) throw new TypeError(`${x} is even`);
      return x;
    };
    const results = await pool.mapSettled(odd, upTo(50));
    expect(results.map(({ status }) => status)).toEqual(upTo(50).map((x) => (x % 2 ? 'fulfilled' : 'rejected')));
    results.forEach((result, x) => {
      if (result.status === 'fulfilled') expect(result).toEqual({ status: 'fulfilled', value: x });
      else expect(result).toEqual({ status: 'rejected', reason: new TypeError(`${x} is even`) });
    });
  });

  test('one bad item loses nothing else of its chunk', async () => {
    const counts = sharedWords(100);
    const results = await pool.mapSettled(countOrFail, upTo(100), { chunksize: 50, args: [3, counts] });
    expect(results.filter(({ status }) => status === 'rejected')).toHaveLength(1);
    expect(results[3]).toMatchObject({ status: 'rejected', reason: { message: 'item 3' } });
    expect([...counts]).toEqual(upTo(100).map(() => 1));
  });

  test('of nothing is an empty array; of a typed array, an array', async () => {
    expect(await pool.mapSettled(square, [])).toEqual([]);
    expect(await pool.mapSettled(square, Float64Array.of(2, 3))).toEqual([
      { status: 'fulfilled', value: 4 },
      { status: 'fulfilled', value: 9 },
    ]);
  });

  test('reports results of every kind beside each other', async () => {
    const kinds = [undefined, null, true, false, 0, 'text', { a: 1 }];
    expect(await pool.mapSettled(identity, kinds)).toStrictEqual(
      kinds.map((value) => ({ status: 'fulfilled', value })),
    );
  });
});
