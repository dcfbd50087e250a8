/**
 * How a call's items are cut into claims: pure functions from counts and measured times to sizes.
 *
 * Items are counted 0 … n - 1; "item" is whatever the board's cursor counts (an item, a grain of
 * items, a range of `parallelFor`). Threads claim consecutive ranges from a shared cursor until
 * nothing remains. The terms are OpenMP's (OpenMP API 5.2, section 11.5.3, `schedule` clause).
 * Nothing here allocates but `splitRange`: the threads call it between two claims.
 */

/**
 * - `static`: one equal range a thread, fixed before the call starts; `chunksize` plays no part.
 * - `dynamic`: chunks of `chunksize` items, taken by whichever thread is free.
 * - `guided`: a share of what remains, never below `chunksize`: large claims first, small ones last.
 * - `auto`: as guided, but sized by the time that items were measured to take; `chunksize` is the
 *   smallest claim where it is given.
 */
export type Schedule = 'static' | 'dynamic' | 'guided' | 'auto';

/** The index of a schedule is its code on the job board. */
export const SCHEDULES = ['static', 'dynamic', 'guided', 'auto'] as const satisfies readonly Schedule[];

const GUIDED = SCHEDULES.indexOf('guided');
const AUTO = SCHEDULES.indexOf('auto');

/** A cursor counts fewer items than this: it is an Int32, and keeps a factor of two in hand. */
export const MAX_CLAIMS = 2 ** 30;

/** Taking a claim: an atomic step, two readings of the clock and the publishing of a count. */
export const CLAIM_NS = 100;

/** Work below 20 claims' cost is not worth a claim: overhead stays under 5 %. */
export const LEAST_CLAIM_NS = 20 * CLAIM_NS;

/**
 * What `auto` aims a claim at: the length of a strip, after which a runner looks at the control word
 * anyway. At this size claims cost 0.04 %, so longer ones would gain nothing, and only make the wait
 * for the last thread longer.
 */
export const CLAIM_TARGET_NS = 250_000;

/**
 * The same for a range of `parallelFor`. A range is one call of the user's function, which may have to
 * set itself up, and cannot be cut: four times as long as foreseen, it still ends within 20 ms.
 */
export const RANGE_TARGET_NS = 5_000_000;

/**
 * So many ranges a thread at most. One index that was slow (its code was cold, the thread was paused) may say that
 * billions of them have to be cut into fives; this many take some hundredths of a second by
 * themselves, and a loop of an hour is still cut into ranges of 60 ms.
 */
export const MOST_RANGES = 65_536;

/** The size of `static`'s ranges: `[k * size, min(n, (k + 1) * size))`, at most one a thread. */
export function staticSize(n: number, threads: number): number {
  return Math.max(1, Math.ceil(n / threads));
}

/**
 * A share of what remains, never below `chunksize`: Polychronopoulos and Kuck, "Guided Self-Scheduling"
 * (IEEE Transactions on Computers, 1987), with half of their share, so that a costly first claim is no
 * more than half of a thread's part.
 */
export function guidedSize(remaining: number, threads: number, chunksize: number): number {
  return Math.max(chunksize, Math.ceil(remaining / (2 * threads)));
}

/**
 * The next claim of a runner whose last one had `last` items (0: none yet), at `nsPerItem` (0: not known).
 * Unknown work starts with one item and grows by four; known work starts at its size. Never above
 * `guidedSize`, so that the tail is shared out, unless that is too little work to be worth a claim.
 */
export function autoSize(
  remaining: number,
  threads: number,
  last: number,
  nsPerItem: number,
  chunksize = 1,
  targetNs = CLAIM_TARGET_NS,
): number {
  let size = nsPerItem > 0 ? Math.max(1, Math.floor(targetNs / nsPerItem)) : remaining;
  if (last > 0) size = Math.min(size, 4 * last);
  else if (!(nsPerItem > 0)) size = 1;
  const share = Math.ceil(remaining / (2 * threads));
  if (size > share) {
    const least = nsPerItem > 0 ? Math.ceil(LEAST_CLAIM_NS / nsPerItem) : 1;
    size = Math.max(share, Math.min(size, least));
  }
  return Math.max(size, chunksize);
}

/**
 * The next claim under any schedule, by code, between 1 and `remaining` (0 when nothing remains).
 * `chunksize` is what `firstChunksize` made of the option.
 */
export function claimSize(
  code: number,
  remaining: number,
  threads: number,
  chunksize: number,
  last: number,
  nsPerItem: number,
  targetNs = CLAIM_TARGET_NS,
): number {
  let size = chunksize;
  if (code === AUTO) size = autoSize(remaining, threads, last, nsPerItem, chunksize, targetNs);
  else if (code === GUIDED) size = guidedSize(remaining, threads, chunksize);
  return Math.min(size, Math.max(0, remaining));
}

/**
 * The chunksize that a job is posted with: the option where it is a number (`static` has its own), else
 * for `dynamic` the learned size, or Python's while the task is unknown; for `guided` and `auto` the
 * smallest claim, 1.
 */
export function firstChunksize(
  schedule: Schedule,
  chunksize: number | 'auto',
  n: number,
  threads: number,
  nsPerItem: number,
  targetNs = CLAIM_TARGET_NS,
): number {
  if (schedule === 'static') return staticSize(n, threads);
  if (chunksize !== 'auto') return chunksize;
  if (schedule !== 'dynamic') return 1;
  const fair = pythonChunksize(n, threads);
  if (!(nsPerItem > 0)) return fair;
  const least = Math.ceil(LEAST_CLAIM_NS / nsPerItem);
  return Math.max(1, Math.min(n, Math.max(least, Math.min(fair, Math.floor(targetNs / nsPerItem)))));
}

/**
 * Four chunks a worker: the default of Python's `Pool.map` (`Lib/multiprocessing/pool.py`, `_map_async`),
 * here at least 1. A rule of thumb that knows nothing of the task.
 */
export function pythonChunksize(n: number, threads: number): number {
  return Math.max(1, Math.ceil(n / (4 * threads)));
}

/**
 * The 'auto' of `parallelFor`: sixteen ranges a thread, so that a kernel whose cost grows along the range (primes
 * below n) still ends evenly; shorter ones where a measured item (here an index) makes those last longer
 * than the target, longer ones where they would not be worth a claim. Never more than MOST_RANGES a thread.
 */
export function rangeChunksize(n: number, threads: number, nsPerItem: number): number {
  const share = Math.max(1, Math.ceil(n / (16 * threads)));
  if (!(nsPerItem > 0)) return share;
  const most = Math.max(1, Math.floor(RANGE_TARGET_NS / nsPerItem));
  const least = Math.min(n, Math.ceil(LEAST_CLAIM_NS / nsPerItem));
  const finest = Math.ceil(n / (MOST_RANGES * threads));
  return Math.max(1, finest, Math.min(most, Math.max(share, least)));
}

/**
 * The 'auto' of `parallelReduce`: always Python's rule, never a measured size, because the boundaries
 * decide how floating-point results are grouped and must be the same in every run.
 */
export function reduceChunksize(n: number, threads: number): number {
  return pythonChunksize(n, threads);
}

/** [start, stop) cut into `count` ranges of `size`; the last may be shorter. */
export interface RangeSplit {
  readonly start: number;
  readonly stop: number;
  readonly size: number;
  readonly count: number;
}

/**
 * Cuts [start, stop), safe integers no more than 2^53 - 1 apart. Where `chunksize` would make
 * MAX_CLAIMS ranges or more, the size becomes the smallest multiple of it that does not.
 */
export function splitRange(start: number, stop: number, chunksize: number): RangeSplit {
  const length = Math.max(0, stop - start);
  const wanted = Math.min(chunksize, Math.max(1, length));
  // Exact for safe integers: length = q * size + r with r > 0 lies more than half an ulp above q.
  const count = Math.ceil(length / wanted);
  const size = count < MAX_CLAIMS ? wanted : wanted * Math.ceil(count / (MAX_CLAIMS - 1));
  return Object.freeze({ start, stop: start + length, size, count: Math.ceil(length / size) });
}

/** Where the k-th range begins. */
export function rangeStart(start: number, size: number, k: number): number {
  return start + k * size;
}

/** Where the k-th range ends (exclusive). */
export function rangeStop(start: number, stop: number, size: number, k: number): number {
  return Math.min(stop, start + (k + 1) * size);
}
