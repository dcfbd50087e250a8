import { timingOf } from '#lib/lab/statistics.js';

export { median, quantile } from '#lib/lab/statistics.js';

/** A sample's centre and spread: the median and the quartiles, which a few disturbed rounds cannot move. */
export interface Summary {
  readonly median: number;
  readonly lowerQuartile: number;
  readonly upperQuartile: number;
}

export function summarize(samples: readonly number[]): Summary {
  const { median, lowerQuartile, upperQuartile } = timingOf(samples);
  return { median, lowerQuartile, upperQuartile };
}
