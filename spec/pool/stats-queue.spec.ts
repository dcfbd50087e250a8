import { describe, expect, test } from '@jest/globals';
import { QueueFullError, taskModule } from 'granule';
import { calls } from '../support/calls.js';
import { Gate } from '../support/gate.js';
import { holdThread, openPool } from '../support/pools.js';

const { square } = taskModule<typeof import('../fixtures/pool/arithmetic.js')>(
  new URL('../fixtures/pool/arithmetic.js', import.meta.url),
);
const { pass } = taskModule<typeof import('../fixtures/pool/gates.js')>(
  new URL('../fixtures/pool/gates.js', import.meta.url),
);

describe('stats()', () => {
  test('of a new pool is all zeros, with its name and size', () => {
    const pool = openPool({ threads: 3, name: 'images' });
    expect(pool.threads).toBe(3);
    expect(pool.stats()).toEqual({
      wait: expect.objectContaining({ count: 0 }) as unknown,
      run: expect.objectContaining({ count: 0 }) as unknown,
      name: 'images',
      threads: 3,
      queued: 0,
      running: 0,
      completed: 0,
      failed: 0,
      onCaller: 0,
      lostThreads: 0,
      utilization: 0,
      utilizationByThread: [0, 0, 0],
    });
    expect(Object.isFrozen(pool.stats())).toBe(true);
  });

  test('counts calls that wait and calls under way, items that are done and that failed', async () => {
    const pool = openPool(1);
    const { gate, running } = await holdThread(pool);
    const waiting = [pool.map(square, [1, 2, 3]), pool.apply(square, [4])];
    expect(pool.stats()).toMatchObject({ running: 1, queued: 2, completed: 0 });
    gate.open();
    await Promise.all([running, ...waiting]);
    expect(pool.stats()).toMatchObject({ running: 0, queued: 0, completed: 5, failed: 0 });
    const odd = (x: number): number => {
      if (x % 2 === 0) throw new Error('even');
      return x;
    };
    await pool.mapSettled(odd, [1, 2, 3, 4, 5]);
    await pool.apply(odd, [2]).catch(() => undefined);
    expect(pool.stats()).toMatchObject({ completed: 8, failed: 3 });
  });

  test('counts every kind of call', async () => {
    const pool = openPool(2);
    let items = 0;
    for (const call of Object.values(calls)) {
      await call.start(pool, square, []);
      items += call.items;
      expect(pool.stats()).toMatchObject({ completed: items, failed: 0, running: 0, queued: 0 });
    }
    await pool.broadcast(square, [1]);
    expect(pool.stats().completed).toBe(items + 2);
  });

  test('utilization lies between 0 and 1, and has all work in it', async () => {
    const began = performance.now();
    const pool = openPool(1);
    await pool.ready();
    expect(pool.stats().utilization).toBeLessThanOrEqual(1);
    const spin = (ms: number): void => {
      for (const end = performance.now() + ms; performance.now() < end; );
    };
    await pool.map(spin, [50, 50]);
    const { utilization } = pool.stats();
    // The pool is younger than that, and has worked for 100 ms at least.
    expect(utilization).toBeGreaterThan(99 / (performance.now() - began));
    expect(utilization).toBeLessThanOrEqual(1);
  });

  test('goes on after the pool has ended', async () => {
    const pool = openPool(2);
    await pool.map(square, [1, 2]);
    await pool.terminate();
    expect(pool.stats()).toMatchObject({ completed: 2, lostThreads: 0 });
  });
});

describe('maxQueue', () => {
  test('refuses the call that is one too many with QueueFullError, and takes calls again afterwards', async () => {
    const pool = openPool({ threads: 1, maxQueue: 2 });
    await pool.ready();
    const { gate, running } = await holdThread(pool);
    const waiting = [pool.apply(square, [2]), pool.map(square, [1, 2, 3, 4, 5])];
    const refused = pool.apply(square, [9]);
    await expect(refused).rejects.toBeInstanceOf(QueueFullError);
    await expect(refused).rejects.toMatchObject({
      code: 'ERR_GRANULE_QUEUE_FULL',
      message: expect.stringMatching(/2 calls wait/) as unknown,
    });
    gate.open();
    expect(await Promise.all([running, ...waiting])).toEqual([1, 4, [1, 4, 9, 16, 25]]);
    expect(await pool.apply(square, [9])).toBe(81);
  });

  test('counts for every kind of call', async () => {
    const pool = openPool({ threads: 1, maxQueue: 1 });
    await pool.ready();
    const { gate, running } = await holdThread(pool);
    const waiting = pool.apply(square, [2]);
    for (const call of Object.values(calls)) {
      await expect((async () => call.start(pool, square, []))()).rejects.toBeInstanceOf(QueueFullError);
    }
    gate.open();
    await Promise.all([running, waiting]);
  });

  test('0 lets calls in only for threads that are free', async () => {
    const pool = openPool({ threads: 2, maxQueue: 0 });
    await pool.ready();
    const gate = new Gate();
    const both = [pool.apply(pass, [1, gate.words]), pool.apply(pass, [2, gate.words])];
    await gate.arrived(2);
    await expect(pool.apply(square, [3])).rejects.toBeInstanceOf(QueueFullError);
    gate.open();
    expect(await Promise.all(both)).toEqual([1, 2]);
    expect(await pool.apply(square, [3])).toBe(9);
  });

  test('a call that was aborted while it waited gives its place up', async () => {
    const pool = openPool({ threads: 1, maxQueue: 1 });
    await pool.ready();
    const { gate, running } = await holdThread(pool);
    const controller = new AbortController();
    const waiting = pool.apply(square, [2], { signal: controller.signal });
    await expect(pool.apply(square, [3])).rejects.toBeInstanceOf(QueueFullError);
    controller.abort('no');
    await expect(waiting).rejects.toBe('no');
    const next = pool.apply(square, [3]);
    gate.open();
    expect(await Promise.all([running, next])).toEqual([1, 9]);
  });

  test('is unbounded by default: tens of thousands of calls may wait', async () => {
    const pool = openPool(2);
    const results = await Promise.all(Array.from({ length: 20_000 }, (_, x) => pool.apply(square, [x])));
    expect(results.findIndex((value, x) => value !== x * x)).toBe(-1);
  });
});
