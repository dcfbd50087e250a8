import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { countPrimes } from '#workers/kernels/primes.js';

describe('countPrimes', () => {
  // π(10^n): https://oeis.org/A006880
  test.each([
    [10, 4],
    [100, 25],
    [1000, 168],
    [10_000, 1229],
    [100_000, 9592],
    [1_000_000, 78_498],
    [10_000_000, 664_579],
  ])('finds the primes below %i', (stop, count) => {
    expect(countPrimes(0, stop)).toBe(count);
  });

  test('agrees with trial division on any range, also a reversed one or one below 2', () => {
    fc.assert(
      fc.property(fc.integer({ min: -50, max: 200_000 }), fc.integer({ min: -10, max: 300 }), (start, length) => {
        const expected = Array.from({ length: Math.max(0, length) }, (_, i) => start + i).filter(isPrime).length;
        expect(countPrimes(start, start + length)).toBe(expected);
      }),
      { seed: 20261121, numRuns: 500 },
    );
  });

  test('takes a range from its start to before its stop', () => {
    expect(countPrimes(7, 11)).toBe(1);
    expect(countPrimes(8, 12)).toBe(1);
    expect(countPrimes(8, 11)).toBe(0);
  });

  test('knows squares and products of the primes next to the root of its stop', () => {
    for (const [p, q] of [[46_327, 46_337], [999_979, 999_983]] as const) {
      for (const composite of [p * p, p * q, q * q]) expect(countPrimes(composite, composite + 1)).toBe(0);
    }
  });

  test('adds up over any cut, across segments', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 1_000_000 }), (cut) => {
        expect(countPrimes(0, cut) + countPrimes(cut, 1_000_000)).toBe(78_498);
      }),
      { seed: 20261121, numRuns: 20 },
    );
  });

  test('counts far out, where the primes below the root have to be found first', () => {
    // As an unsegmented sieve, written apart from this one, counts them.
    expect(countPrimes(1e12, 1e12 + 1e6)).toBe(36_249);
  });
});

function isPrime(n: number): boolean {
  if (n < 2) return false;
  for (let divisor = 2; divisor * divisor <= n; divisor++) if (n % divisor === 0) return false;
  return true;
}
