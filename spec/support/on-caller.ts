/** Has adaptive pools run calls on the caller whatever they cost, so that specs need no clock to get them there. */
import { afterAll, beforeAll, jest } from '@jest/globals';
import { CallerRun } from '#lib/pool/caller-run.js';
import { CallerTask } from '#lib/pool/caller-task.js';

/** In this describe block: the first call of a task runs in threads, the next ones here, once it is loaded. */
export function everythingRunsHere({ limitNs = Infinity } = {}): void {
  const { run } = CallerRun.prototype;
  beforeAll(() => {
    jest.spyOn(CallerTask.prototype, 'choose').mockImplementation(function (this: CallerTask) {
      if (this.task !== undefined) return 'caller';
      return this.isNew ? 'loading' : 'threads';
    });
    jest.spyOn(CallerTask.prototype, 'observe').mockReturnValue();
    jest.spyOn(CallerRun.prototype, 'run').mockImplementation(function (this: CallerRun) {
      // Two microseconds an item: the first strip has one.
      return run.call(this, limitNs, 2_000);
    });
  });
  afterAll(() => {
    jest.restoreAllMocks();
  });
}
