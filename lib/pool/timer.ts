/**
 * A timer for any length of time. `setTimeout` keeps its delay in an Int32 and fires after 1 ms, with a
 * warning, where it does not fit: longer delays are run in legs.
 */

/** The longest delay that setTimeout takes: 2^31 - 1 ms, 24.8 days. */
export const LONGEST_LEG = 2 ** 31 - 1;

/** Nothing to cancel: what `startTimer` returns for Infinity. */
const noTimer = (): void => {};

/**
 * Calls `expire` once, `ms` milliseconds from now (Infinity: never), unless the returned function was
 * called before. Keeps the program alive until either; cancelling twice is harmless.
 */
export function startTimer(ms: number, expire: () => void): () => void {
  if (ms === Infinity) return noTimer;
  let rest = ms;
  const startLeg = (): NodeJS.Timeout => {
    const leg = Math.min(rest, LONGEST_LEG);
    return setTimeout(() => {
      rest -= leg;
      if (rest > 0) timer = startLeg();
      else expire();
    }, leg);
  };
  let timer = startLeg();
  return () => clearTimeout(timer);
}
