/**
 * The only file that calls Atomics.wait, Atomics.waitAsync and Atomics.notify.
 *
 * A *word* is an element of an Int32Array over shared memory. Two rules hold for everybody who
 * sleeps on one, so they are kept here:
 *
 * - No sleep is longer than the slow tick. A thread that is ended after a notify has woken it, but
 *   before it acted, takes that notify with it; whoever still sleeps then finds out by looking
 *   again. So a sleeper treats every return as "look again", whatever the reason.
 * - `waitAsync` cannot be taken back: a forgotten one stays in the engine's list and swallows the
 *   next `notify(1)`, and one with a timeout leaks its memory until it expires. So there is at most
 *   one a word and thread, without a timeout, and a word on which threads wait asynchronously is
 *   never one on which threads block; it is woken with `wake(words, index)`, all of it.
 */

import { noticeEnds } from './lifelines.js';

/** Milliseconds after which a sleeper looks again although nobody has woken it. */
export const SLOW_TICK = 250;

/** Wakes up to `count` (default: all) of those who sleep on the word; returns how many there were. */
export function wake(words: Int32Array, index: number, count = Infinity): number {
  return Atomics.notify(words, index, count);
}

/**
 * Blocks this thread while the word is `expected`, until a wake-up, `ms` milliseconds or the slow
 * tick, whichever comes first. The caller looks again after each return.
 */
export function sleep(words: Int32Array, index: number, expected: number, ms: number): void {
  if (Atomics.wait(words, index, expected, ms < SLOW_TICK ? ms : SLOW_TICK) === 'timed-out') noticeEnds();
}

/** By buffer and byte: the one asynchronous wait that this thread has under way there. */
const underWay = new WeakMap<ArrayBufferLike, Map<number, Promise<void>>>();

/**
 * A promise for the next wake-up of the word, or undefined if it is not `expected` (any more). It
 * has no timeout and does not keep the program alive; callers on one thread share it.
 */
export function changed(words: Int32Array, index: number, expected: number): Promise<void> | undefined {
  const byte = words.byteOffset + index * Int32Array.BYTES_PER_ELEMENT;
  const here = underWay.get(words.buffer)?.get(byte);
  if (here !== undefined) return Atomics.load(words, index) === expected ? here : undefined;

  const wait = Atomics.waitAsync(words, index, expected);
  if (!wait.async) return undefined;

  const waits = underWay.get(words.buffer) ?? new Map<number, Promise<void>>();
  underWay.set(words.buffer, waits);
  const woken = wait.value.then(() => {
    waits.delete(byte);
  });
  waits.set(byte, woken);
  return woken;
}
