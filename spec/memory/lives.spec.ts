/** What becomes of named blocks as threads end, in whatever way and at whatever moment. */

import { afterEach, describe, expect, test } from '@jest/globals';
import {
  Pool,
  ShareableList,
  SharedMemory,
  SharedMemoryExistsError,
  SharedMemoryNotFoundError,
  taskModule,
} from 'granule';
import { SEAT_WORDS } from '#lib/memory/attachments.js';
import { heapMemory } from '#lib/memory/home-heap.js';
import { MUTEX_WORDS } from '#lib/sync/mutex.js';
import { HEADER } from '#lib/sync/words.js';
import type * as Tasks from '../fixtures/memory/tasks.js';
import { endThreads, start, type Role } from './start.js';

const tasks = taskModule<typeof Tasks>(new URL('../fixtures/memory/tasks.js', import.meta.url));
afterEach(endThreads);

const placeOf = (memory: SharedMemory): number => memory.buf.byteOffset;
/** Whether it lies where that block was. */
const covers = (memory: SharedMemory, place: number): boolean =>
  placeOf(memory) <= place && place < placeOf(memory) + memory.size;

function drop(...blocks: SharedMemory[]): void {
  for (const memory of blocks) {
    memory.close();
    memory.unlink();
  }
}

/** A thread may have ended between making it and unlink(). */
function unlinkIfThere(name: string): void {
  try {
    drop(new SharedMemory({ name }));
  } catch (error) {
    if (!(error instanceof SharedMemoryNotFoundError)) throw error;
  }
}

test('a name outlives the thread that made it, until unlink()', async () => {
  const maker = new Pool(1);
  await maker.apply(tasks.createNamed, ['legacy', 100, 7]);
  await maker.terminate();
  const reader = new Pool(1);
  await expect(reader.apply(tasks.attachAndRead, ['legacy', 99])).resolves.toBe(7);
  await reader.terminate();
  const memory = new SharedMemory({ name: 'legacy' });
  expect(memory.buf.every((byte) => byte === 7)).toBe(true);
  expect(() => new SharedMemory({ name: 'legacy', create: true, size: 1 })).toThrow(SharedMemoryExistsError);
  drop(memory);
});

test.each<[string, Role]>([
  ['terminated', 'attachAndStay'],
  ['ending by itself', 'attachAndExit'],
])('what a thread was attached to is freed with it, and not before: %s', async (how, role) => {
  const memory = new SharedMemory({ create: true, size: 3000 });
  const place = placeOf(memory);
  const thread = start(role, memory.name);
  await thread.says('attached');
  drop(memory);
  const meanwhile = new SharedMemory({ create: true, size: 3000 });
  expect(covers(meanwhile, place)).toBe(false);
  if (how === 'terminated') await thread.terminate();
  else thread.tell();
  await thread.ended;
  const next = new SharedMemory({ create: true, size: 3000 });
  expect(covers(next, place)).toBe(true);
  expect(next.buf.every((byte) => byte === 0)).toBe(true);
  drop(meanwhile, next);
});

test('a list goes on after a thread that ended in the midst of a step on it', async () => {
  const list = new ShareableList(['whole', 1]);
  const thread = start('endInList', list.shm.name);
  await thread.ended;
  expect([...list]).toEqual(['whole', 1]);
  list.set(0, 'anew');
  expect(list.at(0)).toBe('anew');
  drop(list.shm);
});

test('of 257 threads one is refused, until another has ended', async () => {
  const memory = new SharedMemory({ name: 'crowded', create: true, size: 10 });
  memory.buf[0] = 5;
  const words = new Int32Array(heapMemory(), 0, 2000);
  const seats = HEADER + MUTEX_WORDS + 6;
  const free = Array.from({ length: SEAT_WORDS }, (_, i) => seats + i).filter((seat) => words[seat] === 0);
  for (const seat of free) words[seat] = 4_000_000 * 2 + 1; // a thread whose end nobody is told of
  const pool = new Pool(1);
  await expect(pool.apply(tasks.attachAndRead, ['crowded', 0])).rejects.toThrow(
    'At most 256 threads can use named memory at a time',
  );
  words[free[0]] = 0;
  await expect(pool.apply(tasks.attachAndRead, ['crowded', 0])).resolves.toBe(5);
  for (const seat of free.slice(1)) words[seat] = 0;
  await pool.terminate();
  drop(memory);
});

describe('a thread that ends while it changes the heap', () => {
  test('leaves it locked and in pieces: the next one sets it right', async () => {
    const kept = new SharedMemory({ name: 'kept', create: true, size: 100 });
    const [freed, after] = [1, 2].map(() => new SharedMemory({ create: true, size: 5000 }));
    const place = placeOf(freed);
    drop(freed);
    const thread = start('breakHeap');
    await thread.ended;
    const found = new SharedMemory({ name: 'kept' });
    expect(placeOf(found)).toBe(placeOf(kept));
    const next = new SharedMemory({ create: true, size: 5000 });
    expect(covers(next, place)).toBe(true);
    drop(kept, after, found, next);
  });

  test('at any moment: blocks stay apart, and all memory is found again', async () => {
    const before = new SharedMemory({ name: 'witness', create: true, size: 1000 });
    before.buf.fill(200);
    const round = async (): Promise<void> => {
      const names = ['churn 1', 'churn 2'];
      const threads = names.map((name) => start('churn', name));
      await Promise.all(threads.map((thread) => thread.says('churning')));
      await Promise.all(threads.map((thread) => thread.terminate()));
      for (const name of names) unlinkIfThere(name);
      const blocks = Array.from({ length: 20 }, (_, i) => new SharedMemory({ create: true, size: 700 * (i + 1) }));
      for (const [i, memory] of blocks.entries()) memory.buf.fill(i + 1);
      expect(blocks.every((memory, i) => memory.buf.every((byte) => byte === i + 1))).toBe(true);
      drop(...blocks);
    };
    for (let i = 0; i < 16; i++) await round();
    // A round uses up to 1 MB: if its threads left that behind, it would be 16.
    expect(heapMemory().byteLength).toBeLessThanOrEqual(5 << 20);
    expect(before.buf.every((byte) => byte === 200)).toBe(true);
    drop(before);
  });
});
