/** What a count of hits says about π. */
export interface Estimate {
  readonly estimate: number;
  /** Of the estimate, from the hits alone: √(p(1 − p)/n), four times. */
  readonly standardError: number;
  /** Estimate − π. */
  readonly distance: number;
  /** None where all samples, or no sample, hit: they show no spread to measure by. */
  readonly distanceInStandardErrors: number | null;
}

export function estimateFrom(inside: number, samples: number): Estimate {
  const share = inside / samples;
  const estimate = 4 * share;
  const standardError = 4 * Math.sqrt((share * (1 - share)) / samples);
  const distance = estimate - Math.PI;
  return {
    estimate,
    standardError,
    distance,
    distanceInStandardErrors: standardError === 0 ? null : distance / standardError,
  };
}
