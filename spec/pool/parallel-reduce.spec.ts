import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { Pool, type Schedule, taskModule } from 'granule';
import { reduceChunksize } from '#lib/pool/schedules.js';

const { countRange } = taskModule<typeof import('../fixtures/pool/lanes.js')>(
  new URL('../fixtures/pool/lanes.js', import.meta.url),
);

let pool: Pool;
beforeAll(() => {
  pool = new Pool(3);
});
afterAll(() => pool.terminate());

const add = (left: number, right: number): number => left + right;
const sumOf = (start: number, stop: number): number => {
  let sum = 0;
  for (let i = start; i < stop; i++) sum += i;
  return sum;
};
const rangeOf = (start: number, stop: number): [number, number][] => [[start, stop]];
const join = (left: [number, number][], right: [number, number][]): [number, number][] => [...left, ...right];

describe('parallelReduce', () => {
  test('combines the ranges’ results, in range order', async () => {
    expect(await pool.parallelReduce(sumOf, 1_001, add)).toBe(500_500);
    expect(await pool.parallelReduce(rangeOf, { start: 5, stop: 25 }, join, { chunksize: 8 })).toEqual([
      [5, 13],
      [13, 21],
      [21, 25],
    ]);
  });

  test('is right for any range and chunksize', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: -500, max: 500 }),
        fc.integer({ min: 1, max: 500 }),
        fc.oneof(fc.constant('auto' as const), fc.integer({ min: 1, max: 600 })),
        async (start, length, chunksize) => {
          const stop = start + length;
          expect(await pool.parallelReduce(sumOf, { start, stop }, add, { chunksize })).toBe(sumOf(start, stop));
        },
      ),
      { seed: 20261120, numRuns: 50 },
    );
  });

  test('takes any results: strings, objects, typed arrays', async () => {
    const text = await pool.parallelReduce((from: number, to: number) => `[${from},${to})`, 6, add as never, {
      chunksize: 2,
    });
    expect(text).toBe('[0,2)[2,4)[4,6)');
    const histogram = (start: number, stop: number): Int32Array => {
      const bins = new Int32Array(4);
      for (let i = start; i < stop; i++) bins[i % 4]++;
      return bins;
    };
    const merge = (left: Int32Array, right: Int32Array): Int32Array => left.map((n, i) => n + right[i]);
    expect(await pool.parallelReduce(histogram, 1_000, merge)).toEqual(Int32Array.of(250, 250, 250, 250));
  });

  test('`initial` comes first, and is the result of an empty range', async () => {
    const joined = (left: string, right: string): string => left + right;
    const show = (start: number): string => String(start);
    expect(await pool.parallelReduce(show, 4, joined, { chunksize: 2, initial: '>' })).toBe('>02');
    expect(await pool.parallelReduce(show, 0, joined, { initial: 'nothing' })).toBe('nothing');
    expect(await pool.parallelReduce(sumOf, 0, add, { initial: 0 })).toBe(0);
  });

  test('an empty range without `initial` is a TypeError', async () => {
    const why = { name: 'TypeError', message: expect.stringContaining('`initial`') as unknown };
    await expect(pool.parallelReduce(sumOf, 0, add)).rejects.toMatchObject(why);
    await expect(pool.parallelReduce(sumOf, { start: 3, stop: 3 }, add)).rejects.toMatchObject(why);
  });

  test('one range is its own result: `combine` is not called', async () => {
    const never = (): never => {
      throw new Error('called');
    };
    expect(await pool.parallelReduce(sumOf, 10, never, { chunksize: 10 })).toBe(45);
  });
});

describe('the boundaries', () => {
  const schedules: readonly Schedule[] = ['static', 'dynamic', 'guided', 'auto'];

  test('depend on range, chunksize and thread count alone, not on the schedule or on what was learned', async () => {
    const size = reduceChunksize(1_000, 3);
    const count = Math.ceil(1_000 / size);
    const expected = Array.from({ length: count }, (_, k) => [k * size, Math.min(1_000, (k + 1) * size)]);
    for (const schedule of schedules) {
      for (let round = 0; round < 3; round++) {
        expect(await pool.parallelReduce(rangeOf, 1_000, join, { schedule })).toEqual(expected);
      }
    }
  });

  test('so that floating-point sums repeat to the last bit', async () => {
    const values = new Float64Array(new SharedArrayBuffer(8 * 10_000)).map((_, i) => Math.sin(i) * 10 ** (i % 17));
    const shared = new Float64Array(new SharedArrayBuffer(values.byteLength));
    shared.set(values);
    const sum = (start: number, stop: number, all: Float64Array): number => {
      let total = 0;
      for (let i = start; i < stop; i++) total += all[i];
      return total;
    };
    const sums = new Set<number>();
    for (const schedule of schedules) {
      for (let round = 0; round < 5; round++) {
        sums.add(await pool.parallelReduce(sum, shared.length, add, { schedule, args: [shared] }));
      }
    }
    expect(sums.size).toBe(1);
    // Other groupings give other bits: the promise is not an empty one.
    sums.add(await pool.parallelReduce(sum, shared.length, add, { chunksize: 7, args: [shared] }));
    expect(sums.size).toBe(2);
  });
});

describe('what fails', () => {
  test('a range: the lowest failing one’s error', async () => {
    const fail = (start: number): number => {
      if (start >= 40) throw new RangeError(`from ${start}`);
      return start;
    };
    const failing = pool.parallelReduce(fail, 100, add, { chunksize: 10 });
    await expect(failing).rejects.toMatchObject({ message: 'from 40', task: { index: 4 } });
  });

  test('`combine`: its own error', async () => {
    const why = new Error('cannot combine');
    const combine = (): never => {
      throw why;
    };
    await expect(pool.parallelReduce(sumOf, 100, combine, { chunksize: 10 })).rejects.toBe(why);
  });

  test('a `combine` that is no function: TypeError, and no task runs', async () => {
    await expect(pool.parallelReduce(countRange, 10, 5 as never)).rejects.toMatchObject({ name: 'TypeError' });
  });

  test('a range that is none: RangeError', async () => {
    await expect(pool.parallelReduce(sumOf, { start: 3, stop: 2 }, add)).rejects.toMatchObject({ name: 'RangeError' });
    await expect(pool.parallelReduce(sumOf, 2.5, add)).rejects.toMatchObject({ name: 'RangeError' });
  });

  test('a result that cannot cross: SerializationError', async () => {
    const bad = (start: number): unknown => ({ handler: () => start });
    await expect(pool.parallelReduce(bad, 4, (left) => left)).rejects.toMatchObject({
      code: 'ERR_GRANULE_SERIALIZATION',
      message: expect.stringContaining('result.handler') as unknown,
    });
  });
});
