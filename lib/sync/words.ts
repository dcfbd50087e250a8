/**
 * The memory of a primitive: a few words in a SharedArrayBuffer of its own, which opens with
 *
 *   TABLE            which table of threads its owners are looked up in
 *   MAKER, SERIAL    its name: the thread that made it, and the how-manieth there
 *
 * Written once, before the memory is shared. A thread that receives the same memory twice gets the
 * same object both times, so that all its async waiters on one lock stand in one queue.
 */

import { types } from 'node:util';
import { broken } from '../tasks/show.js';
import { threadState } from '../tasks/thread-state.js';
import { self, tableId } from './threads.js';

/** Words before a primitive's own. */
export const HEADER = 4; // the fourth is padding: what follows may hold 64-bit words

/** The index of the table's id. */
export const TABLE = 0;
const MAKER = 1;
const SERIAL = 2;

const made = threadState('primitives made', () => ({ count: 0 }));

const ours = new WeakSet<object>();

/** Memory that allocate() or adopt() made an array of: what else a constructor is given is the user's mistake. */
export function isWords(value: unknown): value is Int32Array {
  return typeof value === 'object' && value !== null && ours.has(value);
}

/** Fresh memory with room for `size` words after the header. */
export function allocate(size: number): Int32Array {
  const words = new Int32Array(new SharedArrayBuffer((HEADER + size) * Int32Array.BYTES_PER_ELEMENT));
  words[TABLE] = tableId();
  words[MAKER] = self;
  words[SERIAL] = made.count++;
  ours.add(words);
  return words;
}

// ─────────────────────────── One memory, one object ───────────────────────────

const objects = threadState('primitives', () => new Map<string, WeakRef<object>>());
const forgotten = new FinalizationRegistry<string>((name) => {
  if (objects.get(name)?.deref() === undefined) objects.delete(name);
});

function nameOf(words: Int32Array): string {
  return `${words[TABLE]}:${words[MAKER]}:${words[SERIAL]}`;
}

/** To be called as an object is passed on, so that it is found again if it comes back. */
export function remember(words: Int32Array, object: object): void {
  const name = nameOf(words);
  if (objects.get(name)?.deref() === object) return;
  objects.set(name, new WeakRef(object));
  forgotten.register(object, name);
}

/** This thread's object over that memory, made by `make` if there is none yet. */
export function adopt<T extends object>(memory: SharedArrayBuffer, make: (words: Int32Array) => T): T {
  if (!types.isSharedArrayBuffer(memory)) throw new TypeError(broken('handle', 'one that toShared() made', memory));
  const words = new Int32Array(memory);
  const known = objects.get(nameOf(words))?.deref();
  if (known !== undefined) return known as T;
  ours.add(words);
  const object = make(words);
  remember(words, object);
  return object;
}
