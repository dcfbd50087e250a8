/**
 * xoshiro128++ 1.0, after David Blackman and Sebastiano Vigna, "Scrambled Linear Pseudorandom Number
 * Generators", ACM Trans. Math. Softw. 47(4), 2021 (https://prng.di.unimi.it/): 128 bits of state,
 * period 2^128 − 1, 32-bit outputs without a weak bit. Seeded by SplitMix64 (Steele, Lea and Flood,
 * "Fast Splittable Pseudorandom Number Generators", OOPSLA 2014), as its authors advise.
 *
 * Why this generator and how its streams are cut: docs/design/random.md.
 */

/** The generator's four words, never all zero. */
export type State = Int32Array;

// The authors' jump polynomials: x^(2^64) and x^(2^96) modulo the characteristic polynomial of the
// generator's step, lowest coefficients first. All generators of the xoshiro128 family share them.
const JUMP = [0x8764000b, 0xf542d2d3, 0x6fa035c3, 0x77f2db5b] as const;
const LONG_JUMP = [0xb523952e, 0x0b6f099f, 0xccf5a0ef, 0x1c580662] as const;

/** Streams that lie 2^64 outputs apart before the next group of them starts 2^96 further on. */
const STREAMS_PER_LONG_JUMP = 64;

/** The state that a seed (any safe integer) stands for: two outputs of SplitMix64. */
export function seededState(seed: number): State {
  const state = new Int32Array(4);
  let counter = BigInt(seed);
  for (let word = 0; word < 4; word += 2) {
    counter += 0x9e3779b97f4a7c15n;
    let mixed = BigInt.asUintN(64, counter);
    mixed = BigInt.asUintN(64, (mixed ^ (mixed >> 30n)) * 0xbf58476d1ce4e5b9n);
    mixed = BigInt.asUintN(64, (mixed ^ (mixed >> 27n)) * 0x94d049bb133111ebn);
    mixed ^= mixed >> 31n;
    state[word] = Number(mixed & 0xffffffffn);
    state[word + 1] = Number(mixed >> 32n);
  }
  return state; // SplitMix64 is a bijection of its counter: at most one of two outputs is 0
}

/** The next output, as a signed 32-bit integer. Hot loops write this out, with the state in locals. */
export function next(state: State): number {
  let s0 = state[0];
  let s1 = state[1];
  let s2 = state[2];
  let s3 = state[3];
  const sum = (s0 + s3) | 0;
  const output = (((sum << 7) | (sum >>> 25)) + s0) | 0;
  const t = s1 << 9;
  s2 ^= s0;
  s3 ^= s1;
  s1 ^= s2;
  s0 ^= s3;
  s2 ^= t;
  s3 = (s3 << 11) | (s3 >>> 21);
  state[0] = s0;
  state[1] = s1;
  state[2] = s2;
  state[3] = s3;
  return output;
}

/** Moves 2^64 outputs ahead. */
export function jump(state: State): void {
  advance(state, JUMP);
}

/** Moves 2^96 outputs ahead. */
export function longJump(state: State): void {
  advance(state, LONG_JUMP);
}

/**
 * Where a stream starts: no two streams of a seed meet within 2^64 outputs. Takes up to 63 jumps and
 * stream / 64 long ones (0.3 µs each); from a stream to the one after it, `toNextStream` takes one.
 */
export function streamState(seed: number, stream: number): State {
  const state = seededState(seed);
  for (let i = Math.floor(stream / STREAMS_PER_LONG_JUMP); i > 0; i--) longJump(state);
  for (let i = stream % STREAMS_PER_LONG_JUMP; i > 0; i--) jump(state);
  return state;
}

/** The start of stream + 1, given that of `stream`, which is overwritten where that is the cheaper way. */
export function toNextStream(state: State, seed: number, stream: number): State {
  if ((stream + 1) % STREAMS_PER_LONG_JUMP === 0) return streamState(seed, stream + 1);
  jump(state);
  return state;
}

/** Replaces the state s by p(T)·s, T being the generator's linear step and p the polynomial. */
function advance(state: State, polynomial: readonly number[]): void {
  let s0 = state[0];
  let s1 = state[1];
  let s2 = state[2];
  let s3 = state[3];
  let a0 = 0;
  let a1 = 0;
  let a2 = 0;
  let a3 = 0;
  for (const coefficients of polynomial) {
    for (let bit = 0; bit < 32; bit++) {
      const mask = -((coefficients >>> bit) & 1);
      a0 ^= s0 & mask;
      a1 ^= s1 & mask;
      a2 ^= s2 & mask;
      a3 ^= s3 & mask;
      const t = s1 << 9;
      s2 ^= s0;
      s3 ^= s1;
      s1 ^= s2;
      s0 ^= s3;
      s2 ^= t;
      s3 = (s3 << 11) | (s3 >>> 21);
    }
  }
  state[0] = a0;
  state[1] = a1;
  state[2] = a2;
  state[3] = a3;
}
