import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { countInside, samplesOf, STREAMS } from '#workers/kernels/pi.js';
import { next, streamState } from '#workers/kernels/xoshiro128.js';
import { chiSquareScore } from './statistics.js';

const SCORE = 4; // as in xoshiro128.spec.ts
const HIT = Math.PI / 4;

describe('countInside', () => {
  test('finds π within chance, whatever the seed', () => {
    const samples = 1_000_000;
    for (const seed of [0, 1, 2, 3, -1, 1e6, Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER]) {
      const hits = countInside(0, STREAMS, samples, seed);
      expect(Math.abs(hits - samples * HIT) / Math.sqrt(samples * HIT * (1 - HIT))).toBeLessThan(SCORE);
    }
  });

  test('gives the same count however its streams are cut into ranges', () => {
    fc.assert(
      fc.property(
        fc.maxSafeInteger(),
        fc.integer({ min: 0, max: 50_000 }),
        fc.uniqueArray(fc.nat({ max: STREAMS }), { maxLength: 8 }),
        (seed, samples, cuts) => {
          const edges = [0, ...cuts.sort((left, right) => left - right), STREAMS];
          const parts = edges.slice(1).map((stop, i) => countInside(edges[i], stop, samples, seed));
          expect(parts.reduce((sum, part) => sum + part)).toBe(countInside(0, STREAMS, samples, seed));
        },
      ),
      { seed: 20261121, numRuns: 30 },
    );
  });

  test('gives every seed a count of its own', () => {
    const counts = Array.from({ length: 20 }, (_, seed) => countInside(0, 64, 64_000_000, seed));
    expect(new Set(counts).size).toBe(20);
  });

  test('judges every point as exact arithmetic on its coordinates does', () => {
    for (const [seed, stream] of [[0, 0], [11, 63], [12, 64]] as const) {
      expect(countInside(stream, stream + 1, STREAMS * 300_000, seed)).toBe(exactCount(seed, stream, 300_000));
    }
  });

  test('spreads the streams’ counts as far as independent points would, and no farther', () => {
    const samples = 1000;
    let chiSquare = 0;
    for (let stream = 0; stream < STREAMS; stream++) {
      const hits = countInside(stream, stream + 1, samples * STREAMS, 8);
      chiSquare += (hits - samples * HIT) ** 2 / (samples * HIT * (1 - HIT));
    }
    expect(Math.abs(chiSquareScore(chiSquare, STREAMS))).toBeLessThan(SCORE);
  });

  test('throws no point where there are no streams or no samples', () => {
    expect(countInside(5, 5, 1e6, 0)).toBe(0);
    expect(countInside(0, STREAMS, 0, 0)).toBe(0);
    expect(countInside(1, STREAMS, 1, 0)).toBe(0);
  });
});

describe('samplesOf', () => {
  test('deals out every sample, and no stream more than one above another', () => {
    fc.assert(
      fc.property(fc.oneof(fc.nat({ max: 3 * STREAMS }), fc.maxSafeNat()), (samples) => {
        const shares = Array.from({ length: STREAMS }, (_, stream) => samplesOf(stream, samples));
        expect(shares.reduce((sum, share) => sum + share)).toBe(samples);
        expect(Math.max(...shares) - Math.min(...shares)).toBeLessThanOrEqual(1);
      }),
      { seed: 20261121 },
    );
  });
});

/** The kernel's definition, with nothing rounded: a cell by its four corners, near the circle its finer point. */
function exactCount(seed: number, stream: number, samples: number): number {
  const state = streamState(seed, stream);
  let hits = 0;
  let finerPoints = 0;
  for (let i = 0; i < samples; i++) {
    const point = next(state);
    const a = point >> 16;
    const b = (point << 16) >> 16;
    const corners = [a ** 2 + b ** 2, (a + 1) ** 2 + b ** 2, a ** 2 + (b + 1) ** 2, (a + 1) ** 2 + (b + 1) ** 2];
    if (Math.abs(a ** 2 + b ** 2 - 2 ** 30 + 0.5) < 2 ** 17) {
      finerPoints++;
      const finer = next(state);
      const x = 2n * (BigInt(a) * 65536n + BigInt(finer >>> 16)) + 1n;
      const y = 2n * (BigInt(b) * 65536n + BigInt(finer & 0xffff)) + 1n;
      if (x * x + y * y < 1n << 64n) hits++;
    } else if (corners.every((corner) => corner < 2 ** 30)) {
      hits++;
    } else if (corners.some((corner) => corner < 2 ** 30)) {
      throw new Error(`The circle runs through the cell at ${a}, ${b}, which the band leaves out`);
    }
  }
  expect(finerPoints).toBeGreaterThan(20);
  return hits;
}
