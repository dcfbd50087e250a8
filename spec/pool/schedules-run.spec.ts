/** Every way to cut a call, over every lane: each index is run once, and each result is its own. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { Pool, taskModule, type Schedule } from 'granule';
import { sharedWords } from '../support/gate.js';

const lanes = taskModule<typeof import('../fixtures/pool/lanes.js')>(
  new URL('../fixtures/pool/lanes.js', import.meta.url),
);

const pools: Pool[] = [];
beforeAll(() => {
  pools.push(new Pool(1), new Pool(3));
});
afterAll(() => Promise.all(pools.map((pool) => pool.terminate())));

const schedules: readonly Schedule[] = ['static', 'dynamic', 'guided', 'auto'];
const upTo = (n: number): number[] => Array.from({ length: n }, (_, i) => i);

/** What lanes.countToAnything returns. */
const kinds = [0, 'text', null, true, [1], undefined, { a: 1 }];
const anything = (i: number): unknown => kinds[i % kinds.length];

interface Cut {
  readonly schedule: Schedule;
  readonly chunksize: number | 'auto';
}

interface Lane {
  /** Runs items 0 to n - 1, counting each in `counts`; resolves with whether all results were right. */
  run(pool: Pool, n: number, options: Cut, counts: Int32Array): Promise<boolean>;
}

const lanesByName: Record<string, Lane> = {
  'numbers to numbers': {
    run: async (pool, n, options, counts) =>
      (await pool.map(lanes.countNumber, upTo(n), { ...options, args: [counts] })).every((value, i) => value === -i),
  },
  'numbers to objects': {
    run: async (pool, n, options, counts) =>
      (await pool.map(lanes.countToObject, upTo(n), { ...options, args: [counts] })).every(({ id }, i) => id === i),
  },
  'objects to numbers': {
    run: async (pool, n, options, counts) => {
      const items = upTo(n).map((id) => ({ id }));
      const results = await pool.map(lanes.countObject, items, { ...options, args: [counts] });
      return results.every((value, i) => value === i);
    },
  },
  'strings to alternating kinds': {
    run: async (pool, n, options, counts) => {
      const results = await pool.map(lanes.countToAnything, upTo(n).map(String), { ...options, args: [counts] });
      return results.every((value, i) => JSON.stringify(value) === JSON.stringify(anything(i)));
    },
  },
  'a typed array': {
    run: async (pool, n, options, counts) => {
      const items = Float32Array.from(upTo(n));
      const results = await pool.map(lanes.countNumber, items, { ...options, args: [counts] });
      return results.every((value, i) => value === -i);
    },
  },
  'items that hold shared memory': {
    run: async (pool, n, options, counts) => {
      const items = upTo(n).map((id) => ({ id, counts }));
      return (await pool.map(lanes.countShared, items, options)).every((value, i) => value === i);
    },
  },
  'an async task': {
    run: async (pool, n, options, counts) =>
      (await pool.map(lanes.countLater, upTo(n), { ...options, args: [counts] })).every((value, i) => value === i),
  },
  starmap: {
    run: async (pool, n, options, counts) => {
      const items = upTo(n).map((i): [number, { twice: number }, Int32Array] => [i, { twice: 2 * i }, counts]);
      return (await pool.starmap(lanes.countSpread, items, options)).every((value, i) => value === 3 * i);
    },
  },
  'mapSettled, odd items failing': {
    run: async (pool, n, options, counts) =>
      (await pool.mapSettled(lanes.countOrThrow, upTo(n), { ...options, args: [counts] })).every((result, i) =>
        i % 2 === 1
          ? result.status === 'rejected' && (result.reason as Error).message === `odd ${i}`
          : result.status === 'fulfilled' && result.value === i,
      ),
  },
  parallelFor: {
    run: async (pool, n, options, counts) => {
      await pool.parallelFor(lanes.countRange, n, { ...options, args: [counts] });
      return true;
    },
  },
  parallelReduce: {
    run: async (pool, n, options, counts) => {
      const add = (left: number, right: number): number => left + right;
      const sum = await pool.parallelReduce(lanes.countRange, n, add, { ...options, initial: 0, args: [counts] });
      return sum === n;
    },
  },
  imap: {
    run: async (pool, n, options, counts) => {
      let i = 0;
      for await (const value of pool.imap(lanes.countNumber, upTo(n), { ...options, args: [counts] })) {
        if (value !== -i++) return false;
      }
      return i === n;
    },
  },
};

describe.each(Object.entries(lanesByName))('%s', (_, lane) => {
  test.each(schedules)('every index once, and every result its own, under schedule %s', async (schedule) => {
    const sizes = fc.oneof(fc.constant('auto' as const), fc.integer({ min: 1, max: 50 }), fc.constant(10_000));
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 0, max: 400 }), sizes, fc.nat(1), async (n, chunksize, which) => {
        const counts = sharedWords(n);
        expect(await lane.run(pools[which], n, { schedule, chunksize }, counts)).toBe(true);
        expect(counts.findIndex((times) => times !== 1)).toBe(-1);
      }),
      { seed: 20261120, numRuns: 12 },
    );
  });
});

describe('several calls at once', () => {
  test('of all lanes and schedules: every index once', async () => {
    const calls = Object.values(lanesByName).flatMap((lane) =>
      schedules.map((schedule, k) => ({ lane, schedule, n: 20 + 37 * k, counts: sharedWords(20 + 37 * k) })),
    );
    const right = await Promise.all(
      calls.map(({ lane, schedule, n, counts }) => lane.run(pools[1], n, { schedule, chunksize: 'auto' }, counts)),
    );
    expect(right.every(Boolean)).toBe(true);
    expect(calls.every(({ counts }) => counts.every((times) => times === 1))).toBe(true);
  });
});
