/**
 * Runs calls on the caller where the cost model says that a thread cannot pay (caller-calls.ts), on threads otherwise.
 * What is never run here:
 *  - a task that no thread has measured, or that was ever async;
 *  - calls for one thread (broadcast, ready), and everything after a broadcast, which is how threads are set up;
 *  - items with a time limit, which nobody could enforce, and what only messages carry;
 *  - a call made by a task that runs here.
 */
import { Decoder } from '../tasks/codec/decoder.js';
import { Encoder } from '../tasks/codec/encoder.js';
import { CallerCalls, type CallerCall } from './caller-calls.js';
import { CallerInputs } from './caller-input.js';
import { CallerRun } from './caller-run.js';
import { CallerTask } from './caller-task.js';
import type { Engine, EngineStats, Feed, Settle, Work } from './engine.js';
import { extentOf } from './feed-parts.js';
import { MeasuredDispatch } from './measured-dispatch.js';
import type { Metrics } from './metrics.js';
import type { TaskEntry } from './task-table.js';

export class AdaptiveEngine implements Engine {
  readonly threads: number;
  readonly metrics: Metrics;
  readonly #inner: Engine;
  readonly #dispatch: MeasuredDispatch;
  readonly #tasks = new WeakMap<TaskEntry, CallerTask>();
  readonly #inputs = new CallerInputs(new Encoder(), new Decoder());
  readonly #crossing = { encoder: new Encoder(), decoder: new Decoder() };
  readonly #here: CallerCalls;
  #isBusy = false;
  #broadcasted = false;

  /** `name`: the pool's. */
  constructor(threads: Engine, name: string) {
    this.#inner = threads;
    this.#dispatch = new MeasuredDispatch(threads);
    this.#here = new CallerCalls(threads, this.#inputs, name);
    this.threads = threads.threads;
    this.metrics = threads.metrics;
  }

  entry(task: unknown, feed: 'items' | 'ranges'): TaskEntry {
    return this.#inner.entry(task, feed);
  }

  start(work: Work, feed: Feed, settle: Settle): (error: unknown) => void {
    const { entry, itemTimeout, method } = work;
    if (work.pinned >= 0) {
      if (method !== 'ready') this.#broadcasted = true;
      return this.#inner.start(work, feed, settle);
    }
    const extent = extentOf(feed);
    const isForThreads = this.#broadcasted || itemTimeout !== Infinity || extent.steps === 0;
    if (isForThreads || this.#isBusy || this.#here.isTurning) {
      return this.#dispatch.start(work, feed, extent, settle);
    }
    let task = this.#tasks.get(entry);
    if (task === undefined) this.#tasks.set(entry, (task = new CallerTask(entry)));
    const choice = task.choose(extent, this.threads);
    if (choice === 'loading') void task.load();
    if (choice === 'threads' || choice === 'loading') return this.#dispatch.start(work, feed, extent, settle);
    this.#isBusy = true;
    let call: CallerCall;
    try {
      const input = this.#inputs.of(work, feed);
      if (input === undefined) return this.#dispatch.start(work, feed, extent, settle);
      const run = new CallerRun(work, feed, input, task, this.#crossing);
      call = { work, feed, settle, run, kept: undefined, cancelRest: undefined };
      this.#here.start(call, task, extent, choice);
    } finally {
      this.#isBusy = false;
    }
    return (error) => {
      this.#here.cancel(call, error);
    };
  }

  isFull(maxQueue: number): boolean {
    return this.#inner.isFull(maxQueue);
  }

  stats(): EngineStats {
    const inner = this.#inner.stats();
    const { running, completed, failed, ms } = this.#here;
    return {
      ...inner,
      running: inner.running + running,
      completed: inner.completed + completed,
      failed: inner.failed + failed,
      onCaller: completed + failed,
      busyBeside: ms,
    };
  }

  cancelAll(error: () => unknown): void {
    this.#here.cancelAll(error);
    this.#inner.cancelAll(error);
  }

  async idle(): Promise<void> {
    await this.#here.idle();
    await this.#inner.idle();
  }

  end(): Promise<void> {
    return this.#inner.end();
  }
}
