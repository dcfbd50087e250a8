/** Exact totals from threads that do their best to get in each other's way. */

import { afterEach, describe, expect, test } from '@jest/globals';
import { Lock } from '#lib/sync/lock.js';
import { RLock } from '#lib/sync/rlock.js';
import { RWLock } from '#lib/sync/rwlock.js';
import { Semaphore } from '#lib/sync/semaphore.js';
import { Condition } from '#lib/sync/condition.js';
import { Barrier } from '#lib/sync/barrier.js';
import type { Lockable, Sides } from '../fixtures/sync/lock-roles.js';
import { endThreads, startTickless as start } from './start.js';

afterEach(endThreads);

const kinds: { name: string; make: () => Lockable; side?: Sides }[] = [
  { name: 'Lock', make: () => new Lock() },
  { name: 'RLock', make: () => new RLock() },
  { name: 'RWLock.write', make: () => new RWLock(), side: 'write' },
  { name: 'Semaphore', make: () => new Semaphore(1) },
  { name: 'Condition', make: () => new Condition() },
];

const sharedInts = (length: number): Int32Array => new Int32Array(new SharedArrayBuffer(4 * length));

describe.each(kinds)('$name', ({ make, side }) => {
  test('4 threads × 100 000 unprotected increments', async () => {
    const lock = make();
    const counter = sharedInts(1);
    await Promise.all([1, 2, 3, 4].map(() => start('increment', lock, counter, 100_000, side).result));
    expect(counter[0]).toBe(400_000);
  });

  test('one blocked and one async waiter: nobody else is there to make up for a lost wake-up', async () => {
    const lock = make();
    const done = sharedInts(2);
    const counter = sharedInts(1);
    await Promise.all([
      start('incrementUntilDone', lock, counter, done, side).result,
      start('incrementAsync', lock, counter, 2_000, side).result.then(() => Atomics.store(done, 0, 1)),
    ]);
    expect(counter[0]).toBe(2_000 + done[1]);
  });

  test('blocked, async and mixed waiters, and some that give up: every increment counts', async () => {
    const lock = make();
    const counter = sharedInts(1);
    const givers = [start('giveUp', lock, 300, side), start('giveUp', lock, 300, side)];
    await Promise.all([
      start('increment', lock, counter, 5_000, side).result,
      start('incrementAsync', lock, counter, 2_000, side).result,
      start('incrementBothWays', lock, counter, 3_000, side).result,
    ]);
    expect(counter[0]).toBe(10_000);
    for (const giver of givers) expect(await giver.result).toBeGreaterThan(0);
  });
});

describe('RWLock', () => {
  test('readers never see what a writer has half-written', async () => {
    const lock = new RWLock();
    const pair = sharedInts(2);
    const readers = [start('readPairs', lock, pair, 200_000), start('readPairs', lock, pair, 200_000)];
    const writers = [start('writePairs', lock, pair, 50_000), start('writePairs', lock, pair, 50_000)];
    expect(await Promise.all(readers.map((reader) => reader.result))).toEqual([0, 0]);
    await Promise.all(writers.map((writer) => writer.result));
    expect([...pair]).toEqual([100_000, 100_000]);
  });
});

describe('Barrier', () => {
  test('4 threads × 300 rounds', async () => {
    const barrier = new Barrier(4);
    const arrived = sharedInts(1);
    const results = await Promise.all([1, 2, 3, 4].map(() => start('meet', barrier, 300, arrived).result));
    expect(results.map(({ astray }) => astray)).toEqual([0, 0, 0, 0]);
    expect(results.reduce((sum, { places }) => sum + places, 0)).toBe(1800);
  });

  test('broken while threads go round: all of them learn of it, at the same round', async () => {
    const barrier = new Barrier(3);
    const threads = [1, 2].map(() => start('meetUntilBroken', barrier));
    for (let round = 0; round < 100; round++) barrier.wait();
    barrier.abort();
    expect(await Promise.all(threads.map((thread) => thread.result))).toEqual([100, 100]);
  });
});

describe('10 000 async waiters on one lock of one thread', () => {
  test('all get it, in order, and leave nothing behind', async () => {
    const lock = new Lock();
    lock.acquire();
    let next = 0;
    const waiters = Array.from({ length: 10_000 }, async (_, i) => {
      await lock.acquireAsync();
      expect(next++).toBe(i);
      lock.release();
    });
    lock.release();
    await Promise.all(waiters);
    expect(lock.locked).toBe(false);
  });
});
