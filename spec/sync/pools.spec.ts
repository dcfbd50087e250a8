/** Primitives in a pool's tasks: by every way in, and as the threads that hold them are lost. */

import { describe, expect, test } from '@jest/globals';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import {
  AbandonedLockError,
  Barrier,
  BoundedSemaphore,
  Condition,
  Event,
  Lock,
  RLock,
  RWLock,
  Semaphore,
  SharedArray,
  taskModule,
  WorkerLostError,
  type Acquirable,
} from 'granule';
import type * as Tasks from '../fixtures/sync/tasks.js';
import { reaches, sharedWords } from '../support/gate.js';
import { openPool } from '../support/pools.js';

const tasks = taskModule<typeof Tasks>(new URL('../fixtures/sync/tasks.js', import.meta.url));

/** One of each, in a state that a new one is not in. */
const states = {
  Lock: () => taken(new Lock()),
  RLock: () => taken(new RLock()),
  RWLock: () => {
    const lock = new RWLock();
    lock.read.acquire();
    return lock;
  },
  Semaphore: () => taken(new Semaphore(3)),
  BoundedSemaphore: () => taken(new BoundedSemaphore(3)),
  Event: () => {
    const event = new Event();
    event.set();
    return event;
  },
  Condition: () => taken(new Condition()),
  Barrier: () => {
    const barrier = new Barrier(2);
    barrier.abort();
    return barrier;
  },
};
type Primitive = ReturnType<(typeof states)[keyof typeof states]>;

function taken<T extends Acquirable>(one: T): T {
  one.acquire();
  return one;
}

describe('in a pool', () => {
  const each = Object.entries<() => Primitive>(states);

  test.each(each)('a %s arrives as what it is, by every way in', async (name, make) => {
    const one = make();
    const pool = openPool({ threads: 2, initializer: tasks.keep, initargs: [one] });
    // The depth of an RLock is its owner's alone to see.
    const shown = inspect(one).replace(', depth: 1', '');
    const names = name === 'BoundedSemaphore' ? 'BoundedSemaphore Semaphore' : name;
    const expected = [names, shown];
    expect(await pool.apply(tasks.arrived, [one])).toEqual(expected);
    expect(await pool.map(tasks.arrived, [one, one])).toEqual([expected, expected]);
    expect(await pool.starmap(tasks.arrivedSecond, [[0, one]])).toEqual([expected]);
    expect(await pool.map(tasks.arrivedSecond, [0], { args: [one] })).toEqual([expected]);
    expect(await pool.apply(tasks.arrivedNested, [{ parts: [{ one }] }])).toEqual(expected);
    expect(await pool.broadcast(tasks.arrivedBefore)).toEqual([expected, expected]);
    expect(await pool.apply((given: object) => given, [one])).toBe(one);
  });

  test('an object of an unknown class that holds shared memory arrives as plain data over that memory', async () => {
    class Grid {
      readonly cells = new Int32Array(new SharedArrayBuffer(16));
      readonly raw = new SharedArrayBuffer(8);
      readonly lock = new Lock();
    }
    const pool = openPool(1);
    const change = ({ cells, raw, lock }: Grid, by: number): boolean => {
      lock.acquire();
      cells[0] += by;
      new Uint8Array(raw)[0] += by;
      lock.release();
      return true;
    };
    const grid = new Grid();
    await pool.apply(change, [grid, 1]);
    await pool.starmap(change, [[grid, 10]]);
    await pool.map(change, [grid], { args: [100] });
    expect([grid.cells[0], new Uint8Array(grid.raw)[0], grid.lock.locked]).toEqual([111, 111, false]);
    await expect(pool.apply((given: Grid) => Object.getPrototypeOf(given) === Object.prototype, [grid])).resolves.toBe(
      true,
    );
  });

  test('lines printed under a lock do not interleave', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'granule-'));
    const file = join(folder, 'lines');
    const threads = [0, 1, 2, 3];
    await openPool(4).map(tasks.printLines, threads, { args: [50, file, new Lock()], chunksize: 1 });
    const lines = (await readFile(file, 'utf8')).trimEnd().split('\n');
    await rm(folder, { recursive: true });
    const expected = threads.flatMap((thread) => Array.from({ length: 50 }, (_, i) => `thread ${thread} line ${i}`));
    expect(lines.sort()).toEqual(expected.sort());
  });

  test('producers and consumers with two semaphores and a lock: what is put is taken once', async () => {
    const pool = openPool(4);
    const store = new SharedArray('i', 2 + 5);
    const ways = [new Semaphore(5), new Semaphore(0), new Semaphore(1)];
    const sums = [pool.apply(tasks.drain, [500, store, ways]), pool.apply(tasks.drain, [500, store, ways])];
    await Promise.all([
      pool.apply(tasks.fill, [0, 500, store, ways]),
      pool.apply(tasks.fill, [500, 1000, store, ways]),
    ]);
    const [one, other] = await Promise.all(sums);
    expect(one + other).toBe(499_500);
    expect(ways.map(({ value }) => value)).toEqual([5, 0, 1]);
  });
});

describe.each<[string, () => Lock | RLock | RWLock]>([
  ['Lock', () => new Lock()],
  ['RLock', () => new RLock()],
  ['RWLock', () => new RWLock()],
])('a %s whose owner is lost', (_, make) => {
  const sideOf = (lock: Lock | RLock | RWLock): Acquirable => ('write' in lock ? lock.write : lock);

  async function expectAbandoned(lock: Lock | RLock | RWLock): Promise<void> {
    expect(lock.abandoned).toBe(true);
    expect(() => sideOf(lock).acquire()).toThrow(AbandonedLockError);
    await expect(sideOf(lock).acquireAsync()).rejects.toThrow(AbandonedLockError);
    await expect(openPool(1).apply(tasks.waitBlocked, [lock, sharedWords(2)])).rejects.toMatchObject({
      code: 'ERR_GRANULE_ABANDONED_LOCK',
    });
    lock.reset();
    expect(sideOf(lock).acquire(0)).toBe(true);
    sideOf(lock).release();
  }

  test('by process.exit in a task', async () => {
    const lock = make();
    await expect(openPool(1).apply(tasks.exitHolding, [lock])).rejects.toThrow(WorkerLostError);
    await expectAbandoned(lock);
  });

  test('by running out of memory', async () => {
    const lock = make();
    const pool = openPool({ threads: 1, resourceLimits: { maxOldGenerationSizeMb: 24, maxYoungGenerationSizeMb: 4 } });
    const error: unknown = await pool.apply(tasks.exhaustMemoryHolding, [lock]).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(WorkerLostError);
    expect((error as WorkerLostError).cause).toMatchObject({ code: 'ERR_WORKER_OUT_OF_MEMORY' });
    await expectAbandoned(lock);
  });

  test('as its pool is terminated, while others wait, blocked and async', async () => {
    const lock = make();
    const words = sharedWords(2);
    const doomed = openPool(1);
    const stays = doomed.apply(tasks.stayHolding, [lock, words]);
    await reaches(words, 0, 1);
    const pool = openPool(2);
    const waiters = [
      pool.apply(tasks.waitBlocked, [lock, words]),
      pool.apply(tasks.waitAsync, [lock, words]),
      sideOf(lock).acquireAsync(),
    ];
    const codes = Promise.all(waiters.map((one) => one.catch((error: { code?: string }) => error.code)));
    await reaches(words, 0, 3);
    expect(lock.abandoned).toBe(false);
    const ended = doomed.terminate();
    await expect(stays).rejects.toThrow();
    await ended;
    expect(await codes).toEqual(waiters.map(() => 'ERR_GRANULE_ABANDONED_LOCK'));
    await expectAbandoned(lock);
  });

  test('with a call that was aborted', async () => {
    const lock = make();
    const words = sharedWords(2);
    const abort = new AbortController();
    const call = openPool(1).apply(tasks.stayHolding, [lock, words], { signal: abort.signal });
    await reaches(words, 0, 1);
    abort.abort('enough');
    await expect(call).rejects.toBe('enough');
    await expect(sideOf(lock).acquireAsync()).rejects.toThrow(AbandonedLockError); // once the thread has ended
    await expectAbandoned(lock);
  });
});
