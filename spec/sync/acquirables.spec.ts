/** What everything that is acquired and released has in common: one suite, run against each. */

import { afterEach, describe, expect, test } from '@jest/globals';
import { setImmediate as turn } from 'node:timers/promises';
import type { Acquirable } from '#lib/sync/acquirable.js';
import { BoundedSemaphore } from '#lib/sync/bounded-semaphore.js';
import { Condition } from '#lib/sync/condition.js';
import { Lock } from '#lib/sync/lock.js';
import { RLock } from '#lib/sync/rlock.js';
import { RWLock } from '#lib/sync/rwlock.js';
import { Semaphore } from '#lib/sync/semaphore.js';
import type { Lockable, Sides } from '../fixtures/sync/lock-roles.js';
import { endThreads, startTickless as start, Steps } from './start.js';

afterEach(endThreads);

interface Variant {
  readonly name: string;
  readonly make: () => Lockable;
  readonly side?: Sides;
}

/** Lets in one at a time, also of one thread. */
const exclusive: Variant[] = [
  { name: 'Lock', make: () => new Lock() },
  { name: 'Semaphore', make: () => new Semaphore() },
  { name: 'BoundedSemaphore', make: () => new BoundedSemaphore() },
  { name: 'Condition', make: () => new Condition() },
  { name: 'RWLock.write', make: () => new RWLock(), side: 'write' },
];

/** Lets in one thread at a time. */
const ofThreads: Variant[] = [
  ...exclusive,
  { name: 'RLock', make: () => new RLock() },
  { name: 'Condition of an RLock', make: () => new Condition(new RLock()) },
];

const all: Variant[] = [...ofThreads, { name: 'RWLock.read', make: () => new RWLock(), side: 'read' }];

function sideOf(lock: Lockable, side?: Sides): Acquirable {
  return side === undefined ? (lock as Acquirable) : (lock as RWLock)[side];
}

describe.each(all)('$name', ({ make, side }) => {
  const made = (): Acquirable => sideOf(make(), side);

  test('is held after acquire() and acquireAsync(), which say so', async () => {
    const lock = made();
    expect(lock.acquire()).toBe(true);
    lock.release();
    expect(await lock.acquireAsync()).toBe(true);
    lock.release();
    expect(lock.acquire(0)).toBe(true);
    lock.release();
    expect(await lock.acquireAsync({ timeout: 0 })).toBe(true);
    lock.release();
  });

  test('hold() releases once, however often it is disposed of', async () => {
    const lock = made();
    const held = lock.hold();
    held[Symbol.dispose]();
    held[Symbol.dispose]();
    const heldToo = await lock.holdAsync();
    heldToo[Symbol.dispose]();
    expect(lock.acquire(0)).toBe(true);
    heldToo[Symbol.dispose]();
    lock.release();
  });

  test.each([
    ['-1', -1, RangeError, /`timeout` to be a number of milliseconds from 0 up, or Infinity .*, got -1 \(number\)/],
    ['NaN', NaN, RangeError, /got NaN \(number\)/],
    ["'5'", '5', TypeError, /got '5' \(string\)/],
    ['null', null, TypeError, /got null/],
  ])('refuses the timeout %s at the call, also when it is free', async (_, timeout, type, message) => {
    const lock = made();
    expect(() => lock.acquire(timeout as number)).toThrow(type);
    expect(() => lock.acquire(timeout as number)).toThrow(message);
    await expect(lock.acquireAsync({ timeout: timeout as number })).rejects.toThrow(message);
    expect(lock.acquire(0)).toBe(true); // nothing was taken
    lock.release();
  });

  test('refuses options and signals that are none', async () => {
    const lock = made();
    await expect(lock.acquireAsync(500 as never)).rejects.toThrow(/`options` to be an object .*, got 500 \(number\)/);
    await expect(lock.acquireAsync({ signal: {} as never })).rejects.toThrow(/`signal` to be an AbortSignal, got {}/);
    await expect(lock.holdAsync({ timeout: 5 } as never)).rejects.toThrow(/takes no `timeout`/);
    await expect(lock.holdAsync(500 as never)).rejects.toThrow(/`options` to be an object .*, got 500 \(number\)/);
    await expect(lock.holdAsync(null as never)).rejects.toThrow(/`options` to be an object .*, got null/);
    expect(lock.acquire(0)).toBe(true);
    lock.release();
  });

  test('an aborted signal is answered with its reason, and nothing is taken', async () => {
    const lock = made();
    const reason = new Error('no longer wanted');
    await expect(lock.acquireAsync({ signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
    await expect(lock.holdAsync({ signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
    expect(lock.acquire(0)).toBe(true);
    lock.release();
  });
});

describe.each(exclusive)('$name, among the async functions of one thread', ({ make, side }) => {
  const held = (): Acquirable => {
    const lock = sideOf(make(), side);
    lock.acquire();
    return lock;
  };

  test('a try finds it held', async () => {
    const lock = held();
    expect(lock.acquire(0)).toBe(false);
    expect(lock.acquire(1)).toBe(false);
    expect(await lock.acquireAsync({ timeout: 0 })).toBe(false);
    expect(await lock.acquireAsync({ timeout: 1 })).toBe(false);
    lock.release();
    expect(lock.acquire(0)).toBe(true);
  });

  test('lets waiters in one at a time, in the order in which they came', async () => {
    const lock = held();
    const log: number[] = [];
    let inside = 0;
    const waiters = Array.from({ length: 100 }, async (_, i) => {
      await lock.acquireAsync();
      expect(++inside).toBe(1);
      if (i % 10 === 0) await turn();
      log.push(i);
      inside--;
      lock.release();
    });
    lock.release();
    await Promise.all(waiters);
    expect(log).toEqual(Array.from({ length: 100 }, (_, i) => i));
  });

  test('the event loop turns while somebody waits, and while it is passed on for ever', async () => {
    const lock = held();
    const waiter = lock.acquireAsync();
    await turn();
    lock.release();
    await waiter;
    lock.release();

    let stop = false;
    const again = async (): Promise<void> => {
      while (!stop) {
        await lock.acquireAsync();
        lock.release();
      }
    };
    // Each finds the other waiting, so it never comes to rest.
    const both = [again(), again(), again()];
    await turn();
    stop = true;
    await Promise.all(both);
  });

  test('200 rounds of aborted and timed-out waiters leave no ghost that takes it or a wake-up', async () => {
    const lock = held();
    for (let round = 0; round < 200; round++) {
      const abort = new AbortController();
      const aborted = [1, 2, 3].map(() => lock.acquireAsync({ signal: abort.signal }));
      const late = lock.acquireAsync({ timeout: 0.1 });
      const settled = Promise.allSettled([...aborted, late]);
      const kept = lock.acquireAsync();
      if (round % 2 === 0) lock.release(); // the abort comes when the wake-up is under way
      abort.abort(round);
      if (round % 2 !== 0) {
        await expect(late).resolves.toBe(false);
        lock.release();
      }
      for (const one of await settled) {
        if (one.status === 'rejected') expect(one.reason).toBe(round);
        else if (one.value) lock.release(); // had it before the abort: then it holds it
      }
      expect(await kept).toBe(true);
    }
    lock.release();
    expect(lock.acquire(0)).toBe(true);
  });

  test('a waiter that leaves takes its abort listener with it', async () => {
    const lock = held();
    const { signal } = new AbortController();
    let listeners = 0;
    const counting = new Proxy(signal, {
      get: (target, key) => {
        if (key === 'addEventListener') return () => void listeners++;
        if (key === 'removeEventListener') return () => void listeners--;
        return Reflect.get(target, key, target) as unknown;
      },
    });
    const late = lock.acquireAsync({ timeout: 1, signal: counting });
    const kept = lock.acquireAsync({ signal: counting });
    expect(listeners).toBe(1); // of both: Node takes the eleventh of a signal for a leak
    await late;
    expect(listeners).toBe(1);
    lock.release();
    await kept;
    expect(listeners).toBe(0);
  });

  test('a thread with an async waiter may still acquire: a release is not handed over', async () => {
    const lock = held();
    const waiter = lock.acquireAsync();
    lock.release();
    expect(lock.acquire()).toBe(true);
    lock.release();
    expect(await waiter).toBe(true);
  });
});

describe.each(ofThreads)('$name, between threads', ({ make, side }) => {
  test.each(['tryOnce', 'tryOnceAsync'] as const)('%s finds it held, and has it when it is free', async (role) => {
    const lock = make();
    sideOf(lock, side).acquire();
    const steps = new Steps();
    await expect(start(role, lock, 0, steps.words, side).result).resolves.toBe(false);
    await expect(start(role, lock, 1, steps.words, side).result).resolves.toBe(false);
    const waiter = start(role, lock, undefined, steps.words, side);
    await steps.reached(0, 3);
    sideOf(lock, side).release();
    await expect(waiter.result).resolves.toBe(true);
    expect(sideOf(lock, side).acquire(0)).toBe(true);
    sideOf(lock, side).release();
  });

  test('wakes the async waiters of this thread when another lets go', async () => {
    const lock = make();
    const steps = new Steps();
    const holder = start('holdUntilTold', lock, steps.words, side);
    await steps.reached(0);
    const waiters = [1, 2, 3].map(async () => {
      await sideOf(lock, side).acquireAsync();
      sideOf(lock, side).release();
    });
    expect(await sideOf(lock, side).acquireAsync({ timeout: 1 })).toBe(false);
    steps.go(1);
    await Promise.all(waiters);
    await holder.result;
  });

  test('blocks this thread until another lets go', async () => {
    const lock = make();
    const steps = new Steps();
    const holder = start('holdUntilTold', lock, steps.words, side);
    await steps.reached(0);
    expect(sideOf(lock, side).acquire(1)).toBe(false);
    steps.go(1);
    expect(sideOf(lock, side).acquire()).toBe(true);
    sideOf(lock, side).release();
    await holder.result;
  });
});
