/**
 * Claims of a watched call, in shared memory. Words: 0, how many claims there were; 1, how many messages were
 * posted; both added to by all threads. Then the claims, six doubles each: thread id, board, from, until, begun and
 * done (NaN: not yet), each written by the one thread whose add gave it the entry. The caller reads them when the
 * call has settled, which is after its runners' completion words (lib/pool/layout.ts), and so after all of it.
 */
export const FIELDS = 6;
const WORDS_BYTES = 16;

export interface Records {
  readonly words: Int32Array;
  readonly doubles: Float64Array;
  /** Claims that there is room for. */
  readonly capacity: number;
}

export function recordsOf(memory: SharedArrayBuffer): Records {
  const doubles = new Float64Array(memory, WORDS_BYTES);
  return { words: new Int32Array(memory, 0, WORDS_BYTES / 4), doubles, capacity: Math.floor(doubles.length / FIELDS) };
}

export function recordsBytes(capacity: number): number {
  return WORDS_BYTES + 8 * FIELDS * capacity;
}
