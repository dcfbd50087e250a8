/**
 * `itemTimeout`: the caller samples which item each runner is at (CURRENT, layout.ts). One that is there at
 * two samples a limit apart has had its time. No clock is read in the threads; an item may run over its limit
 * by one sample, an eighth of the limit.
 */
import type { Job, Posting } from './job.js';
import { R_CURRENT, type ControlMap } from './layout.js';

const LONGEST_SAMPLE_MS = 1_000;

export class ItemWatch {
  readonly #map: ControlMap;
  readonly #expire: (posting: Posting, seat: number, index: number) => void;
  readonly #timers = new Map<Job, NodeJS.Timeout>();

  /** `expire` is called once for each item whose time is up. */
  constructor(map: ControlMap, expire: (posting: Posting, seat: number, index: number) => void) {
    this.#map = map;
    this.#expire = expire;
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
}
