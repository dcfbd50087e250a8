/** Several threads at once, with totals that are exact. */

import { describe, expect, test } from '@jest/globals';
import { Event, ShareableList, SharedArray, SharedMemory, taskModule, Value } from 'granule';
import type * as Tasks from '../fixtures/memory/tasks.js';
import { openPool } from '../support/pools.js';

const tasks = taskModule<typeof Tasks>(new URL('../fixtures/memory/tasks.js', import.meta.url));
const TIMES = 100_000;

describe('four threads', () => {
  test('add to one integer: nothing is lost', async () => {
    const value = new Value('i');
    await openPool(4).starmap(tasks.addTimes, [1, 2, 3, 4].map((delta) => [value, delta, TIMES]));
    expect(value.value).toBe(10 * TIMES);
  });

  test('increments and decrements of 100 000 each end at 0', async () => {
    const value = new Value('i');
    await openPool(4).starmap(tasks.addTimes, [1, -1, 1, -1].map((delta) => [value, delta, TIMES]));
    expect(value.value).toBe(0);
  });

  test.each(['i', 'd'] as const)('read and write one value of code %s under its lock', async (code) => {
    const value = new Value(code);
    await openPool(4).starmap(tasks.addTimesLocked, [1, -1, 1, -1].map((delta) => [value as Value, delta, TIMES]));
    expect(value.value).toBe(0);
  });

  test.each(['d', 'f'] as const)('add to one float of code %s', async (code) => {
    const value = new Value(code);
    await openPool(4).starmap(tasks.addTimesFloat, [0.5, 0.5, 0.25, 0.25].map((delta) => [value, delta, TIMES]));
    expect(value.value).toBe(1.5 * TIMES);
  });

  test('multiply one number by compareExchange()', async () => {
    const value = new Value('d', 1, { lock: false });
    await openPool(4).starmap(tasks.multiplyTimes, [2, 0.5, 2, 0.5].map((factor) => [value, factor, 200]));
    expect(value.value).toBe(1);
  });

  test('fill slices of one array', async () => {
    const array = new SharedArray('d', 40_000);
    const slices = [0, 1, 2, 3].map((i) => [i * 10_000, (i + 1) * 10_000, array] as [number, number, typeof array]);
    await openPool(4).starmap(tasks.fillSlice, slices);
    expect(array.view.every((value, i) => value === Math.sqrt(i))).toBe(true);
  });

  test('rewrite one slot: no string is ever half another', async () => {
    const list = new ShareableList(['x'.repeat(500)]);
    const letters = ['a', 'b', 'c', 'd'];
    const torn = await openPool(4).starmap(tasks.rewriteSlot, letters.map((letter) => [list, letter, 500, 5_000]));
    expect(torn).toEqual([0, 0, 0, 0]);
    list.shm.close();
    list.shm.unlink();
  });
});

test('a thread attaches by name to a new block while the main thread is blocked', async () => {
  const pool = openPool(1);
  const [here, cue, done] = [new Event(), new Event(), new Event()];
  const name = 'made while you waited';
  const attached = pool.apply(tasks.attachOnCue, [here, cue, done, name]);
  await here.waitAsync();
  const memory = new SharedMemory({ name, create: true, size: 5 << 20 });
  memory.buf[0] = 41;
  cue.set();
  expect(done.wait(20_000)).toBe(true); // no turn of this thread's event loop until the other is done
  expect(memory.buf[1]).toBe(42);
  await expect(attached).resolves.toBe(name);
  memory.close();
  memory.unlink();
});
