/** What becomes of locks, waiters and wake-ups when a thread ends at a bad moment. */

import { afterEach, describe, expect, test } from '@jest/globals';
import { once } from 'node:events';
import { setImmediate as turn } from 'node:timers/promises';
import { inspect } from 'node:util';
import { Worker } from 'node:worker_threads';
import { AbandonedLockError, LockStateError } from 'granule';
import { Barrier } from '#lib/sync/barrier.js';
import { Condition } from '#lib/sync/condition.js';
import { Event } from '#lib/sync/event.js';
import { Lock } from '#lib/sync/lock.js';
import { RLock } from '#lib/sync/rlock.js';
import { RWLock } from '#lib/sync/rwlock.js';
import { Semaphore } from '#lib/sync/semaphore.js';
import { toShared } from '#lib/tasks/shareable.js';
import type { Acquirable } from '#lib/sync/acquirable.js';
import type { Sides } from '../fixtures/sync/lock-roles.js';
import { endThreads, start, Steps } from './start.js';

afterEach(endThreads);

interface Owned {
  readonly abandoned: boolean;
  reset(): void;
}
interface Variant {
  readonly name: string;
  readonly make: () => (Acquirable & Owned) | RWLock;
  readonly side?: Sides;
  /** Another side that must be refused as well. */
  readonly other?: Sides;
}
const owned: Variant[] = [
  { name: 'Lock', make: () => new Lock() },
  { name: 'RLock', make: () => new RLock() },
  { name: 'RWLock held by a reader', make: () => new RWLock(), side: 'read', other: 'write' },
  { name: 'RWLock held by a writer', make: () => new RWLock(), side: 'write', other: 'read' },
];

const ways = ['exit', 'throw', 'return', 'stay'] as const;

function sideOf(lock: Acquirable | RWLock, side?: Sides): Acquirable {
  return side === undefined ? (lock as Acquirable) : (lock as RWLock)[side];
}

/** How each failed. */
async function codes(settled: Promise<PromiseSettledResult<unknown>[]>): Promise<unknown[]> {
  return (await settled).map((one) => (one.status === 'rejected' ? (one.reason as { code?: string }).code : one));
}

describe.each(owned)('$name', ({ make, side, other }) => {
  test.each(ways)('whose owner has ended (%s) is abandoned until reset()', async (how) => {
    const lock = make();
    const steps = new Steps();
    const owner = start('endHolding', lock, how, steps.words, side);
    await steps.reached(0);
    if (how === 'stay') {
      expect(lock.abandoned).toBe(false);
      expect(() => { lock.reset(); }).toThrow(LockStateError);
      await owner.terminate();
    } else {
      await owner.ended;
    }

    expect(lock.abandoned).toBe(true);
    expect(inspect(lock)).toMatch(/abandoned/);
    expect(inspect(lock)).toMatch(`thread ${owner.threadId}`);
    for (const one of [sideOf(lock, side), sideOf(lock, other ?? side)]) {
      expect(() => one.acquire()).toThrow(AbandonedLockError);
      expect(() => one.acquire(0)).toThrow(`held by thread ${owner.threadId} when that thread ended`);
      await expect(one.acquireAsync()).rejects.toThrow(AbandonedLockError);
      await expect(one.acquireAsync({ timeout: 0 })).rejects.toThrow(AbandonedLockError);
      expect(() => one.hold()).toThrow(AbandonedLockError);
    }
    await expect(start('tryOnce', lock, undefined, steps.words, side).result).rejects.toMatchObject({
      code: 'ERR_GRANULE_ABANDONED_LOCK',
    });

    lock.reset();
    lock.reset();
    expect(lock.abandoned).toBe(false);
    for (const one of [sideOf(lock, side), sideOf(lock, other ?? side)]) {
      expect(one.acquire(0)).toBe(true);
      one.release();
    }
    await expect(start('tryOnce', lock, 0, steps.words, side).result).resolves.toBe(true);
  });

  test('every waiter learns of it: blocked and async, here and elsewhere', async () => {
    const lock = make();
    const steps = new Steps();
    const owner = start('endHolding', lock, 'stay', steps.words, side);
    await steps.reached(0);
    const waiting = other ?? side; // a reader would be let in with a reader
    const waiters = [
      start('tryOnce', lock, undefined, steps.words, waiting).result,
      start('tryOnceAsync', lock, undefined, steps.words, waiting).result,
      sideOf(lock, waiting).acquireAsync(),
      sideOf(lock, waiting).acquireAsync(),
    ];
    const settled = Promise.allSettled(waiters);
    await steps.reached(0, 3);
    void owner.terminate();
    expect(await codes(settled)).toEqual(waiters.map(() => 'ERR_GRANULE_ABANDONED_LOCK'));
  });

  test('a thread ended while it waits leaves it as it was', async () => {
    const lock = make();
    const steps = new Steps();
    sideOf(lock, side).acquire();
    const waiting = other ?? side;
    const waiters = [
      start('tryOnce', lock, undefined, steps.words, waiting),
      start('tryOnceAsync', lock, undefined, steps.words, waiting),
    ];
    await steps.reached(0, 2);
    await Promise.all(waiters.map((waiter) => waiter.terminate()));
    expect(lock.abandoned).toBe(false);
    sideOf(lock, side).release();
    expect(sideOf(lock, side).acquire()).toBe(true);
    sideOf(lock, side).release();
  });

  test('an owner that is terminated in a native call keeps it until its thread has ended', async () => {
    const lock = make();
    const memory = new Uint8Array(new SharedArrayBuffer(2 ** 27));
    const owner = start('holdWhileFilling', lock, memory, side);
    while (memory[0] === 0) await turn(); // it is in fill(), which nothing interrupts
    const ended = owner.terminate();
    while (!lock.abandoned) {
      try {
        expect(sideOf(lock, other ?? side).acquire(1)).toBe(false);
      } catch (error) {
        expect(error).toBeInstanceOf(AbandonedLockError); // it ended in the meantime
      }
      await turn();
    }
    expect(memory.at(-1)).toBe(1); // it had written to the last
    await ended;
    expect(lock.abandoned).toBe(true);
    expect(() => sideOf(lock, side).acquire()).toThrow(AbandonedLockError);
  });
});

describe('process.exit in a thread', () => {
  test('is noticed by a main thread that is blocked in acquire()', async () => {
    const lock = new Lock();
    const steps = new Steps();
    const owner = start('endHolding', lock, 'exit', steps.words);
    await steps.reached(0);
    expect(() => lock.acquire()).toThrow(AbandonedLockError); // without a turn of the event loop
    await owner.ended;
  });

  test("does not make its locks abandoned before the program's own exit listeners have run", async () => {
    const lock = new Lock();
    const steps = new Steps();
    const owner = start('exitWithListener', lock, steps.words);
    await steps.reached(0);
    expect(lock.acquire(50)).toBe(false);
    expect(lock.abandoned).toBe(false);
    steps.go(1);
    await owner.ended;
    expect(steps.words[2]).toBe(1);
    expect(lock.abandoned).toBe(true);
  });
});

describe('a thread that was ended', () => {
  test('took its own threads with it: what they held is abandoned', async () => {
    const lock = new Lock();
    const steps = new Steps();
    const parent = start('startHolder', lock, steps.words);
    await steps.reached(0);
    expect(lock.abandoned).toBe(false);
    await parent.terminate();
    expect(lock.abandoned).toBe(true);
    expect(() => lock.acquire()).toThrow(AbandonedLockError);
  });

  test('without being one of ours is not watched: what it held stays locked', async () => {
    const lock = new Lock();
    const steps = new Steps();
    const bare = new Worker(new URL('../fixtures/sync/bare.js', import.meta.url), {
      workerData: { lock: toShared(lock), steps: steps.words },
    });
    await steps.reached(0);
    expect(inspect(lock)).toBe(`Lock { locked, owner: thread ${bare.threadId} }`);
    await bare.terminate();
    expect(lock.acquire(300)).toBe(false); // longer than the slow tick
    expect(lock.abandoned).toBe(false);
    expect(() => { lock.reset(); }).toThrow(LockStateError);
    lock.release();
    expect(lock.acquire(0)).toBe(true);
  });

  test('a bare Worker that lives on releases what it holds', async () => {
    const lock = new Lock();
    const steps = new Steps();
    const bare = new Worker(new URL('../fixtures/sync/bare.js', import.meta.url), {
      workerData: { lock: toShared(lock), steps: steps.words },
    });
    await steps.reached(0);
    const waits = lock.acquireAsync();
    const answer = once(bare, 'message');
    const ended = once(bare, 'exit');
    bare.postMessage('release');
    expect(await waits).toBe(true);
    expect(await answer).toEqual([true]); // it was a Lock there
    await ended;
  });
});

describe('a wake-up whose receiver is ended', () => {
  const ROUNDS = 12;

  test('does not leave others asleep on a free lock', async () => {
    for (let round = 0; round < ROUNDS; round++) {
      const lock = new Lock();
      const steps = new Steps();
      lock.acquire();
      const first = start('tryOnce', lock, undefined, steps.words);
      await steps.reached(0, 1);
      const late = start('tryOnce', lock, undefined, steps.words);
      await steps.reached(0, 2);
      lock.release();
      void first.terminate();
      // Where the first had taken the lock by then, the second learns that it was abandoned: it is awake as well.
      const second = await late.result.catch((error: Error & { code?: string }) => error.code);
      expect([true, 'ERR_GRANULE_ABANDONED_LOCK']).toContain(second);
      await first.ended;
    }
  });

  test('does not leave others asleep while a semaphore has permits', async () => {
    for (let round = 0; round < ROUNDS; round++) {
      const semaphore = new Semaphore(0);
      const steps = new Steps();
      const first = start('tryOnce', semaphore, undefined, steps.words);
      await steps.reached(0, 1);
      const second = start('tryOnce', semaphore, undefined, steps.words);
      await steps.reached(0, 2);
      semaphore.release(2); // one may die with the first
      void first.terminate();
      await expect(second.result).resolves.toBe(true);
    }
  });

  test.each(['waitOn', 'waitOnAsync'] as const)('gives the notify of a condition to another (%s)', async (role) => {
    for (let round = 0; round < 2; round++) {
      const condition = new Condition();
      const steps = new Steps();
      const first = start(role, condition, undefined, steps.words);
      await steps.reached(0, 1);
      const second = start(role, condition, undefined, steps.words);
      await steps.reached(0, 2);
      condition.acquire();
      condition.notify(); // reaches the first, which cannot go on without the lock
      await first.terminate();
      condition.release();
      await expect(second.result).resolves.toBe(true);
    }
  });
});

describe('a thread that is ended while it waits', () => {
  test('for a semaphore, blocked or async, takes no permit', async () => {
    const semaphore = new Semaphore(0);
    const steps = new Steps();
    const doomed = [
      start('tryOnce', semaphore, undefined, steps.words),
      start('tryOnceAsync', semaphore, undefined, steps.words),
    ];
    await steps.reached(0, 2);
    await Promise.all(doomed.map((thread) => thread.terminate()));
    semaphore.release();
    expect(semaphore.value).toBe(1);
    expect(semaphore.acquire()).toBe(true);
    const waits = start('tryOnce', semaphore, undefined, steps.words);
    await steps.reached(0, 3);
    semaphore.release();
    await expect(waits.result).resolves.toBe(true);
  });

  test('for an event, blocked or async, does not keep it from the others', async () => {
    const event = new Event();
    const steps = new Steps();
    const doomed = [start('waitFor', event, undefined, steps.words), start('waitForAsync', event, steps.words)];
    const others = [start('waitFor', event, undefined, steps.words), start('waitForAsync', event, steps.words)];
    await steps.reached(0, 4);
    await Promise.all(doomed.map((thread) => thread.terminate()));
    const here = event.waitAsync();
    event.set();
    expect(await Promise.all(others.map((thread) => thread.result))).toEqual([true, true]);
    expect(await here).toBe(true);
  });

  test('on a condition, blocked or async, is no longer counted, and takes no notify', async () => {
    const condition = new Condition();
    const steps = new Steps();
    const doomed = [
      start('waitOn', condition, undefined, steps.words),
      start('waitOnAsync', condition, undefined, steps.words),
    ];
    await steps.reached(0, 2);
    await condition.acquireAsync(); // both have let go
    condition.release();
    const kept = start('waitOn', condition, undefined, steps.words);
    await steps.reached(0, 3);
    await Promise.all(doomed.map((thread) => thread.terminate()));
    condition.acquire();
    condition.notify();
    expect(inspect(condition)).toMatch('waiting: 0');
    condition.release();
    await expect(kept.result).resolves.toBe(true);
  });
});

describe('RWLock', () => {
  test('a waiting writer that is ended holds nobody back', async () => {
    const lock = new RWLock();
    const steps = new Steps();
    lock.read.acquire();
    const writers = [
      start('tryOnce', lock, undefined, steps.words, 'write'),
      start('tryOnceAsync', lock, undefined, steps.words, 'write'),
    ];
    await steps.reached(0, 2);
    const reader = start('tryOnce', lock, undefined, steps.words, 'read');
    await Promise.all(writers.map((writer) => writer.terminate()));
    await expect(reader.result).resolves.toBe(true);
    expect(lock.abandoned).toBe(false);
    expect(await lock.read.acquireAsync()).toBe(true);
  });

  test('with a dead and a living reader, it is abandoned, and reset() waits for the living one', async () => {
    const lock = new RWLock();
    const steps = new Steps();
    const dead = start('endHolding', lock, 'return', steps.words, 'read');
    await dead.ended;
    lock.reset();
    lock.read.acquire();
    const another = start('endHolding', lock, 'exit', steps.words, 'read');
    await another.ended;
    expect(() => lock.read.acquire()).toThrow(AbandonedLockError);
    expect(() => { lock.reset(); }).toThrow('The RWLock is held by thread 0, which is alive');
    lock.read.release();
    lock.reset();
    expect(lock.write.acquire(0)).toBe(true);
  });
});

describe('Condition', () => {
  test('waiters learn that the lock is abandoned, blocked and async', async () => {
    const condition = new Condition();
    const steps = new Steps();
    const waiters = [
      start('waitOn', condition, undefined, steps.words).result,
      start('waitOnAsync', condition, undefined, steps.words).result,
    ];
    await steps.reached(0, 2);
    const owner = start('endHolding', condition, 'exit', steps.words);
    const settled = Promise.allSettled(waiters);
    await owner.ended;
    expect(await codes(settled)).toEqual(['ERR_GRANULE_ABANDONED_LOCK', 'ERR_GRANULE_ABANDONED_LOCK']);
  });

  test('works on after the lock has been reset, and owes nothing to those who left', async () => {
    const lock = new Lock();
    const condition = new Condition(lock);
    const steps = new Steps();
    const lost = start('waitOn', condition, undefined, steps.words);
    await steps.reached(0, 1);
    const owner = start('endHolding', condition, 'exit', steps.words);
    await owner.ended;
    await expect(lost.result).rejects.toMatchObject({ code: 'ERR_GRANULE_ABANDONED_LOCK' });
    lock.reset();
    const waits = start('waitOn', condition, undefined, steps.words);
    await steps.reached(0, 3);
    condition.acquire();
    condition.notify();
    condition.release();
    await expect(waits.result).resolves.toBe(true);
    expect(inspect(condition)).toBe('Condition { waiting: 0, lock: Lock { unlocked } }');
  });
});

describe('Condition, whose waiter had to leave without the lock and lives on', () => {
  const ways: [string, (condition: Condition) => Promise<boolean>][] = [
    ['blocked', async (condition) => condition.wait()],
    ['async', (condition) => condition.waitAsync()],
  ];

  test.each(ways)('does not notify that one (%s)', async (_, wait) => {
    const lock = new Lock();
    const condition = new Condition(lock);
    const steps = new Steps();
    condition.acquire();
    const owner = start('endHolding', condition, 'exit', steps.words); // as soon as it gets the lock
    await expect(wait(condition)).rejects.toThrow(AbandonedLockError);
    await owner.ended;
    lock.reset();
    const waits = start('waitOn', condition, undefined, steps.words);
    await steps.reached(0, 2);
    await condition.acquireAsync();
    expect(inspect(condition)).toMatch('waiting: 1');
    condition.notify();
    condition.release();
    await expect(waits.result).resolves.toBe(true);
  });
});

describe('Barrier', () => {
  test('a thread that ends in the action breaks it', async () => {
    const never = new Event();
    const barrier = new Barrier(2, { action: (event: { wait(): boolean }) => void event.wait(), args: [never] });
    const steps = new Steps();
    const here = barrier.waitAsync();
    void here.catch(() => undefined);
    const last = start('waitAt', barrier, undefined, steps.words);
    await steps.reached(0);
    const acting = `Barrier { action running in thread ${last.threadId}, parties: 2 }`;
    while (inspect(barrier) !== acting) await turn();
    await last.terminate();
    await expect(here).rejects.toMatchObject({ code: 'ERR_GRANULE_BROKEN_BARRIER' });
    expect(barrier.broken).toBe(true);
    barrier.reset();
    expect(barrier.waiting).toBe(0);
  });

  test('a thread that ends while it waits has arrived', async () => {
    const barrier = new Barrier(2);
    const steps = new Steps();
    const first = start('waitAt', barrier, undefined, steps.words);
    await steps.reached(0);
    while (barrier.waiting < 1) await turn();
    await first.terminate();
    expect(barrier.wait()).toBe(1);
  });
});
