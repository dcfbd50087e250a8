/** stats().wait, stats().run and stats().utilizationByThread. */
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { createHistogram } from 'node:perf_hooks';
import { bucketOf, Durations, valueIn } from '#lib/pool/metrics.js';
import { taskModule, type Pool } from 'granule';
import { calls } from '../support/calls.js';
import { Gate } from '../support/gate.js';
import { holdThread, openPool } from '../support/pools.js';

const { square } = taskModule<typeof import('../fixtures/pool/arithmetic.js')>(
  new URL('../fixtures/pool/arithmetic.js', import.meta.url),
);
const { pass } = taskModule<typeof import('../fixtures/pool/gates.js')>(
  new URL('../fixtures/pool/gates.js', import.meta.url),
);

const spin = (ms: number): void => {
  for (const end = performance.now() + ms; performance.now() < end; );
};
const counts = (pool: Pool): [wait: number, run: number] => {
  const { wait, run } = pool.stats();
  return [wait.count, run.count];
};

describe('stats().wait and run', () => {
  test('hold nothing before the first call, ready() included', async () => {
    const pool = openPool(2);
    await pool.ready();
    expect(counts(pool)).toEqual([0, 0]);
  });

  test.each(['threads', 'inline'] as const)('hold one value for each call: %s', async (execution) => {
    const pool = openPool({ threads: 2, execution });
    await pool.apply(square, [3]);
    await pool.map(square, [1, 2, 3, 4, 5]);
    await pool.map(square, new Float64Array(100));
    await pool.parallelFor(() => undefined, 1000);
    await pool.apply(() => { throw new Error('no'); }).catch(() => undefined);
    expect(counts(pool)).toEqual([5, 5]);
  });

  test('count every kind of call', async () => {
    const pool = openPool(2);
    for (const call of Object.values(calls)) {
      const [wait, run] = counts(pool);
      await call.start(pool, square, []);
      const now = counts(pool);
      expect(now[0]).toBeGreaterThan(wait);
      expect(now[1]).toBeGreaterThan(run);
    }
  });

  test('tell a call that waits from one that runs', async () => {
    const pool = openPool(1);
    await pool.ready();
    const { gate, running } = await holdThread(pool);
    const waiting = pool.apply(square, [2]);
    spin(20);
    gate.open();
    await Promise.all([running, waiting]);
    const { wait, run } = pool.stats();
    expect(wait.count).toBe(2);
    // The call that waited did so for the spin, while the other ran.
    expect(wait.max).toBeGreaterThanOrEqual(19e6);
    expect(run.max).toBeGreaterThanOrEqual(19e6);
  });

  test('a task that takes its time shows in run', async () => {
    const pool = openPool(2);
    await pool.apply(spin, [15]);
    expect(pool.stats().run.min).toBeGreaterThanOrEqual(14.8e6);
  });

  test('a call that never started is in wait only', async () => {
    const pool = openPool(1);
    await pool.ready();
    const { gate, running } = await holdThread(pool);
    const controller = new AbortController();
    const waiting = pool.apply(square, [2], { signal: controller.signal });
    controller.abort('enough');
    await expect(waiting).rejects.toBe('enough');
    expect(counts(pool)).toEqual([1, 0]);
    gate.open();
    await running;
    expect(counts(pool)).toEqual([2, 1]);
  });

  test('a call that is refused is in neither', async () => {
    const pool = openPool({ threads: 1, maxQueue: 0 });
    await pool.ready();
    const { gate, running } = await holdThread(pool);
    await expect(pool.apply(square, [2])).rejects.toMatchObject({ code: 'ERR_GRANULE_QUEUE_FULL' });
    expect(counts(pool)).toEqual([0, 0]);
    gate.open();
    await running;
  });

  test('a call that was aborted as it ran is in both, once', async () => {
    const pool = openPool(1);
    const gate = new Gate();
    const controller = new AbortController();
    const running = pool.apply(pass, [1, gate.words], { signal: controller.signal });
    await gate.arrived();
    controller.abort('enough');
    await expect(running).rejects.toBe('enough');
    gate.open();
    await pool.apply(square, [1]);
    expect(counts(pool)).toEqual([2, 2]);
  });

  test('a lost thread’s call is counted once', async () => {
    const pool = openPool(1);
    const fragile = (x: number): number => (x === 1 ? process.exit(1) : x);
    await pool.map(fragile, [0, 1, 2, 3], { chunksize: 1 }).catch(() => undefined);
    await pool.apply(square, [1]);
    expect(counts(pool)).toEqual([2, 2]);
  });

  test('calls on the caller are in run', async () => {
    const pool = openPool({ threads: 2, execution: 'adaptive' });
    await pool.ready();
    for (let made = 1; made < 1000 && pool.stats().onCaller === 0; made++) await pool.apply(square, [made]);
    const { onCaller, completed, wait, run } = pool.stats();
    expect(onCaller).toBeGreaterThan(0);
    expect(run.count).toBe(completed);
    expect(wait.count).toBe(completed - onCaller);
  });

  test('are copies: what is asked later does not change them', async () => {
    const pool = openPool(1);
    await pool.apply(square, [1]);
    const { wait, run } = pool.stats();
    await pool.apply(square, [1]);
    expect([wait.count, run.count]).toEqual([1, 1]);
    run.reset();
    expect(counts(pool)).toEqual([2, 2]);
  });
});

describe('stats().utilizationByThread', () => {
  test('has a share for each thread, and goes on with a replacement’s', async () => {
    const began = performance.now();
    const pool = openPool(2);
    expect(pool.stats().utilizationByThread).toEqual([0, 0]);
    await pool.broadcast(spin, [30]);
    const { utilization, utilizationByThread } = pool.stats();
    // The pool is younger than that, and each thread has worked for 30 ms at least.
    const least = 29.5 / (performance.now() - began);
    for (const share of [utilization, ...utilizationByThread]) {
      expect(share).toBeGreaterThan(least);
      expect(share).toBeLessThanOrEqual(1);
    }
    await pool.apply(() => process.exit(1)).catch(() => undefined);
    await pool.ready();
    const later = pool.stats().utilizationByThread;
    const leastLater = 29.5 / (performance.now() - began);
    for (const share of later) expect(share).toBeGreaterThan(leastLater);
  });

  test('of one thread is that of the pool', async () => {
    const pool = openPool(1);
    await pool.apply(spin, [10]);
    const { utilization, utilizationByThread } = pool.stats();
    expect(utilizationByThread).toEqual([utilization]);
  });

  test('under inline has one entry, the caller’s', async () => {
    const pool = openPool({ threads: 1, execution: 'inline' });
    await pool.apply(spin, [10]);
    expect(pool.stats().utilizationByThread).toHaveLength(1);
  });
});

describe('Durations', () => {
  const range = { lowest: 1, highest: 86_400e9, figures: 2 };
  const ns = fc.oneof(fc.double({ min: 0, max: 1e4, noNaN: true }), fc.double({ min: 0, max: 1e14, noNaN: true }));

  test('a bucket’s value lies in it, within a hundredth of what it stands for', () => {
    fc.assert(
      fc.property(ns, (value) => {
        const kept = Math.min(value, range.highest);
        const standsFor = valueIn(bucketOf(kept));
        expect(bucketOf(standsFor)).toBe(Math.max(1, bucketOf(kept)));
        expect(Math.abs(standsFor - kept)).toBeLessThanOrEqual(Math.max(1, kept / 100));
      }),
    );
  });

  test('takes what a histogram that records each value would have, also after a first take', () => {
    const counted = fc.array(fc.tuple(ns, fc.integer({ min: 1, max: 70 })), { maxLength: 20 });
    fc.assert(
      fc.property(counted, counted, (first, second) => {
        const durations = new Durations();
        const each = createHistogram(range);
        for (const values of [first, second]) {
          for (const [value, count] of values) {
            for (let i = 0; i < count; i++) {
              durations.add(value);
              each.record(valueIn(bucketOf(Math.min(value, range.highest))));
            }
          }
          const taken = durations.take();
          expect(taken.count).toBe(each.count);
          expect(taken.percentiles).toEqual(each.percentiles);
          if (each.count > 0) expect(taken).toMatchObject({ min: each.min, max: each.max, mean: each.mean });
        }
      }),
      { numRuns: 50 },
    );
  });

  test('holds a million of one value', () => {
    const durations = new Durations();
    for (let i = 0; i < 1_000_003; i++) durations.add(5000);
    durations.add(7e12);
    const taken = durations.take();
    expect(taken.count).toBe(1_000_004);
    expect(taken.percentile(50) / 5000).toBeCloseTo(1, 1);
    expect(taken.max / 7e12).toBeCloseTo(1, 1);
  });
});
