/**
 * Where the loop's first pass over the items stands, in memory that outlives its thread: two words, written by that
 * thread alone, before each item. 0: which item, counted from 1; 0 between passes. 1: when it was begun, in
 * milliseconds of Date.now(), as far as they go into a word. Whoever waits for the thread reads them when it has ended
 * or its time is up; an item that ends meanwhile is no item to complain of.
 */
export const MARKS_BYTES = 8;

export function markAt(marks: Int32Array, item: number): void {
  Atomics.store(marks, 1, Date.now() | 0);
  Atomics.store(marks, 0, item + 1);
}

export function markNothing(marks: Int32Array): void {
  Atomics.store(marks, 0, 0);
}

/** The item, and for how many milliseconds it has been under way. */
export function markedIn(marks: Int32Array): { readonly index: number; readonly ms: number } | undefined {
  const item = Atomics.load(marks, 0);
  if (item === 0) return undefined;
  return { index: item - 1, ms: (Date.now() - Atomics.load(marks, 1)) | 0 };
}
