import { countInside } from '#workers/kernels/pi.js';

/** countInside for pools whose tasks take one argument. */
export const countInsideRange = ([start, stop, samples, seed]: [number, number, number, number]): number =>
  countInside(start, stop, samples, seed);
