/** What is measured: the powers of ten, as far as a call of that size lasts no longer than the longest may. */

export const STEPS = [1, 10, 100, 1_000, 10_000, 100_000, 1_000_000, 10_000_000];

const COUNTS = [1, 2, 10, 100, 1_000, 10_000];
const QUICK_COUNTS = [2, 100, 10_000];
/** Of both. */
export const LARGEST = 10_000;

/** Steps of a whole call: a tenth of a second, or so. */
const MOST = 100_000_000;
const QUICK_MOST = 1_000_000;

/** Python takes some fifty times as long for a step. */
const MOST_IN_PYTHON = 1_000_000;

export function countsFor(steps: number, quick: boolean): number[] {
  const most = quick ? QUICK_MOST : MOST;
  // Two items in any case: the least that two threads can share.
  return (quick ? QUICK_COUNTS : COUNTS).filter((count) => count <= 2 || steps * count <= most);
}

export const pythonTakesPart = (steps: number, count: number, quick: boolean): boolean =>
  steps * count <= (quick ? MOST_IN_PYTHON / 10 : MOST_IN_PYTHON);

/** A message an item: beyond this many the outcome is known, and only slow. */
export const byItemTakesPart = (count: number, quick: boolean): boolean => count <= (quick ? 100 : 1_000);
