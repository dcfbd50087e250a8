/** Every class arrives in a pool's threads as what it is, over the same memory, by every way in. */

import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import {
  fromShared,
  Lock,
  Pool,
  RLock,
  ShareableList,
  SharedArray,
  SharedMemory,
  taskModule,
  toShared,
  Value,
} from 'granule';
import type * as Tasks from '../fixtures/memory/tasks.js';
import { openPool } from '../support/pools.js';

const tasks = taskModule<typeof Tasks>(new URL('../fixtures/memory/tasks.js', import.meta.url));

/** One of each, what a task does to it, and what is then seen here. */
const cases = {
  Value: {
    make: () => new Value('i', 5),
    change: (value: Value<'i'>) => { value.value = 6; },
    look: (value: Value<'i'>) => value.value === 6,
  },
  SharedArray: {
    make: () => new SharedArray('q', 4),
    change: (array: SharedArray<'q'>) => { array.set(-1, 7n); },
    look: (array: SharedArray<'q'>) => array.at(3) === 7n,
  },
  SharedMemory: {
    make: () => new SharedMemory({ create: true, size: 10 }),
    change: (memory: SharedMemory) => { memory.buf[9] = 1; },
    look: (memory: SharedMemory) => memory.buf[9] === 1,
  },
  ShareableList: {
    make: () => new ShareableList(['long enough', 1]),
    change: (list: ShareableList) => { list.set(0, 'changed'); },
    look: (list: ShareableList) => list.at(0) === 'changed',
  },
  Lock: {
    make: () => new Lock(),
    change: (lock: Lock) => { lock.acquire(); },
    look: (lock: Lock) => lock.locked,
  },
  RLock: {
    make: () => new RLock(),
    change: (lock: RLock) => { lock.acquire(); },
    look: (lock: RLock) => lock.locked,
  },
} as const;

type Any = ReturnType<(typeof cases)[keyof typeof cases]['make']>;
interface Case {
  readonly make: () => Any;
  readonly change: (one: never) => void;
  readonly look: (one: never) => boolean;
}

describe.each(Object.entries(cases) as [keyof typeof cases, Case][])('%s', (name, { make, change, look }) => {
  const task = change as (one: Any) => void;
  let pool: Pool;
  beforeAll(() => { pool = new Pool(2); });
  afterAll(() => pool.terminate());

  test.each<[string, (one: Any) => Promise<unknown>]>([
    ['args', (one) => pool.apply(task, [one])],
    ['an item', (one) => pool.map(task, [one])],
    ["a starmap's tuple", (one) => pool.starmap(task, [[one]])],
    ['the args of a map', (one) => pool.map(tasks.second, [1], { args: [one] })],
  ])('arrives by %s', async (way, send) => {
    const one = make();
    const got = await send(one);
    if (way === 'the args of a map') expect(got).toEqual([name]);
    else expect(look(one as never)).toBe(true);
    if (one instanceof SharedMemory) one.unlink();
    if (one instanceof ShareableList) one.shm.unlink();
  });

  test('comes back as it is, over the same memory', async () => {
    const one = make();
    const back = await pool.apply((given: Any) => given, [one]);
    expect(back).toBeInstanceOf(one.constructor);
    change(back as never);
    expect(look(one as never)).toBe(true);
  });

  test('crosses as a handle', () => {
    const one = make();
    const back = fromShared<Any>(structuredClone(toShared(one)));
    change(back as never);
    expect(look(one as never)).toBe(true);
  });
});

describe('in a pool', () => {
  test('shareables arrive nested in plain objects and arrays, with their locks', async () => {
    const pool = openPool();
    const value = new Value('i');
    const list = new ShareableList(['unseen']);
    const lock = new Lock();
    const given = { parts: [value, { lock, list }] } as const;
    await expect(pool.apply(tasks.nested, [given])).resolves.toBe('Value ShareableList true');
    expect([value.value, list.at(0), lock.locked]).toEqual([1, 'seen', false]);
  });

  test('an initializer may keep what it gets in initargs', async () => {
    const value = new Value('i');
    const pool = openPool({ threads: 2, initializer: tasks.keep, initargs: [value] });
    await pool.map(tasks.addToKept, [1, 2, 3, 4]);
    expect(value.value).toBe(10);
  });

  test("a Value's own lock is the same one there, and so is a lock that two share", async () => {
    const pool = openPool();
    const lock = new Lock();
    const [value, array] = [new Value('i', 0, { lock }), new SharedArray('i', 1, { lock })];
    const same = (v: Value<'i'>, a: SharedArray<'i'>, l: Lock): boolean[] => [
      v.getLock() === a.getLock(),
      v.getLock() === l,
      l.acquire(0),
    ];
    lock.acquire();
    await expect(pool.apply(same, [value, array, lock])).resolves.toEqual([true, true, false]);
    lock.release();
    const own = new Value('i');
    const take = (v: Value<'i'>): boolean => v.getLock().acquire(0);
    own.getLock().acquire();
    await expect(pool.apply(take, [own])).resolves.toBe(false);
  });

  test('a block that arrives again is the same object there', async () => {
    const pool = openPool(1);
    const memory = new SharedMemory({ create: true, size: 1 });
    const remember = (given: SharedMemory): boolean => {
      const seen = globalThis as { seen?: SharedMemory };
      const known = seen.seen === given;
      seen.seen = given;
      return known;
    };
    await expect(pool.map(remember, [memory, memory, memory], { chunksize: 1 })).resolves.toEqual([false, true, true]);
    memory.close();
    memory.unlink();
  });

  test('a block that was closed does not start on its way', async () => {
    const pool = openPool(1);
    const memory = new SharedMemory({ create: true, size: 1 });
    memory.close();
    await expect(pool.apply(tasks.writeByte, [memory, 0, 1])).rejects.toThrow('was closed in this thread');
    memory.unlink();
  });

  test('a SharedArray is what parallelFor loops over', async () => {
    const array = new SharedArray('d', 10_000);
    await openPool(4).parallelFor(tasks.fillSlice, array.length, { args: [array] });
    expect([...array]).toEqual(Array.from({ length: 10_000 }, (_, i) => Math.sqrt(i)));
  });
});

test('a Worker started without granule gets each as a handle', async () => {
  const value = new Value('i', 1);
  const memory = new SharedMemory({ create: true, size: 8 });
  const list = new ShareableList(['here']);
  const worker = new Worker(new URL('../fixtures/memory/bare.js', import.meta.url), {
    workerData: { value: toShared(value), memory: toShared(memory), list: toShared(list) },
  });
  // Of a worker that has ended by the time its message is heard, both events come in one turn.
  const ended = once(worker, 'exit');
  const [answer] = (await once(worker, 'message')) as [unknown];
  expect(answer).toEqual({ name: memory.name, byName: 'ERR_GRANULE_SHARED_MEMORY_NOT_FOUND' });
  expect([value.value, memory.buf[7], list.at(0)]).toEqual([2, 9, 'gone']);
  await ended;
  memory.close();
  memory.unlink();
});
