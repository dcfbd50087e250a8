/**
 * `itemTimeout`: the caller samples which item each runner is at (CURRENT, layout.ts). One that is there at
 * two samples a limit apart has had its time. No clock is read in the threads; an item may run over its limit
 * by one sample, an eighth of the limit.
 */
import { TimeoutError } from '../errors.js';
import { placed } from '../tasks/placed.js';
import { describeItem } from './call-names.js';
import { failHere } from './failures.js';
import type { Job, Posting } from './job.js';
import { R_CURRENT, R_EXPIRED, type ControlMap } from './layout.js';
import type { Stopping } from './stopping.js';
import type { Threads } from './threads.js';

const LONGEST_SAMPLE_MS = 1_000;

export class ItemWatch {
  readonly #map: ControlMap;
  readonly #threads: Threads;
  readonly #stopping: Stopping;
  readonly #cancel: (job: Job, error: unknown) => void;
  readonly #timers = new Map<Job, NodeJS.Timeout>();

  /** `cancel` is called for a job that is over with its first failure. */
  constructor(
    map: ControlMap,
    threads: Threads,
    stopping: Stopping,
    cancel: (job: Job, error: unknown) => void,
  ) {
    this.#map = map;
    this.#threads = threads;
    this.#stopping = stopping;
    this.#cancel = cancel;
  }

  start(job: Job): void {
    const limit = job.spec.work.itemTimeout;
    if (limit === Infinity || this.#timers.has(job)) return;
    const seen = new Map<string, { current: number; since: number; expired: boolean }>();
    const sample = (): void => {
      const now = performance.now();
      for (const posting of [...job.postings]) {
        for (let seat = 0; seat < this.#map.seats; seat++) {
          const current = this.#map.words[this.#map.row(posting.board, seat) + R_CURRENT];
          const key = `${posting.serial}/${seat}`;
          const before = seen.get(key);
          if (current === 0 || before?.current !== current) seen.set(key, { current, since: now, expired: false });
          else if (!before.expired && now - before.since >= limit) {
            before.expired = true;
            this.#expire(posting, seat, current - 1);
          }
        }
      }
    };
    const timer = setInterval(sample, Math.max(1, Math.min(limit / 8, LONGEST_SAMPLE_MS)));
    this.#timers.set(job, timer.unref());
  }

  stop(job: Job): void {
    clearInterval(this.#timers.get(job));
    this.#timers.delete(job);
  }

  /** The item's time is up: it fails now, and the thread is asked to give it up, and then made to. */
  #expire(posting: Posting, seat: number, index: number): void {
    const { job, base } = posting;
    if (job.failedHere.has(base + index)) return;
    Atomics.store(this.#map.words, this.#map.row(posting.board, seat) + R_EXPIRED, index + 1);
    const { work } = job.spec;
    const item = describeItem(work, base + index);
    const late = new TimeoutError(`${item} ran for more than its itemTimeout of ${work.itemTimeout} ms`);
    const threadId = this.#threads.seats[seat].occupant?.threadId ?? -1;
    const error = placed(late, work.callSite, job.info(base + index, threadId));
    failHere(this.#map, posting, index, error);
    if (work.settled) this.#stopping.enforceItem(posting, seat, index);
    else this.#cancel(job, error);
  }
}
