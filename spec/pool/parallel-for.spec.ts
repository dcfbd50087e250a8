import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { Pool, taskModule } from 'granule';
import { sharedWords } from '../support/gate.js';

const { countRange } = taskModule<typeof import('../fixtures/pool/lanes.js')>(
  new URL('../fixtures/pool/lanes.js', import.meta.url),
);

let pool: Pool;
beforeAll(() => {
  pool = new Pool(3);
});
afterAll(() => pool.terminate());

/** Notes the ranges that the task was called with. */
const note = (start: number, stop: number, ranges: Float64Array, next: Int32Array): void => {
  const at = Atomics.add(next, 0, 1);
  ranges[2 * at] = start;
  ranges[2 * at + 1] = stop;
};

async function rangesOf(range: number | { start?: number; stop: number }, chunksize: number): Promise<number[][]> {
  const ranges = new Float64Array(new SharedArrayBuffer(8 * 2 * 1_000));
  const next = sharedWords(1);
  await pool.parallelFor(note, range, { chunksize, args: [ranges, next] });
  return Array.from({ length: next[0] }, (_, i) => [...ranges.subarray(2 * i, 2 * i + 2)]).sort(
    ([left], [right]) => left - right,
  );
}

describe('parallelFor', () => {
  test('is not cut by what the same function took when apply called it', async () => {
    const calls = sharedWords(1);
    const work = (start: number, stop: number, ms: number, counter: Int32Array): number => {
      const end = performance.now() + ms;
      while (performance.now() < end);
      Atomics.add(counter, 0, 1);
      return stop - start;
    };
    for (let i = 0; i < 3; i++) await pool.apply(work, [0, 100_000, 30, calls]);
    Atomics.store(calls, 0, 0);
    await pool.parallelFor(work, 100_000, { args: [0, calls] });
    expect(calls[0]).toBeLessThanOrEqual(16 * 3);
  });

  test('is a loop over a shared array, without a copy', async () => {
    const numbers = new Float64Array(new SharedArrayBuffer(8 * 100_000));
    const fill = (start: number, stop: number, all: Float64Array): void => {
      for (let i = start; i < stop; i++) all[i] = Math.sqrt(i);
    };
    const result: unknown = await pool.parallelFor(fill, numbers.length, { args: [numbers] });
    expect(result).toBeUndefined();
    expect(numbers.findIndex((value, i) => value !== Math.sqrt(i))).toBe(-1);
  });

  test('calls the task with consecutive ranges of `chunksize` indices, the last one shorter', async () => {
    expect(await rangesOf(10, 4)).toEqual([[0, 4], [4, 8], [8, 10]]);
    expect(await rangesOf({ start: -3, stop: 3 }, 3)).toEqual([[-3, 0], [0, 3]]);
    expect(await rangesOf({ stop: 2 }, 100)).toEqual([[0, 2]]);
  });

  test('property: the ranges cover every index once, wherever they start', async () => {
    const big = 2 ** 52;
    await fc.assert(
      fc.asyncProperty(
        fc.oneof(fc.integer({ min: -1_000, max: 1_000 }), fc.constantFrom(big, -big, 2 ** 53 - 1_000)),
        fc.integer({ min: 1, max: 500 }),
        fc.integer({ min: 1, max: 600 }),
        async (start, length, chunksize) => {
          const ranges = await rangesOf({ start, stop: start + length }, chunksize);
          expect(ranges[0][0]).toBe(start);
          expect(ranges.at(-1)![1]).toBe(start + length);
          ranges.slice(1).forEach(([from], i) => expect(from).toBe(ranges[i][1]));
          expect(ranges).toHaveLength(Math.ceil(length / chunksize));
        },
      ),
      { seed: 20261120, numRuns: 40 },
    );
  });

  test('of an empty range calls nothing', async () => {
    expect(await rangesOf(0, 1)).toEqual([]);
    expect(await rangesOf({ start: 5, stop: 5 }, 1)).toEqual([]);
  });

  test('with chunksize `auto` still covers everything once, again and again', async () => {
    for (let round = 0; round < 4; round++) {
      const counts = sharedWords(10_000);
      await pool.parallelFor(countRange, 10_000, { args: [counts] });
      expect(counts.findIndex((times) => times !== 1)).toBe(-1);
    }
  });

  test('a reversed range, or one not of integers, is a RangeError; none at all, a TypeError', async () => {
    for (const range of [-1, 1.5, NaN, Infinity, { start: 2, stop: 1 }, { start: 0.5, stop: 2 }, { stop: 2 ** 53 }]) {
      await expect(pool.parallelFor(countRange, range)).rejects.toMatchObject({ name: 'RangeError' });
    }
    for (const range of [undefined, null, '5', { start: 1 }, 5n]) {
      await expect(pool.parallelFor(countRange, range as never)).rejects.toMatchObject({ name: 'TypeError' });
    }
  });

  test('rejects with the error of the lowest failing range, and starts no range after it', async () => {
    const single = new Pool(1);
    try {
      const counts = sharedWords(100);
      const fail = (start: number, _stop: number, all: Int32Array): void => {
        Atomics.add(all, start, 1);
        if (start >= 30) throw new RangeError(`from ${start}`);
      };
      const failing = single.parallelFor(fail, 100, { chunksize: 10, args: [counts] });
      await expect(failing).rejects.toMatchObject({ message: 'from 30', task: { index: 3 } });
      expect([...counts.keys()].filter((i) => counts[i] !== 0)).toEqual([0, 10, 20, 30]);
    } finally {
      await single.terminate();
    }
  });

  test('awaits async tasks, and drops what they return', async () => {
    const counts = sharedWords(50);
    const later = async (start: number, stop: number, all: Int32Array): Promise<() => void> => {
      await Promise.resolve();
      for (let i = start; i < stop; i++) Atomics.add(all, i, 1);
      return () => undefined; // cannot cross, and need not
    };
    await pool.parallelFor(later, 50, { chunksize: 7, args: [counts] });
    expect(counts.every((times) => times === 1)).toBe(true);
  });

  test('`onProgress` counts ranges', async () => {
    const told: [number, number | undefined][] = [];
    const onProgress = (done: number, total: number | undefined): unknown => told.push([done, total]);
    await pool.parallelFor(countRange, 100, { chunksize: 10, args: [sharedWords(100)], onProgress });
    expect(told.at(-1)).toEqual([10, 10]);
  });
});
