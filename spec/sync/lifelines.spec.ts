/** The end of a thread is seen by the thread that started it, also while that one blocks and hears of no 'exit'. */

import { describe, expect, test } from '@jest/globals';
import { AbandonedLockError, Lock, Process, taskModule, WorkerLostError } from 'granule';
import type * as Endings from '../fixtures/sync/endings.js';
import { reaches, sharedWords } from '../support/gate.js';
import { openPool } from '../support/pools.js';
import { watchProcesses } from '../support/processes.js';

const endings = taskModule<typeof Endings>(new URL('../fixtures/sync/endings.js', import.meta.url));

/** Would be the end of the spec's patience, and is not reached. */
const LONG = 30_000;

describe('a main thread that blocks', () => {
  watchProcesses();

  test.each(['kill', 'terminate'] as const)('sees that a process was ended with a lock in hand (%s)', async (end) => {
    const lock = new Lock();
    const words = sharedWords(2);
    const child = new Process({ target: endings.hold, args: [lock, words] });
    child.start();
    await reaches(words, 0, 1);
    child[end]();
    expect(() => lock.acquire(LONG)).toThrow(AbandonedLockError);
    lock.reset();
    expect(lock.acquire(0)).toBe(true);
    await child.join();
    expect(child.exitcode).toBe(end === 'kill' ? -9 : -15);
  });

  test('that one exited with it', async () => {
    const lock = new Lock();
    const child = new Process({ target: endings.exitHolding, args: [lock, sharedWords(1)] });
    child.start();
    while (lock.acquire(0)) lock.release();
    expect(() => lock.acquire(LONG)).toThrow(AbandonedLockError);
    await child.join();
    expect(child.exitcode).toBe(3);
  });

  test('that one was ended whose own process had it in hand', async () => {
    const lock = new Lock();
    const words = sharedWords(2);
    const child = new Process({ target: endings.startHolder, args: [lock, words] });
    child.start();
    await reaches(words, 0, 1);
    child.kill();
    expect(() => lock.acquire(LONG)).toThrow(AbandonedLockError);
    await child.join();
    expect(lock.abandoned).toBe(true);
  });

  test('and that a thread of a pool did', async () => {
    const pool = openPool(1);
    await pool.ready();
    const lock = new Lock();
    const words = sharedWords(1);
    const lost = expect(pool.apply(endings.exitHolding, [lock, words])).rejects.toThrow(WorkerLostError);
    await reaches(words, 0, 1);
    expect(() => lock.acquire(LONG)).toThrow(AbandonedLockError);
    await lost;
    expect(await pool.apply((x: number) => x + 1, [1])).toBe(2);
  });

  test('tells others that block for the lock, though it waits for something else itself', async () => {
    const lock = new Lock();
    const words = sharedWords(2);
    const child = new Process({ target: endings.hold, args: [lock, words] });
    const [mine, its] = [new Lock(), sharedWords(1)];
    mine.acquire();
    const waiting = new Process({
      target: (lock: Lock, mine: Lock, its: Int32Array) => {
        try {
          Atomics.store(its, 0, 1);
          lock.acquire();
        } catch {
          mine.release(); // any thread may
        }
      },
      args: [lock, mine, its],
    });
    child.start();
    await reaches(words, 0, 1);
    waiting.start();
    while (Atomics.load(its, 0) === 0) await new Promise(setImmediate);
    child.kill();
    expect(mine.acquire(LONG)).toBe(true);
    await Promise.all([child.join(), waiting.join()]);
  });
});
