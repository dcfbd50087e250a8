/**
 * One clock for all threads of the process: `performance.now()` counts from each thread's own start, and both it
 * and `process.hrtime()` read the same monotonic clock of the system.
 */

/** Milliseconds to add to this thread's `performance.now()` for a time that another thread may compare. */
export const TO_SHARED_MS = difference();

/** Of four looks the one with the least time between its two readings: a thread may be preempted between them. */
function difference(): number {
  let least = Infinity;
  let found = 0;
  for (let look = 0; look < 4; look++) {
    const before = performance.now();
    const [seconds, nanoseconds] = process.hrtime();
    const after = performance.now();
    if (after - before >= least) continue;
    least = after - before;
    found = seconds * 1e3 + nanoseconds / 1e6 - (before + after) / 2;
  }
  return found;
}
