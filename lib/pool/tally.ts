/**
 * What the threads have done since the pool's start, for stats(). Of shared memory it reads the seats' BUSY, which
 * their threads write and which begins at 0 with each, and the boards' STARTED_AT.
 */
import type { Boards } from './boards.js';
import type { Job } from './job.js';
import { SEAT_BUSY, type ControlMap } from './layout.js';
import type { Metrics } from './metrics.js';

export class Tally {
  readonly #map: ControlMap;
  readonly #boards: Boards;
  readonly #metrics: Metrics;
  /** By seat, milliseconds that threads which have ended spent in tasks. */
  readonly #ended: number[];
  /** Items finished without error, and items that failed. */
  completed = 0;
  failed = 0;
  /** Threads that ended at their work: by themselves, or by the pool because a task did not heed its abort. */
  lostThreads = 0;

  constructor(map: ControlMap, boards: Boards, metrics: Metrics) {
    this.#map = map;
    this.#boards = boards;
    this.#metrics = metrics;
    this.#ended = new Array<number>(map.seats).fill(0);
  }

  /** By seat, milliseconds in tasks. */
  get busy(): number[] {
    return this.#ended.map((ms, seat) => ms + this.#busyNow(seat));
  }

  /** The job's promise is about to settle, at `now`. */
  settled(job: Job, now?: number): void {
    // ready() is no work of the user's.
    if (job.spec.work.method === 'ready') return;
    // An item whose time was up may still have thrown.
    let failures = job.errors.size;
    for (const index of job.failedHere.keys()) if (!job.errors.has(index)) failures++;
    this.failed += failures;
    this.completed += Math.max(0, job.done - failures);
    let { started } = job;
    for (const { board } of job.postings) started = Math.min(started, this.#boards.startOf(board));
    this.#metrics.settled(job.made, started, now);
  }

  /** The seat's thread has exited; its BUSY is still as it left it. */
  threadEnded(seat: number, expected: boolean): void {
    if (!expected) this.lostThreads++;
    this.#ended[seat] += this.#busyNow(seat);
  }

  #busyNow(seat: number): number {
    return this.#map.doubles[(this.#map.seat(seat) >> 1) + SEAT_BUSY];
  }
}
