/** The table of living threads. */

import { afterEach, expect, test } from '@jest/globals';
import { deaths, isAlive, MAX_THREADS, threadEnded, threadTable } from '#lib/sync/threads.js';
import { Event } from '#lib/sync/event.js';
import { endThreads, start, Steps } from './start.js';

afterEach(endThreads);

const tokenOf = (id: number): number => id + 1;

test('there is one table, and the main thread is in it', () => {
  expect(threadTable()).toBe(threadTable());
  expect(isAlive(tokenOf(0))).toBe(true);
  expect(isAlive(tokenOf(12_345))).toBe(false);
});

test('a thread is alive from its start until its end is reported', async () => {
  const steps = new Steps();
  const thread = start('waitFor', new Event(), undefined, steps.words);
  await steps.reached(0);
  expect(isAlive(tokenOf(thread.threadId))).toBe(true);
  const before = deaths();
  await thread.terminate();
  expect(isAlive(tokenOf(thread.threadId))).toBe(false);
  expect(deaths()).toBeGreaterThan(before);
});

test('the ends of unknown threads change nothing else', () => {
  threadEnded(4_000_000);
  expect(isAlive(tokenOf(0))).toBe(true);
});

test('threads that come and go leave room for others', async () => {
  const slots = new Int32Array(threadTable());
  const taken = (): number => slots.filter((word) => word !== 0).length;
  await start('areOne', 1, 1).ended;
  const before = taken();
  for (let i = 0; i < 3; i++) await start('areOne', 1, 1).ended;
  expect(taken()).toBe(before);
});

test('a thread too many says so', async () => {
  const slots = new Int32Array(threadTable());
  const free: number[] = [];
  // Two words at the head, then two a slot.
  for (let slot = 2; slot < slots.length; slot += 2) if (slots[slot] === 0) free.push(slot);
  for (const slot of free) slots[slot] = 2 ** 30;
  await expect(start('areOne', 1, 1).result).rejects.toThrow(`granule can have ${MAX_THREADS} threads at a time`);
  for (const slot of free) slots[slot] = 0;
});
