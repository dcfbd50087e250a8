/** Tells `onProgress` of the calls under way how many of their items are done: the boards' DONE, read here only. */
import type { Job } from './job.js';
import { B_DONE, type ControlMap } from './layout.js';

export class Progress {
  readonly #map: ControlMap;
  readonly #cancel: (job: Job, error: unknown) => void;
  readonly #jobs = new Set<Job>();

  /** `cancel` is called where onProgress throws. */
  constructor(map: ControlMap, cancel: (job: Job, error: unknown) => void) {
    this.#map = map;
    this.#cancel = cancel;
  }

  /** From now on `reportAll` tells of the job, if anybody wants to hear. */
  add(job: Job): void {
    if (job.spec.work.onProgress !== undefined) this.#jobs.add(job);
  }
  delete(job: Job): void {
    this.#jobs.delete(job);
  }

  reportAll(): void {
    for (const job of this.#jobs) this.report(job);
  }

  report(job: Job): void {
    const { onProgress } = job.spec.work;
    if (onProgress === undefined || job.state !== 'posted') return;
    let { done } = job;
    for (const { board } of job.postings) done += Atomics.load(this.#map.words, this.#map.board(board) + B_DONE);
    if (done === job.reported) return;
    job.reported = done;
    try {
      onProgress(done);
    } catch (error) {
      this.#cancel(job, error);
    }
  }
}
