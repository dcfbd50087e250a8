import { afterEach, describe, expect, test } from '@jest/globals';
import { setImmediate as turn } from 'node:timers/promises';
import { inspect } from 'node:util';
import { LockStateError } from 'granule';
import { Condition } from '#lib/sync/condition.js';
import { Lock } from '#lib/sync/lock.js';
import { RLock } from '#lib/sync/rlock.js';
import { endThreads, start as startTicking, startTickless as start, Steps } from './start.js';

afterEach(endThreads);

/** Threads that wait on the condition, in this order. */
async function waiters(condition: Condition, steps: Steps, roles: ('waitOn' | 'waitOnAsync')[], begin = start) {
  const threads = [];
  for (const role of roles) {
    threads.push(begin(role, condition, undefined, steps.words));
    await steps.reached(0, threads.length);
  }
  // Who has said so holds the lock until it waits.
  await condition.acquireAsync();
  condition.release();
  return threads;
}

describe('Condition', () => {
  test('notify() wakes as many as it says, and no more, however long the others wait', async () => {
    const condition = new Condition();
    const steps = new Steps();
    const roles: ('waitOn' | 'waitOnAsync')[] = ['waitOn', 'waitOnAsync', 'waitOn', 'waitOnAsync'];
    const threads = await waiters(condition, steps, roles, startTicking);
    condition.acquire();
    condition.notify();
    condition.release();
    await steps.reached(1, 1);
    condition.acquire();
    condition.notify(2);
    condition.release();
    await steps.reached(1, 3);
    // Longer than the slow tick, at which the last one looks whether it should have been woken.
    const stillWaits = startTicking('waitOn', condition, 600, steps.words);
    await expect(stillWaits.result).resolves.toBe(false);
    expect(steps.words[1]).toBe(3);
    condition.acquire();
    condition.notify(10);
    condition.release();
    expect(await Promise.all(threads.map((thread) => thread.result))).toEqual([true, true, true, true]);
  });

  test('notifyAll() wakes all, blocked and async', async () => {
    const condition = new Condition();
    const steps = new Steps();
    const threads = await waiters(condition, steps, ['waitOn', 'waitOnAsync', 'waitOn', 'waitOnAsync']);
    const here = await Promise.all(
      Array.from({ length: 20 }, async () => {
        await condition.acquireAsync();
        return { woken: condition.waitAsync().finally(() => { condition.release(); }) };
      }),
    );
    condition.acquire();
    condition.notifyAll();
    condition.release();
    expect(await Promise.all(here.map(({ woken }) => woken))).toEqual(here.map(() => true));
    expect(await Promise.all(threads.map((thread) => thread.result))).toEqual([true, true, true, true]);
  });

  test('a notify is not kept for who comes later, nor taken by its own sender', async () => {
    const condition = new Condition();
    const steps = new Steps();
    const [thread] = await waiters(condition, steps, ['waitOn']);
    condition.acquire();
    condition.notify(5);
    expect(condition.wait(1)).toBe(false);
    expect(await condition.waitAsync({ timeout: 1 })).toBe(false);
    condition.release();
    expect(await thread.result).toBe(true);
    condition.acquire();
    expect(condition.wait(0)).toBe(false);
    condition.release();
  });

  test('async waiters of one thread are notified in the order in which they came', async () => {
    const condition = new Condition();
    const log: number[] = [];
    const all = Array.from({ length: 10 }, async (_, i) => {
      await condition.acquireAsync();
      await condition.waitAsync();
      log.push(i);
      condition.release();
    });
    await turn();
    for (let i = 0; i < 10; i++) {
      await condition.acquireAsync();
      condition.notify();
      condition.release();
      while (log.length <= i) await turn();
    }
    await Promise.all(all);
    expect(log).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  });

  test('a waiter that gives up leaves its notify to another, 200 times', async () => {
    const condition = new Condition();
    for (let round = 0; round < 200; round++) {
      const abort = new AbortController();
      const wait = async (signal?: AbortSignal, timeout?: number): Promise<boolean> => {
        await condition.acquireAsync();
        try {
          return await condition.waitAsync({ signal, timeout });
        } finally {
          condition.release(); // it is held again, whatever happened
        }
      };
      const given = [wait(abort.signal), wait(undefined, 0.1), wait(abort.signal)];
      const settled = Promise.allSettled(given);
      const kept = wait();
      await turn();
      await condition.acquireAsync();
      if (round % 2 === 0) abort.abort('enough');
      condition.notify();
      if (round % 2 !== 0) abort.abort('enough');
      condition.release();
      // One notify: it reached one of the four, or none that has already left.
      const others = (await settled).filter((one) => one.status === 'fulfilled' && one.value).length;
      if (others === 0) expect(await kept).toBe(true);
      else {
        await condition.acquireAsync();
        condition.notifyAll();
        condition.release();
        expect(await kept).toBe(true);
      }
      expect(inspect(condition)).toBe('Condition { waiting: 0, lock: Lock { unlocked } }');
    }
  });

  test('a notify for a waiter that is aborted at that moment goes to another thread', async () => {
    for (let round = 1; round <= 3; round++) {
      const condition = new Condition();
      const steps = new Steps();
      const abort = new AbortController();
      condition.acquire();
      const aborted = condition.waitAsync({ signal: abort.signal });
      const other = start('waitOn', condition, undefined, steps.words);
      await steps.reached(0);
      await condition.acquireAsync();
      condition.notify(); // for the one here, which has waited longer
      abort.abort('enough');
      condition.release();
      await expect(aborted).rejects.toBe('enough');
      condition.release();
      expect(await other.result).toBe(true);
    }
  });

  test('the lock is held again after a timeout and after an abort', async () => {
    const condition = new Condition();
    condition.acquire();
    expect(condition.wait(1)).toBe(false);
    expect(await condition.waitAsync({ timeout: 1 })).toBe(false);
    const abort = new AbortController();
    const waits = condition.waitAsync({ signal: abort.signal });
    expect(condition.acquire(0)).toBe(true); // it has let go
    abort.abort('enough');
    let settled = false;
    void waits.catch(() => (settled = true));
    await turn();
    expect(settled).toBe(false); // it waits for the lock
    condition.release();
    await expect(waits).rejects.toBe('enough');
    expect(condition.acquire(0)).toBe(false);
    await expect(condition.waitAsync({ signal: AbortSignal.abort('before') })).rejects.toBe('before');
    expect(condition.acquire(0)).toBe(false);
    condition.release();
  });

  test('lets an RLock go however deep it is held, and restores that', async () => {
    const lock = new RLock();
    const condition = new Condition(lock);
    const steps = new Steps();
    lock.acquire();
    lock.acquire();
    condition.acquire();
    const other = start('tryOnce', condition, undefined, steps.words);
    expect(condition.wait(50)).toBe(false);
    const waits = condition.waitAsync({ timeout: 50 });
    expect(lock.locked).toBe(false);
    expect(await waits).toBe(false);
    expect(inspect(lock)).toBe('RLock { locked, owner: thread 0, depth: 3 }');
    for (let depth = 3; depth > 0; depth--) lock.release();
    expect(await other.result).toBe(true);
  });

  test('waitFor() waits until its predicate is true, which it calls with the lock held', async () => {
    const lock = new Lock();
    const condition = new Condition(lock);
    let calls = 0;
    const isReady = (): boolean => {
      expect(lock.locked).toBe(true);
      return ++calls >= 3;
    };
    condition.acquire();
    const done = condition.waitForAsync(isReady);
    for (let i = 0; i < 2; i++) {
      await condition.acquireAsync();
      condition.notify();
      condition.release();
      await turn();
    }
    expect(await done).toBe(true);
    expect(calls).toBe(3);
    expect(condition.waitFor(() => true, 0)).toBe(true);
    expect(condition.waitFor(() => false, 0)).toBe(false);
    expect(condition.waitFor(() => false, 2)).toBe(false);
    expect(await condition.waitForAsync(() => false, { timeout: 2 })).toBe(false);
    await expect(condition.waitForAsync(() => { throw new Error('no'); })).rejects.toThrow('no');
    const signal = AbortSignal.timeout(2);
    await expect(condition.waitForAsync(() => false, { signal })).rejects.toThrow();
    expect(signal.aborted).toBe(true);
    expect(lock.locked).toBe(true);
  });

  test('without the lock, everything but acquire() is a LockStateError', async () => {
    const condition = new Condition();
    expect(() => { condition.notify(); }).toThrow(LockStateError);
    expect(() => { condition.notifyAll(); }).toThrow(LockStateError);
    expect(() => condition.wait()).toThrow("The Condition's lock is unlocked: wait() is for the thread that holds it.");
    expect(() => condition.waitFor(() => true)).toThrow(LockStateError);
    await expect(condition.waitAsync()).rejects.toThrow(LockStateError);
    await expect(condition.waitForAsync(() => true)).rejects.toThrow(LockStateError);
    expect(() => { condition.release(); }).toThrow(LockStateError);
    const steps = new Steps();
    const holder = start('holdUntilTold', condition, steps.words);
    await steps.reached(0);
    expect(() => condition.wait()).toThrow(`owner: thread ${holder.threadId}`);
    expect(() => { condition.notify(); }).toThrow(LockStateError);
    steps.go(1);
    await holder.result;
  });

  test('refuses what is no lock, no count, no predicate and no timeout', async () => {
    expect(() => new Condition({} as never)).toThrow('Expected `lock` to be a Lock or an RLock, got {} (object)');
    expect(() => new Condition(null as never)).toThrow(TypeError);
    const condition = new Condition();
    condition.acquire();
    for (const count of [0, -1, 1.5, NaN]) expect(() => { condition.notify(count); }).toThrow(RangeError);
    expect(() => { condition.notify('2' as never); }).toThrow(TypeError);
    expect(() => condition.waitFor(5 as never)).toThrow('Expected `predicate` to be a function, got 5 (number)');
    const promises = async (): Promise<boolean> => false; // which would be as good as true
    expect(() => condition.waitFor(promises as never)).toThrow('got an async function');
    await expect(condition.waitForAsync(promises as never)).rejects.toThrow(TypeError);
    for (const [timeout, type] of [[-1, RangeError], [NaN, RangeError], ['5', TypeError], [null, TypeError]] as const) {
      const wrong = timeout as number;
      expect(() => condition.wait(wrong)).toThrow(type);
      expect(() => condition.waitFor(() => true, wrong)).toThrow(type);
      await expect(condition.waitAsync({ timeout: wrong })).rejects.toThrow(type);
      await expect(condition.waitForAsync(() => true, { timeout: wrong })).rejects.toThrow(type);
    }
    expect(inspect(condition)).toBe('Condition { waiting: 0, lock: Lock { locked, owner: thread 0 } }');
    condition.release();
  });

  test('several conditions may share a lock', async () => {
    const lock = new Lock();
    const [red, green] = [new Condition(lock), new Condition(lock)];
    red.acquire();
    expect(green.acquire(0)).toBe(false);
    green.notify();
    const waits = red.waitAsync();
    await green.acquireAsync();
    green.notifyAll();
    expect(inspect(red)).toMatch('waiting: 1');
    red.notify();
    red.release();
    expect(await waits).toBe(true);
    lock.release();
  });

  test('a bounded buffer of 5: 20 000 items through blocked producers, blocked and async consumers', async () => {
    const lock = new Lock();
    const [notFull, notEmpty] = [new Condition(lock), new Condition(lock)];
    const buffer = new Int32Array(new SharedArrayBuffer(4 * (3 + 5)));
    const [first, second, third, fourth] = await Promise.all([
      start('produce', notFull, notEmpty, buffer, 0, 10_000).result,
      start('produce', notFull, notEmpty, buffer, 10_000, 10_000).result,
      start('consume', notFull, notEmpty, buffer, 14_000).result,
      start('consumeAsync', notFull, notEmpty, buffer, 6_000).result,
    ]);
    expect([first, second]).toEqual([undefined, undefined]);
    expect(third + fourth).toBe((20_000 * 19_999) / 2);
    expect(buffer[0]).toBe(0);
    expect(lock.locked).toBe(false);
  }, 180_000);
});
