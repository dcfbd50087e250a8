/** RWLock: what its sides have to do with each other. What each has in common with a Lock is in acquirables.spec.ts. */

import { afterEach, describe, expect, test } from '@jest/globals';
import { setImmediate as turn } from 'node:timers/promises';
import { inspect } from 'node:util';
import { LockStateError } from 'granule';
import { RWLock } from '#lib/sync/rwlock.js';
import { endThreads, startTickless as start, Steps } from './start.js';

afterEach(endThreads);

describe('RWLock', () => {
  test('readers of several threads are in at once; a writer waits for all of them', async () => {
    const lock = new RWLock();
    const steps = new Steps();
    lock.read.acquire();
    const readers = [1, 2].map(() => start('holdUntilTold', lock, steps.words, 'read'));
    await steps.reached(0, 2);
    expect(lock.write.acquire(0)).toBe(false);
    lock.read.release();
    expect(lock.write.acquire(0)).toBe(false);
    const writer = lock.write.acquireAsync();
    steps.go(1);
    expect(await writer).toBe(true);
    lock.write.release();
    await Promise.all(readers.map((reader) => reader.result));
  });

  test('a writer keeps readers and writers out', async () => {
    const lock = new RWLock();
    const steps = new Steps();
    lock.write.acquire();
    await expect(start('tryOnce', lock, 1, steps.words, 'read').result).resolves.toBe(false);
    await expect(start('tryOnce', lock, 1, steps.words, 'write').result).resolves.toBe(false);
    expect(await lock.read.acquireAsync({ timeout: 1 })).toBe(false);
    const reader = start('tryOnce', lock, undefined, steps.words, 'read');
    const writer = start('tryOnceAsync', lock, undefined, steps.words, 'write');
    await steps.reached(0, 4);
    lock.write.release();
    await expect(reader.result).resolves.toBe(true);
    await expect(writer.result).resolves.toBe(true);
  });

  test('a waiting writer holds new readers back, here and elsewhere, until it gives up', async () => {
    const lock = new RWLock();
    const steps = new Steps();
    const abort = new AbortController();
    const reader = start('holdUntilTold', lock, steps.words, 'read');
    await steps.reached(0);
    const writer = lock.write.acquireAsync({ signal: abort.signal });
    expect(await lock.read.acquireAsync({ timeout: 0 })).toBe(false);
    await expect(start('tryOnce', lock, 1, steps.words, 'read').result).resolves.toBe(false);
    const held = lock.read.acquireAsync();
    const elsewhere = start('tryOnce', lock, undefined, steps.words, 'read');
    await steps.reached(0, 3);
    abort.abort('enough');
    await expect(writer).rejects.toBe('enough');
    expect(await held).toBe(true);
    await expect(elsewhere.result).resolves.toBe(true);
    lock.read.release();
    steps.go(1);
    await reader.result;
    expect(lock.write.acquire(0)).toBe(true);
  });

  test('a writer that has timed out holds nobody back, in the async and in the blocking form', async () => {
    const lock = new RWLock();
    const steps = new Steps();
    lock.read.acquire();
    await expect(start('tryOnce', lock, 1, steps.words, 'write').result).resolves.toBe(false);
    await expect(start('tryOnceAsync', lock, 1, steps.words, 'write').result).resolves.toBe(false);
    expect(lock.write.acquire(1)).toBe(false);
    expect(await lock.read.acquireAsync({ timeout: 0 })).toBe(true);
    lock.read.release();
    lock.read.release();
  });

  test('while one async writer of a thread gives up, the next still holds readers back', async () => {
    const lock = new RWLock();
    lock.read.acquire();
    const first = lock.write.acquireAsync({ timeout: 1 });
    const second = lock.write.acquireAsync();
    expect(await first).toBe(false);
    await turn();
    expect(await lock.read.acquireAsync({ timeout: 0 })).toBe(false);
    expect(lock.write.acquire(0)).toBe(false); // nor does a try undo its claim
    expect(await lock.read.acquireAsync({ timeout: 0 })).toBe(false);
    lock.read.release();
    expect(await second).toBe(true);
  });

  test('a thread that reads and blocks to read again does not wait for the writer that waits for it', async () => {
    const lock = new RWLock();
    const steps = new Steps();
    lock.read.acquire();
    const writer = start('tryOnce', lock, undefined, steps.words, 'write');
    await steps.reached(0);
    const isWaiting = async (): Promise<boolean> => !(await lock.read.acquireAsync({ timeout: 0 }));
    while (!(await isWaiting())) lock.read.release();
    expect(lock.read.acquire()).toBe(true);
    lock.read.release();
    lock.read.release();
    await expect(writer.result).resolves.toBe(true);
  });

  test('a thread whose own async writer waits can block to read, and to write', async () => {
    const lock = new RWLock();
    const steps = new Steps();
    const reader = start('holdUntilTold', lock, steps.words, 'read');
    await steps.reached(0);
    const writer = lock.write.acquireAsync();
    expect(lock.read.acquire()).toBe(true);
    lock.read.release();
    steps.go(1);
    expect(lock.write.acquire()).toBe(true);
    lock.write.release();
    expect(await writer).toBe(true);
    lock.write.release();
    await reader.result;
  });

  test('is released by the thread that acquired it, side by side: anything else is a LockStateError', async () => {
    const lock = new RWLock();
    expect(() => { lock.read.release(); }).toThrow(LockStateError);
    expect(() => { lock.write.release(); }).toThrow(LockStateError);
    lock.read.acquire();
    expect(() => { lock.write.release(); }).toThrow('The RWLock is not held for writing by this thread');
    await expect(start('release', lock, 'read').result).rejects.toMatchObject({ code: 'ERR_GRANULE_LOCK_STATE' });
    lock.read.release();
    lock.write.acquire();
    expect(() => { lock.read.release(); }).toThrow('The RWLock is not held for reading by this thread');
    await expect(start('release', lock, 'write').result).rejects.toMatchObject({ code: 'ERR_GRANULE_LOCK_STATE' });
    lock.write.release();
  });

  test('reset() is refused while a living thread reads or writes', () => {
    const lock = new RWLock();
    lock.reset();
    lock.read.acquire();
    expect(() => { lock.reset(); }).toThrow(LockStateError);
    lock.read.release();
    lock.write.acquire();
    expect(() => { lock.reset(); }).toThrow('The RWLock is held by thread 0, which is alive');
    lock.write.release();
  });

  test('shows who is in', async () => {
    const lock = new RWLock();
    const steps = new Steps();
    expect(inspect(lock)).toBe('RWLock { unlocked }');
    lock.read.acquire();
    const reader = start('holdUntilTold', lock, steps.words, 'read');
    await steps.reached(0);
    expect(inspect(lock)).toBe(`RWLock { readers: thread 0, thread ${reader.threadId} }`);
    steps.go(1);
    await reader.result;
    const writer = lock.write.acquireAsync(); // behind the reader here
    expect(inspect(lock)).toBe('RWLock { readers: thread 0, next writer: thread 0 }');
    expect(inspect(lock.read)).toBe('read side of RWLock { readers: thread 0, next writer: thread 0 }');
    lock.read.release();
    await writer;
    expect(inspect(lock)).toBe('RWLock { writer: thread 0 }');
    expect(inspect(lock.write)).toBe('write side of RWLock { writer: thread 0 }');
  });
});
