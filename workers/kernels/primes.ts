/**
 * Counting primes by a segmented sieve of Eratosthenes (Bays and Hudson, "The segmented sieve of
 * Eratosthenes and primes in arithmetic progressions to 10^12", BIT 17, 1977). Even numbers are left out.
 */

/** Odd numbers sieved at a time, one byte each: what fits the first-level cache of a core. */
const SEGMENT = 32_768;

/**
 * Primes p with start ≤ p < stop, both safe integers. Needs the primes up to √stop: 1 MB of memory
 * for a stop of 10^12, some 100 MB at 2^53.
 */
export function countPrimes(start: number, stop: number): number {
  let count = start <= 2 && stop > 2 ? 1 : 0;
  const first = Math.max(3, start % 2 === 0 ? start + 1 : start);
  if (first >= stop) return count;

  const last = stop - 1;
  const primes = oddPrimesTo(Math.floor(Math.sqrt(last)) + 1);
  // For each prime, how many odd numbers after the start of the segment its next odd multiple lies.
  const offsets = new Float64Array(primes.length);
  let sieving = 0;
  for (const prime of primes) {
    if (prime * prime > last) break;
    let multiple = Math.max(prime * prime, first + ((prime - (first % prime)) % prime)); // less has a smaller factor
    if (multiple % 2 === 0) multiple += prime;
    offsets[sieving++] = (multiple - first) / 2;
  }

  const composite = new Uint8Array(SEGMENT);
  for (let low = first; low <= last; low += 2 * SEGMENT) {
    const length = Math.min(SEGMENT, Math.floor((last - low) / 2) + 1);
    composite.fill(0);
    for (let i = 0; i < sieving; i++) {
      const prime = primes[i];
      let at = offsets[i];
      if (at < length) at = strike(composite, at, prime, length);
      offsets[i] = at - SEGMENT;
    }
    for (let i = 0; i < length; i++) count += 1 - composite[i];
  }
  return count;
}

/** Marks every stride-th number from `at` on; returns the first one at or past the length. */
function strike(composite: Uint8Array, at: number, stride: number, length: number): number {
  let index = at;
  for (; index < length; index += stride) composite[index] = 1;
  return index;
}

let known: Int32Array = new Int32Array(0);
let knownTo = 2;

/** The odd primes up to a limit, kept for the next range: the ranges of a loop need nearly the same ones. */
function oddPrimesTo(limit: number): Int32Array {
  if (limit > knownTo) {
    const half = (limit - 1) >> 1; // of the numbers 3, 5, 7, …
    const composite = new Uint8Array(half);
    for (let i = 0; (2 * i + 3) ** 2 <= limit; i++) {
      if (composite[i] === 0) strike(composite, 2 * i * i + 6 * i + 3, 2 * i + 3, half);
    }
    const primes: number[] = [];
    for (let i = 0; i < half; i++) if (composite[i] === 0) primes.push(2 * i + 3);
    known = Int32Array.from(primes);
    knownTo = limit;
  }
  return known;
}
