/**
 * Monte Carlo π: points thrown into the square [-1, 1)², hits counted in the disc. By symmetry that
 * is the quarter circle in the unit square, with the sign bits put to use.
 *
 * The samples are dealt out to a fixed number of streams, each with its own stretch of the generator,
 * and a range of the kernel is a range of streams: whatever the chunks and the threads, every stream
 * is run from its own start, so that a seed gives one count of hits. The argument is in
 * docs/design/random.md.
 */
import { streamState, toNextStream, type State } from './xoshiro128.js';

// A name of the module's own: in a VM context, such as Jest's, every look at the global object costs 100 ns.
const { imul } = Math;

/** Streams that a run is made of: enough to even out 1000 threads, few enough to cost nothing. */
export const STREAMS = 4096;

/**
 * Short enough that the first calls end before V8 thinks the loop hot. Else it compiles the loop while it runs
 * (on-stack replacement) and knows nothing yet of the code after it: with 2^20 samples a call, every second
 * process was left with that early code, at half the speed.
 */
const SAMPLES_PER_CALL = 1024;

/**
 * Hits among the samples of the streams [start, stop), of the `samples` (up to 2^53 − 1) that all
 * STREAMS together throw. `seed` is any safe integer.
 */
export function countInside(start: number, stop: number, samples: number, seed: number): number {
  let inside = 0;
  let origin: State | undefined;
  for (let stream = start; stream < stop; stream++) {
    origin = origin === undefined ? streamState(seed, stream) : toNextStream(origin, seed, stream - 1);
    const state = origin.slice();
    for (let left = samplesOf(stream, samples); left > 0; left -= SAMPLES_PER_CALL) {
      inside += throwPoints(state, Math.min(left, SAMPLES_PER_CALL));
    }
  }
  return inside;
}

/** The share of one stream: equal shares, the remainder going one each to the first streams. */
export function samplesOf(stream: number, samples: number): number {
  return Math.floor(samples / STREAMS) + (stream < samples % STREAMS ? 1 : 0);
}

/**
 * One output of xoshiro128++ (the step is written out from ./xoshiro128.ts) is a point: x from its upper
 * half, y from its lower one, in units of 2^-15. That names the lower corner of a cell of the square; the
 * squared distances of its other corners differ by less than 2 · √2 · 2^15 + 2 < 2^17 wherever the circle
 * runs, so that most cells are wholly in or wholly out. For the rest, two points in ten thousand, a second
 * output adds 16 bits to either coordinate: the verdict on 32-bit coordinates for the price of one output,
 * and with a branch that is all but never taken.
 *
 * a² + b² − 2^30 fits an int32 (a² + b² itself, up to 2^31, does not quite: it may wrap on the way).
 */
function throwPoints(state: State, count: number): number {
  let s0 = state[0];
  let s1 = state[1];
  let s2 = state[2];
  let s3 = state[3];
  let inside = 0;
  for (let i = 0; i < count; i++) {
    let sum = (s0 + s3) | 0;
    const point = (((sum << 7) | (sum >>> 25)) + s0) | 0;
    let t = s1 << 9;
    s2 ^= s0;
    s3 ^= s1;
    s1 ^= s2;
    s0 ^= s3;
    s2 ^= t;
    s3 = (s3 << 11) | (s3 >>> 21);

    const a = point >> 16;
    const b = (point << 16) >> 16;
    let excess = (imul(a, a) + imul(b, b) - 0x4000_0000) | 0;
    if ((excess + 0x2_0000) >>> 0 < 0x4_0000) {
      sum = (s0 + s3) | 0;
      const finer = (((sum << 7) | (sum >>> 25)) + s0) | 0;
      t = s1 << 9;
      s2 ^= s0;
      s3 ^= s1;
      s1 ^= s2;
      s0 ^= s3;
      s2 ^= t;
      s3 = (s3 << 11) | (s3 >>> 21);
      const x = a * 0x1_0000 + (finer >>> 16) + 0.5;
      const y = b * 0x1_0000 + (finer & 0xffff) + 0.5;
      excess = x * x + y * y < 2 ** 62 ? -1 : 0;
    }
    inside += excess >>> 31;
  }
  state[0] = s0;
  state[1] = s1;
  state[2] = s2;
  state[3] = s3;
  return inside;
}
