/**
 * Who holds a lock, in one word: twice the thread's token, + 1 if it is *unwatched*: a thread of
 * another table than the lock's, whose end nobody would be told of. Never 0.
 */

import { deaths, inTable, isAlive, self } from './threads.js';
import { TABLE } from './words.js';

export type Owner = number;

const UNWATCHED = 1;

/** This thread as an owner of that memory's lock. */
export function ownerFor(words: Int32Array): Owner {
  return self * 2 + (inTable(words[TABLE]) ? 0 : UNWATCHED);
}

/** Whether that owner's thread has ended, as far as this thread can know. */
export function hasEnded(words: Int32Array, owner: Owner): boolean {
  return (owner & UNWATCHED) === 0 && inTable(words[TABLE]) && !isAlive(owner >> 1);
}

/** Changes whenever an owner may have ended. */
export function endings(words: Int32Array): number {
  return inTable(words[TABLE]) ? deaths() : 0;
}

/** The owner as people know it, for messages and inspection. */
export function threadName(owner: Owner): string {
  return `thread ${(owner >> 1) - 1}`;
}
