/** Monte Carlo π as it is usually written, over Math.random: what ./pi.ts is measured against. */

/** Hits in the quarter circle among stop − start points. Every call gives another count: Math.random has no seed. */
export function countInsideMathRandom(start: number, stop: number): number {
  let inside = 0;
  for (let i = start; i < stop; i++) {
    const x = Math.random();
    const y = Math.random();
    if (x * x + y * y < 1) inside++;
  }
  return inside;
}
