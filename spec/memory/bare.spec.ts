/** Every class in a Worker started without granule, which gets it as a handle. */

import { afterEach, expect, test } from '@jest/globals';
import { on } from 'node:events';
import { Worker } from 'node:worker_threads';
import {
  Barrier,
  BoundedSemaphore,
  Condition,
  Event,
  Lock,
  RLock,
  RWLock,
  Semaphore,
  ShareableList,
  SharedArray,
  SharedMemory,
  toShared,
  Value,
  type Acquirable,
  type Shareable,
} from 'granule';
import type { ClassName, RoleName } from '../fixtures/memory/bare-roles.js';

const running = new Set<Worker>();
afterEach(async () => {
  await Promise.all([...running].map((worker) => worker.terminate()));
});

/** A bare Worker; `next()` is what it says next: first the class of what arrived, last what its role returned. */
function startBare(role: RoleName, one: Shareable) {
  const worker = new Worker(new URL('../fixtures/memory/bare-roles.js', import.meta.url), {
    workerData: { role, handle: toShared(one) },
  });
  running.add(worker);
  worker.once('exit', () => running.delete(worker));
  const said = on(worker, 'message', { close: ['exit'] });
  return {
    next: async (): Promise<unknown> => (((await said.next()).value ?? ['has ended']) as unknown[])[0],
    tell: () => { worker.postMessage('go'); },
  };
}

test.each<[ClassName, RoleName, () => { one: Shareable; look: () => unknown; answer?: unknown }]>([
  ['Value', 'addOne', () => {
    const one = new Value('i', 41);
    return { one, look: () => one.value === 42, answer: 41 };
  }],
  ['SharedArray', 'setLast', () => {
    const one = new SharedArray('q', 3);
    return { one, look: () => one.at(2) === 7n };
  }],
  ['SharedMemory', 'setByte', () => {
    const one = new SharedMemory({ create: true, size: 8 });
    one.unlink(); // the handle finds it all the same
    return { one, look: () => one.buf[7] === 9 };
  }],
  ['ShareableList', 'setSlot', () => {
    const one = new ShareableList(['here']);
    one.shm.unlink();
    return { one, look: () => one.at(0) === 'gone' };
  }],
  ['Event', 'setEvent', () => {
    const one = new Event();
    return { one, look: () => one.isSet() };
  }],
])('a %s is changed there and seen here', async (name, role, make) => {
  const { one, look, answer = 'done' } = make();
  const bare = startBare(role, one);
  expect(await bare.next()).toBe(name);
  expect(await bare.next()).toBe(answer);
  expect(look()).toBe(true);
});

test.each<[string, ClassName, RoleName, RoleName, () => { one: Shareable; mine: Acquirable }]>([
  ['Lock', 'Lock', 'takeTurn', 'takeTurnAsync', () => same(new Lock())],
  ['RLock', 'RLock', 'takeTurn', 'takeTurnAsync', () => same(new RLock())],
  ['Condition', 'Condition', 'takeTurn', 'takeTurnAsync', () => same(new Condition())],
  ['Semaphore', 'Semaphore', 'takeTurn', 'takeTurnAsync', () => same(new Semaphore(1))],
  ['BoundedSemaphore', 'BoundedSemaphore', 'takeTurn', 'takeTurnAsync', () => same(new BoundedSemaphore(1))],
  ['RWLock, reading there,', 'RWLock', 'takeTurnReading', 'takeTurnReadingAsync', () => sideOf(new RWLock())],
  ['RWLock, writing there,', 'RWLock', 'takeTurnWriting', 'takeTurnWritingAsync', () => sideOf(new RWLock())],
])('a %s passes from thread to thread and back, blocked and async', async (_, name, blocking, async, make) => {
  for (const role of [blocking, async]) {
    const { one, mine } = make();
    mine.acquire();
    const bare = startBare(role, one);
    expect(await bare.next()).toBe(name);
    expect(await bare.next()).toBe(false);
    mine.release();
    expect(await bare.next()).toBe('held');
    expect(mine.acquire(0)).toBe(false);
    const waits = mine.acquireAsync();
    bare.tell();
    expect(await waits).toBe(true);
    expect(await bare.next()).toBe('done');
    mine.release();
  }
});

function same<T extends Shareable & Acquirable>(one: T): { one: T; mine: T } {
  return { one, mine: one };
}

function sideOf(one: RWLock): { one: RWLock; mine: Acquirable } {
  return { one, mine: one.write };
}

test.each(['waitForEvent', 'waitForEventAsync'] as const)('an Event set here is heard there: %s', async (role) => {
  const event = new Event();
  const bare = startBare(role, event);
  expect(await bare.next()).toBe('Event');
  event.set();
  expect(await bare.next()).toBe(true);
});

test.each(['waitOn', 'waitOnAsync'] as const)("a Condition's notify here reaches who waits there: %s", async (role) => {
  const condition = new Condition();
  const bare = startBare(role, condition);
  expect(await bare.next()).toBe('Condition');
  expect(await bare.next()).toBe('waits');
  await condition.acquireAsync(); // not before it has let go
  condition.notify();
  condition.release();
  expect(await bare.next()).toBe(true);
});

test("a Condition's notify there reaches who waits here", async () => {
  const condition = new Condition();
  using _held = condition.hold();
  const notified = condition.waitAsync();
  const bare = startBare('notify', condition);
  expect(await bare.next()).toBe('Condition');
  expect(await notified).toBe(true);
  expect(await bare.next()).toBe('done');
});

test.each(['meet', 'meetAsync'] as const)('a Barrier is met in, and its action is called: %s', async (role) => {
  const rounds = new Value('i');
  const barrier = new Barrier(2, { action: (value: Value<'i'>) => void value.add(1), args: [rounds] });
  const bare = startBare(role, barrier);
  expect(await bare.next()).toBe('Barrier');
  const here = await barrier.waitAsync();
  expect([here, await bare.next()].sort()).toEqual([0, 1]);
  expect(rounds.value).toBe(1);
});
