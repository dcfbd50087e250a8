/** Samples by what they are of: an item count, a chunksize. */
import type { Timing } from './findings.js';
import { timingOf } from './statistics.js';

export class Samples {
  readonly #byKey = new Map<number, number[]>();

  add(key: number, ...milliseconds: readonly number[]): void {
    const samples = this.#byKey.get(key);
    if (samples === undefined) this.#byKey.set(key, [...milliseconds]);
    else samples.push(...milliseconds);
  }

  /** By key, upwards. */
  timings(): { readonly key: number; readonly time: Timing }[] {
    return [...this.#byKey]
      .filter(([, samples]) => samples.length > 0)
      .sort(([left], [right]) => left - right)
      .map(([key, samples]) => ({ key, time: timingOf(samples) }));
  }

  timing(key: number): Timing | undefined {
    const samples = this.#byKey.get(key);
    return samples === undefined || samples.length === 0 ? undefined : timingOf(samples);
  }
}
