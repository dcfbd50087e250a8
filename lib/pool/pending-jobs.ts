/**
 * The jobs that are not over, in the order they came: how many wait and run, and when there are none. While there
 * are some, the program is kept alive.
 */
import type { Boards } from './boards.js';
import type { Job } from './job.js';

export class PendingJobs {
  readonly #boards: Boards;
  readonly #jobs = new Set<Job>();
  /** Keeps the program alive: a waitAsync does not. */
  readonly #alive = setInterval(() => undefined, 2 ** 30).unref();
  #waiters: (() => void)[] = [];

  constructor(boards: Boards) {
    this.#boards = boards;
  }

  get size(): number {
    return this.#jobs.size;
  }

  add(job: Job): void {
    this.#jobs.add(job);
    if (this.#jobs.size === 1) this.#alive.ref();
  }

  delete(job: Job): void {
    this.#jobs.delete(job);
    if (this.#jobs.size === 0) this.#alive.unref();
  }

  [Symbol.iterator](): IterableIterator<Job> {
    return this.#jobs.values();
  }

  /** The last that came first. */
  latestFirst(): Job[] {
    return [...this.#jobs].reverse();
  }

  /** Whether a thread has begun the job. */
  hasBegun(job: Job): boolean {
    return job.done > 0 || job.postings.some(({ board }) => this.#boards.hasStarted(board));
  }

  /** Jobs whose promise is pending, and which a thread has begun. */
  get running(): number {
    let count = 0;
    for (const job of this.#jobs) if (job.state !== 'settled' && this.hasBegun(job)) count++;
    return count;
  }
  /** And which no thread has begun. */
  get queued(): number {
    let count = 0;
    for (const job of this.#jobs) if (job.state !== 'settled' && !this.hasBegun(job)) count++;
    return count;
  }

  /** Resolves at the next `wakeIdle` that finds no jobs. */
  nextIdle(): Promise<void> {
    return new Promise<void>((resolve) => this.#waiters.push(resolve));
  }
  wakeIdle(): void {
    if (this.#jobs.size === 0) for (const resolve of this.#waiters.splice(0)) resolve();
  }

  /** The threads are being ended: the program lives until they have. */
  keepAlive(): void {
    this.#alive.ref();
  }
  letGo(): void {
    clearInterval(this.#alive);
  }
}
