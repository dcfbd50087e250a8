/**
 * Squares in a thread that counts the messages it posts, in a word of shared memory that it is told once: whichever
 * library posts them.
 */
import { countMessages } from '#lib/lab/messages.js';

/** From now on this thread's messages are counted there. A thread may be told more than once, and counts once. */
export function countIn(word: Int32Array): void {
  stop?.();
  stop = countMessages(word, 0);
}
let stop: (() => void) | undefined;

export const square = (x: number): number => x * x;
export const squares = (items: readonly number[]): number[] => items.map(square);
