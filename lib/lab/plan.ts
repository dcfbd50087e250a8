/** What to measure within a budget: item counts, chunk sizes, numbers of threads, costs. */
import { pythonChunksize, staticSize } from '../pool/schedules.js';

/** 1, 2, 5, 10, … below `most`, and `most`. */
export function itemCounts(most: number): number[] {
  const counts: number[] = [];
  for (let power = 1; power < most; power *= 10) {
    for (const digit of [1, 2, 5]) if (digit * power < most) counts.push(digit * power);
  }
  return [...counts, most];
}

/** Beyond `most`, as long as that says where a pool would pay: twice, five times, ten times as many, … */
export function* furtherCounts(most: number, limit: number): Generator<number> {
  for (let power = most; power < limit; power *= 10) {
    for (const digit of [2, 5, 10]) if (digit * power <= limit) yield digit * power;
  }
}

/** The powers of two from 1 to n / threads, Python's rule of thumb, and one chunk a thread. */
export function chunksizes(n: number, threads: number): number[] {
  const most = staticSize(n, threads);
  const sizes = new Set([most, Math.min(most, pythonChunksize(n, threads))]);
  for (let size = 1; size < most; size *= 2) sizes.add(size);
  return [...sizes].sort((left, right) => left - right);
}

/** All up to four; then 6, 8, 12, 16, 24, … and `most`. */
export function threadCounts(most: number): number[] {
  const counts: number[] = [];
  for (let threads = 1; threads < most; threads = threads < 4 ? threads + 1 : nextStep(threads)) counts.push(threads);
  return [...counts, most];
}

/** 4 → 6 → 8 → 12 → 16: powers of two, and the halves between them. */
function nextStep(threads: number): number {
  const power = 2 ** Math.floor(Math.log2(threads));
  return threads === power ? 1.5 * power : 2 * power;
}

/** As many of `values`, from the first on, as take no more than `budget` in all; the first in any case. */
export function affordable(values: readonly number[], costOf: (value: number) => number, budget: number): number[] {
  let spent = 0;
  const taken: number[] = [];
  for (const value of values) {
    spent += costOf(value);
    if (taken.length > 0 && !(spent <= budget)) break;
    taken.push(value);
  }
  return taken;
}

/** `count` costs in equal steps of ratio from a tenth of `around` to thirty times it. */
export function costsAround(around: number, count: number): number[] {
  return Array.from({ length: count }, (_, k) => (around / 10) * 300 ** (k / (count - 1)));
}

const GOLDEN = (Math.sqrt(5) - 1) / 2;

/**
 * Which of n things the k-th of `count` is: evenly from all of them, so that a few are as costly as all. One of each
 * of `count` equal parts, but not always its first: costs that recur, every hundredth item a dear one, would be missed
 * or met each time. Where in its part follows the golden ratio, from the middle on. More than there are begin again.
 */
export function spreadOver(n: number, count: number): (k: number) => number {
  if (count > n) return (k) => k % n;
  return (k) => {
    const from = Math.floor((k * n) / count);
    const until = Math.floor(((k + 1) * n) / count);
    return from + Math.floor(((0.5 + k * GOLDEN) % 1) * (until - from));
  };
}

/**
 * The parts of the measuring in their order, and how much of the time may be spent when each has ended. What one
 * leaves over, those after it have.
 */
export const SHARES = {
  cost: 0.15,
  dispatch: 0.2,
  items: 0.5,
  chunksizes: 0.65,
  traces: 0.7,
  threads: 0.88,
  costs: 0.95,
  rest: 0.97,
} as const;

export type Part = keyof typeof SHARES;
