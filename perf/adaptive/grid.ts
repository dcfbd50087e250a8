/** Task costs of 10 ns to 10 ms (a step takes about a nanosecond), and as many items as make up to 10 ms. */

export const STEPS = [10, 100, 1_000, 10_000, 100_000, 1_000_000, 10_000_000];

const COUNTS = [1, 10, 100, 1_000, 10_000, 100_000, 1_000_000];
const QUICK_COUNTS = [1, 100, 10_000];
const MOST = 10_000_000;
const QUICK_MOST = 1_000_000;

export function countsFor(steps: number, quick: boolean): number[] {
  const most = quick ? QUICK_MOST : MOST;
  return (quick ? QUICK_COUNTS : COUNTS).filter((count) => count === 1 || steps * count <= most);
}
