/** Every primitive arrives in another thread as an object of its class over the same memory. */

import { afterEach, describe, expect, test } from '@jest/globals';
import { setImmediate as turn } from 'node:timers/promises';
import { inspect } from 'node:util';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { Barrier } from '#lib/sync/barrier.js';
import { BoundedSemaphore } from '#lib/sync/bounded-semaphore.js';
import { Condition } from '#lib/sync/condition.js';
import { Event } from '#lib/sync/event.js';
import { Lock } from '#lib/sync/lock.js';
import { RLock } from '#lib/sync/rlock.js';
import { RWLock } from '#lib/sync/rwlock.js';
import { Semaphore } from '#lib/sync/semaphore.js';
import { fromShared, toShared } from '#lib/tasks/shareable.js';
import { endThreads, start, Steps } from './start.js';

afterEach(endThreads);

const made = {
  Lock: () => new Lock(),
  RLock: () => new RLock(),
  RWLock: () => new RWLock(),
  Semaphore: () => new Semaphore(3),
  BoundedSemaphore: () => new BoundedSemaphore(3),
  Event: () => new Event(),
  Condition: () => new Condition(),
  'Condition of an RLock': () => new Condition(new RLock()),
  Barrier: () => new Barrier(3, { action: (n: number) => n, args: [1], timeout: 5 }),
};

test.each(Object.entries(made))('%s arrives as what it is, with its state', async (_, make) => {
  const one = make();
  const [shown] = await start('show', one).result;
  expect(shown).toBe(inspect(one));
  expect(fromShared(structuredClone(toShared(one)))).toBe(one); // it has come home
});

test('state made here is seen there', async () => {
  const [lock, event, semaphore] = [new Lock(), new Event(), new BoundedSemaphore(2)];
  lock.acquire();
  event.set();
  semaphore.acquire();
  await expect(start('show', lock, event, semaphore).result).resolves.toEqual([
    'Lock { locked, owner: thread 0 }',
    'Event { set }',
    'BoundedSemaphore { value: 1 of 2 }',
  ]);
});

test('one lock that arrives twice is one object, also inside a condition', async () => {
  const lock = new Lock();
  await expect(start('areOne', lock, lock).result).resolves.toBe(true);
  await expect(start('areOne', lock, new Lock()).result).resolves.toBe(false);
  const condition = new Condition(lock);
  const steps = new Steps();
  lock.acquire();
  const waits = start('waitOn', condition, undefined, steps.words);
  const tries = start('tryOnce', lock, 0, steps.words);
  await expect(tries.result).resolves.toBe(false);
  lock.release();
  await steps.reached(0, 2);
  condition.acquire();
  condition.notify();
  condition.release();
  await expect(waits.result).resolves.toBe(true);
});

describe('what cannot be told apart in memory', () => {
  test('two primitives made one after the other are two', () => {
    const [one, other] = [new Semaphore(1), new Semaphore(1)];
    const back = fromShared<Semaphore>(structuredClone(toShared(other)));
    expect(back).toBe(other);
    one.acquire();
    expect(other.value).toBe(1);
  });

  test('an object that was collected is made again, over the same memory', async () => {
    const handle = ((): unknown => {
      const semaphore = new Semaphore(5);
      semaphore.acquire();
      return toShared(semaphore);
    })();
    setFlagsFromString('--expose-gc');
    const gc = runInNewContext('gc') as () => void;
    await turn(); // a WeakRef holds its object for the turn in which it was made
    gc();
    await turn();
    const again = fromShared<Semaphore>(structuredClone(handle));
    expect(again.value).toBe(4);
    expect(fromShared(structuredClone(handle))).toBe(again);
  });
});
