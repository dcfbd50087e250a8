/** Lock and RLock: owners, misuse, showing. What they share with the others is in acquirables.spec.ts. */

import { afterEach, describe, expect, test } from '@jest/globals';
import { inspect } from 'node:util';
import { LockStateError } from 'granule';
import { Lock } from '#lib/sync/lock.js';
import { RLock } from '#lib/sync/rlock.js';
import { endThreads, start, Steps } from './start.js';

afterEach(endThreads);

describe('Lock', () => {
  test('release() when it is not held is a LockStateError', () => {
    const lock = new Lock();
    expect(() => { lock.release(); }).toThrow(LockStateError);
    expect(() => { lock.release(); }).toThrow('The Lock is not held: release() goes with an acquire()');
    lock.acquire();
    lock.release();
    expect(() => { lock.release(); }).toThrow(LockStateError);
  });

  test('another thread may release it', async () => {
    const lock = new Lock();
    lock.acquire();
    await start('release', lock).result;
    expect(lock.locked).toBe(false);
    expect(lock.acquire(0)).toBe(true);
  });

  test('reset() is refused while a living thread holds it, and does nothing to a free one', () => {
    const lock = new Lock();
    lock.reset();
    lock.acquire();
    expect(() => { lock.reset(); }).toThrow(LockStateError);
    expect(() => { lock.reset(); }).toThrow('The Lock is held by thread 0, which is alive');
    expect(lock.locked).toBe(true);
  });

  test('shows its state and owner', async () => {
    const lock = new Lock();
    expect(inspect(lock)).toBe('Lock { unlocked }');
    expect(lock.locked).toBe(false);
    const steps = new Steps();
    const holder = start('holdUntilTold', lock, steps.words);
    await steps.reached(0);
    expect(inspect(lock)).toBe(`Lock { locked, owner: thread ${holder.threadId} }`);
    expect(lock.locked).toBe(true);
    expect(lock.abandoned).toBe(false);
    steps.go(1);
    await holder.result;
    expect(inspect(lock)).toBe('Lock { unlocked }');
  });
});

describe('RLock', () => {
  test('is taken again by its owner, and free when released as often: nested five deep', async () => {
    const lock = new RLock();
    const steps = new Steps();
    for (let depth = 1; depth <= 5; depth++) expect(lock.acquire(0)).toBe(true);
    expect(inspect(lock)).toBe('RLock { locked, owner: thread 0, depth: 5 }');
    for (let depth = 5; depth > 1; depth--) lock.release();
    await expect(start('tryOnce', lock, 0, steps.words).result).resolves.toBe(false);
    lock.release();
    await expect(start('tryOnce', lock, 0, steps.words).result).resolves.toBe(true);
    expect(inspect(lock)).toBe('RLock { unlocked }');
  });

  test('is shared by the async functions of one thread', async () => {
    const lock = new RLock();
    lock.acquire();
    expect(await lock.acquireAsync()).toBe(true);
    lock.release();
    expect(lock.locked).toBe(true);
    lock.release();
    expect(lock.locked).toBe(false);
  });

  test('async waiters of one thread all have it as soon as the thread has', async () => {
    const lock = new RLock();
    const steps = new Steps();
    const holder = start('holdUntilTold', lock, steps.words);
    await steps.reached(0);
    const waiters = [1, 2, 3].map(() => lock.acquireAsync());
    steps.go(1);
    expect(await Promise.all(waiters)).toEqual([true, true, true]);
    lock.release();
    lock.release();
    expect(lock.locked).toBe(true);
    lock.release();
    expect(lock.locked).toBe(false);
    await holder.result;
  });

  test('release() by a thread that does not own it is a LockStateError, and changes nothing', async () => {
    const lock = new RLock();
    expect(() => { lock.release(); }).toThrow(LockStateError);
    lock.acquire();
    await expect(start('release', lock).result).rejects.toMatchObject({
      code: 'ERR_GRANULE_LOCK_STATE',
      message: expect.stringContaining('The RLock is locked, owner: thread 0: only the thread that acquired it'),
    });
    lock.release();
    expect(lock.locked).toBe(false);
  });

  test('refuses a wrong timeout also where it would not wait', () => {
    const lock = new RLock();
    lock.acquire();
    expect(() => lock.acquire(-1)).toThrow(RangeError);
    lock.release();
    expect(lock.locked).toBe(false);
  });

  test('reset() is refused while a living thread holds it', () => {
    const lock = new RLock();
    lock.acquire();
    expect(() => { lock.reset(); }).toThrow(LockStateError);
    lock.release();
    lock.reset();
  });
});
