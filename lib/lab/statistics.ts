/** Centre and spread of samples, by ranks: a few disturbed samples cannot move them. */
import type { Distribution, Timing } from './findings.js';

/** Linear interpolation between the two nearest ranks (Hyndman and Fan's type 7, the default of R and NumPy). */
export function quantile(sorted: ArrayLike<number>, q: number): number {
  if (sorted.length === 0) throw new RangeError('Expected at least one sample, got none');
  const rank = (sorted.length - 1) * q;
  const below = sorted[Math.floor(rank)];
  const above = sorted[Math.ceil(rank)];
  return below + (above - below) * (rank - Math.floor(rank));
}

export function median(samples: Iterable<number>): number {
  return quantile(Float64Array.from(samples).sort(), 0.5);
}

/** Of at least one sample. */
export function timingOf(samples: Iterable<number>): Timing {
  const sorted = Float64Array.from(samples).sort();
  return {
    median: quantile(sorted, 0.5),
    lowerQuartile: quantile(sorted, 0.25),
    upperQuartile: quantile(sorted, 0.75),
    samples: sorted.length,
  };
}

/**
 * By a tenth and more, and by more than its samples and those of the other differ by: of many things that are equally
 * fast, the one that happened to be the fastest is none better.
 */
export function isClearlyFaster(one: Timing, other: Timing): boolean {
  return one.median < 0.9 * other.median && one.upperQuartile < other.lowerQuartile;
}

const QUANTILES = [0.05, 0.25, 0.5, 0.75, 0.95, 0.99] as const;

/** @param costs nanoseconds of an item in each batch, at least one */
export function distributionOf(costs: Iterable<number>, batch: number): Distribution {
  const sorted = Float64Array.from(costs).sort();
  return {
    batch,
    count: sorted.length,
    leastNs: quantile(sorted, 0),
    quantiles: QUANTILES.map((q) => ({ q, ns: quantile(sorted, q) })),
    mostNs: quantile(sorted, 1),
  };
}
