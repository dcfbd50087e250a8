/** Threads that end in the middle of a put or a get: the queue goes on, and what was put is delivered once. */

import { afterEach, describe, expect, test } from '@jest/globals';
import { Process, Queue, taskModule } from 'granule';
import { LOCK } from '#lib/channels/layout.js';
import type { QueueData } from '#lib/channels/queue.js';
import { Mutex } from '#lib/sync/mutex.js';
import { ownerFor } from '#lib/sync/owner.js';
import { SHARE } from '#lib/tasks/shareable.js';
import type * as Roles from '../fixtures/channels/queue-roles.js';
import { reaches, sharedWords } from '../support/gate.js';
import { watchProcesses } from '../support/processes.js';
import { endThreads, start, type Thread } from './queue-start.js';

const roles = taskModule<typeof Roles>(new URL('../fixtures/channels/queue-roles.js', import.meta.url));

afterEach(endThreads);

/** Marsaglia's xorshift32: the same fates for the same seed. Where in its work each falls, nobody decides. */
function dice(seed: number): (sides: number) => number {
  let state = seed;
  return (sides) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % sides;
  };
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

test.each([
  { name: 'unbounded', maxsize: 0, seed: 20261120 },
  { name: 'maxsize 3', maxsize: 3, seed: 4 },
])('fifty deaths of producers and consumers ($name)', async ({ maxsize, seed }) => {
  const throws = dice(seed);
  const queue = new Queue<number | { n: number }>(maxsize);
  const rounds = 5;
  const ofEach = 5;
  const producers = rounds * ofEach;
  const most = 20_000; // items that a producer puts
  const seen = sharedWords(producers * most);
  const puts = sharedWords(2 * producers);

  for (let round = 0; round < rounds; round++) {
    const threads: Thread[] = [];
    for (let id = round * ofEach; id < (round + 1) * ofEach; id++) {
      threads.push(start('produceMost', queue, id, most, puts, 2 * id));
      threads.push(start('consumeForEver', queue, seen, most));
    }
    await reaches(puts, 2 * (round * ofEach + throws(ofEach)), 1);
    while (threads.length > 0) {
      const [victim] = threads.splice(throws(threads.length), 1);
      await pause(throws(4));
      await victim.terminate();
    }
  }

  // The queue goes on: what is left in it, and then something new.
  const size = queue.size;
  for (let left = size; left > 0; left--) {
    const item = await queue.getAsync({ timeout: 0 });
    const n = typeof item === 'number' ? item : item.n;
    seen[Math.floor(n / 1e6) * most + (n % 1e6)]++;
  }
  expect(queue.empty).toBe(true);
  const words = sharedWords(1);
  const taker = start('getOne', queue, words);
  await reaches(words, 0, 1);
  await queue.putAsync(7);
  expect(await taker.result).toBe(7);

  let lost = 0;
  for (let id = 0; id < producers; id++) {
    const [begun, ended] = [puts[2 * id], puts[2 * id + 1]];
    for (let i = 0; i < most; i++) {
      const times = seen[id * most + i];
      // At most once each, and only what was put; what was in the middle of it may or may not have been.
      if (times > (i < begun ? 1 : 0)) throw new Error(`item ${i} of producer ${id} came ${times} times`);
      if (i < ended && times === 0) lost++;
    }
  }
  // What a thread had taken is gone with it: one item, which it had no time to write down.
  expect(lost).toBeLessThanOrEqual(rounds * ofEach);
});

test('the lock of a thread that ended in a put is taken over, by who waits for it', async () => {
  const queue = new Queue();
  const words = sharedWords(2);
  const dying = start('holdTheLock', queue, words);
  await reaches(words, 0, 1);
  const blocked = start('putOne', queue, words, 'blocked');
  await reaches(words, 0, 2);
  const waiting = queue.putAsync('async');
  await expect(queue.putAsync('late', { timeout: 5 })).rejects.toMatchObject({ code: 'ERR_GRANULE_QUEUE_FULL' });
  expect(queue.empty).toBe(true);
  await dying.terminate();
  await Promise.all([blocked.result, waiting]);
  expect([queue.get(), queue.get()].sort()).toEqual(['async', 'blocked']);
});

test('a put that tries once waits for the lock, though for no room', async () => {
  const queue = new Queue(2);
  const { memory } = queue[SHARE]().data as QueueData;
  const words = new Int32Array(memory);
  const lock = new Mutex(words, LOCK, ownerFor(words), 'queue');
  lock.lock(undefined);
  const [first, second] = [queue.putAsync('first', { timeout: 0 }), queue.putAsync('second', { timeout: 0 })];
  const aborted = queue.putAsync('never', { timeout: 0, signal: AbortSignal.timeout(1) });
  await expect(aborted).rejects.toMatchObject({ name: 'TimeoutError' });
  expect(queue.empty).toBe(true);
  lock.unlock();
  queue.put('passing by'); // tells those who wanted the lock
  await first;
  await expect(second).rejects.toMatchObject({ code: 'ERR_GRANULE_QUEUE_FULL' });
  expect([queue.get(), queue.get(), queue.empty]).toEqual(['passing by', 'first', true]);
});

test('taking needs no lock: also what is there while somebody holds it for ever', async () => {
  const queue = new Queue();
  queue.put(1);
  const words = sharedWords(2);
  const holding = start('holdTheLock', queue, words);
  await reaches(words, 0, 1);
  expect(queue.size).toBe(1);
  expect(queue.get()).toBe(1);
  expect(() => queue.get(0)).toThrow(expect.objectContaining({ code: 'ERR_GRANULE_QUEUE_EMPTY' }));
  queue.close();
  expect(() => queue.get()).toThrow(expect.objectContaining({ code: 'ERR_GRANULE_QUEUE_CLOSED' }));
  await holding.terminate();
});

describe('a main thread that blocks meanwhile', () => {
  watchProcesses();

  test('puts when the process that held the lock has been killed', async () => {
    const queue = new Queue<string>();
    const words = sharedWords(2);
    const dying = new Process({ target: roles.holdTheLock, args: [queue, words] });
    dying.start();
    await reaches(words, 0, 1);
    dying.kill();
    queue.put('next', 30_000);
    expect(queue.get()).toBe('next');
    await dying.join();
  });

  test('takes what a third thread could put only then', async () => {
    const queue = new Queue<string>();
    const words = sharedWords(2);
    const dying = new Process({ target: roles.holdTheLock, args: [queue, words] });
    const blocked = new Process({ target: roles.putOne, args: [queue, words, 'blocked'] });
    dying.start();
    await reaches(words, 0, 1);
    blocked.start();
    await reaches(words, 0, 2);
    dying.kill();
    expect(queue.get(30_000)).toBe('blocked');
    await Promise.all([dying.join(), blocked.join()]);
  });
});
