/**
 * How long calls wait and run, for stats(): histograms of `node:perf_hooks`.
 *
 * Recording in one of those costs 0.1 µs, a fortieth of a short call. So a call only counts in an array with the same
 * buckets, and `take()` moves the counts into the histogram: bit by bit, the highest first, doubling what is there,
 * because a histogram records one value at a time and adds others whole. At most 32 doublings of 5 µs, however many
 * calls there were.
 */
import { createHistogram, type Histogram, type RecordableHistogram } from 'node:perf_hooks';
import { TO_SHARED_MS } from './metrics-clock.js';

/** Nanoseconds, up to a day (what takes longer counts as that), in buckets that hold two significant digits. */
const RANGE = { lowest: 1, highest: 86_400e9, figures: 2 };

export class Metrics {
  readonly #wait = new Durations();
  readonly #run = new Durations();

  /**
   * A call is over. `made`: when, by this thread's `performance.now()`; `started`: when its first item did, by the
   * clock that threads share; Infinity: none did.
   */
  settled(made: number, started: number, now = performance.now()): void {
    const start = Math.min(now, Math.max(made, started - TO_SHARED_MS));
    this.#wait.add((start - made) * 1e6);
    if (started !== Infinity) this.#run.add((now - start) * 1e6);
  }

  /** A call ran here, for so many milliseconds, when it was made. */
  ranHere(ms: number): void {
    this.#run.add(ms * 1e6);
  }

  /** As they are now. */
  get wait(): Histogram {
    return this.#wait.take();
  }
  get run(): Histogram {
    return this.#run.take();
  }
}

/** A histogram that is cheap to add to. */
export class Durations {
  readonly #counts = new Float64Array(bucketOf(RANGE.highest) + 1);
  #all: RecordableHistogram | undefined;
  #isTaken = true;

  add(ns: number): void {
    this.#counts[bucketOf(Math.min(RANGE.highest, ns))]++;
    this.#isTaken = false;
  }

  /** A copy of the whole as it is now. */
  take(): Histogram {
    this.#all ??= createHistogram(RANGE);
    if (!this.#isTaken) this.#all.add(this.#newlyAdded());
    this.#isTaken = true;
    const copy = createHistogram(RANGE);
    copy.add(this.#all);
    return copy;
  }

  /** What was added since the last time. */
  #newlyAdded(): RecordableHistogram {
    const values: number[] = [];
    const counts: number[] = [];
    this.#counts.forEach((count, bucket) => {
      if (count === 0) return;
      values.push(valueIn(bucket));
      counts.push(count);
      this.#counts[bucket] = 0;
    });
    const added = createHistogram(RANGE);
    for (let unit = 2 ** Math.floor(Math.log2(Math.max(...counts))); unit >= 1; unit /= 2) {
      added.add(added);
      for (const [i, count] of counts.entries()) if (Math.floor(count / unit) % 2 === 1) added.record(values[i]);
    }
    return added;
  }
}

/** As HdrHistogram has them: one for each integer below 2^8; then 128 from each power of two to the next. */
export function bucketOf(ns: number): number {
  if (ns < 256) return Math.trunc(ns);
  const isLong = ns >= 2 ** 31;
  const bits = Math.trunc(isLong ? ns / 2 ** 16 : ns);
  const shift = 24 - Math.clz32(bits);
  return (shift + (isLong ? 16 : 0)) * 128 + (bits >> shift);
}

/** A value of the bucket, in its middle. */
export function valueIn(bucket: number): number {
  if (bucket < 256) return Math.max(RANGE.lowest, bucket);
  const shift = (bucket >> 7) - 1;
  return Math.min(RANGE.highest, Math.floor((bucket - shift * 128 + 0.5) * 2 ** shift));
}
