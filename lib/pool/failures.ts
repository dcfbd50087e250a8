/**
 * A board's MIN_FAIL: the lowest of its items that has failed, or NO_FAILURE. A call that is not `settled` runs
 * nothing from there on, and rejects with the error of its lowest failing item.
 *
 * Writers: the runners, for items that failed as they ran, and the caller, for those that failed by its knowledge
 * (lost with a thread, out of time). Invariant: it only ever gets lower, by compare-exchange; the error of the item
 * that it names is on its way to the caller before.
 */
import { withEntry, type Posting } from './job.js';
import { B_MIN_FAIL, type ControlMap } from './layout.js';

/** The item `index` of the board at word `board` has failed. */
export function lowerMinFail(words: Int32Array, board: number, index: number): void {
  const at = board + B_MIN_FAIL;
  for (let least = Atomics.load(words, at); index < least; ) {
    const seen = Atomics.compareExchange(words, at, least, index);
    if (seen === least) return;
    least = seen;
  }
}

/** The caller: the posting's item has failed. */
export function noteFailure(map: ControlMap, { job, board }: Posting, index: number): void {
  job.notNumbers = true;
  lowerMinFail(map.words, map.board(board), index);
}

/** The caller: the posting's item has failed, and the error is known on this side only. */
export function failHere(map: ControlMap, posting: Posting, index: number, error: unknown): void {
  const { job, base } = posting;
  job.failedHere = withEntry(job.failedHere, base + index, error);
  noteFailure(map, posting, index);
}

/** The caller: `index` or an item before it has failed, on this board or on one of the job's that has come back. */
export function failsUpTo(map: ControlMap, { job, board, base }: Posting, index: number): boolean {
  return Atomics.load(map.words, map.board(board) + B_MIN_FAIL) <= index || job.minFail <= base + index;
}
