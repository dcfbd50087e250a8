/**
 * Runs calls on the caller, with the encoding, the errors and the order of the threads': for debuggers,
 * tests and machines with one core. One call at a time (inline-run.ts), in the order they came; the event loop turns at
 * least every 10 ms, so that signals and time limits are seen between items.
 */
import { setImmediate as turn } from 'node:timers/promises';
import { prepareMessage, unpackMessage, type PreparedMessage } from '../tasks/codec/message.js';
import { explain } from '../tasks/explain.js';
import { loadTask } from '../tasks/load.js';
import { resolveTask, type TaskSpec } from '../tasks/spec.js';
import type { Engine, EngineStats, Feed, Settle, Work } from './engine.js';
import { prepareInitargs } from './initargs.js';
import { crossed, InlineCrossing, ownCopy } from './inline-crossing.js';
import { InlineRun, type InlinePool } from './inline-run.js';
import { prepareForMany } from './job-maker.js';
import { Metrics } from './metrics.js';
import type { PoolSettings } from './options.js';
import { TaskTable, type TaskEntry } from './task-table.js';
import type { AnyTask } from './task-loop.js';

export class InlineEngine implements Engine {
  readonly threads = 1;
  readonly metrics = new Metrics();
  readonly #table = new TaskTable(() => undefined);
  readonly #pool: InlinePool = {
    crossing: new InlineCrossing(),
    metrics: this.metrics,
    completed: 0,
    failed: 0,
    busy: 0,
    turned: performance.now(),
    task: undefined,
  };
  readonly #queue: InlineRun[] = [];
  readonly #initializer: TaskSpec | undefined;
  readonly #initargs: PreparedMessage;
  #initialized: Promise<unknown> | undefined;
  #isWorking = false;
  #current: InlineRun | undefined;
  #ended = false;
  readonly #idle: (() => void)[] = [];

  constructor({ initializer, initargs }: PoolSettings) {
    this.#initializer = initializer === undefined ? undefined : resolveTask(initializer, 'initializer').spec;
    this.#initargs = prepareInitargs(initargs);
  }

  entry(task: unknown, feed: 'items' | 'ranges'): TaskEntry {
    return this.#table.entry(task, feed);
  }

  start(work: Work, feed: Feed, settle: Settle): (error: unknown) => void {
    const { crossing } = this.#pool;
    const taken = new Set<object>();
    const toMany = (value: unknown, path: string): PreparedMessage => prepareForMany(value, path, work.method);
    const prepared: PreparedMessage[] = [];
    const toOne = (value: unknown, path: string): PreparedMessage => {
      const message = prepareMessage(value, path, { taken });
      prepared.push(message);
      return message;
    };
    const prepare = work.pinned >= 0 ? toMany : toOne;
    let leave: (() => () => unknown)[] | undefined;
    let args: () => () => unknown;
    try {
      leave = feed.kind === 'items' ? crossing.departures(feed, prepare) : undefined;
      args = crossing.departure(work.args, 'args', toMany);
    } catch (error) {
      for (const message of prepared) message.restore();
      throw error;
    }
    // Nothing is refused any more: what is moved and carried leaves now.
    const input = { items: leave?.map((departure) => departure()), args: args() as () => unknown[] };
    const own: Feed = feed.kind === 'typed' ? { kind: 'typed', items: ownCopy(feed.items) } : feed;
    const run = new InlineRun(this.#pool, work, own, input, settle);
    this.#queue.push(run);
    if (!this.#isWorking) void this.#work();
    return (error) => {
      const at = this.#queue.indexOf(run);
      if (at >= 0) this.#queue.splice(at, 1);
      run.cancel(error);
    };
  }

  isFull(maxQueue: number): boolean {
    return this.#queue.length >= maxQueue + (this.#current === undefined ? 1 : 0);
  }

  stats(): EngineStats {
    const { completed, failed, busy } = this.#pool;
    return {
      queued: this.#queue.length,
      running: this.#current?.isOver === false && !this.#ended ? 1 : 0,
      completed,
      failed,
      onCaller: completed + failed,
      lostThreads: 0,
      busy: [busy],
      busyBeside: 0,
    };
  }

  cancelAll(error: () => unknown): void {
    const runs = [...(this.#current === undefined ? [] : [this.#current]), ...this.#queue];
    this.#queue.length = 0;
    for (const run of runs) run.cancel(error());
  }

  async idle(): Promise<void> {
    while (!this.#ended && this.#isWorking) {
      await new Promise<void>((resolve) => this.#idle.push(resolve));
    }
  }

  /** There are no threads; a task that never ends is not waited for. */
  end(): Promise<void> {
    this.#ended = true;
    for (const resolve of this.#idle.splice(0)) resolve();
    return Promise.resolve();
  }

  async #work(): Promise<void> {
    this.#isWorking = true;
    // The call returns first, as it does with threads.
    await turn();
    for (let run = this.#queue.shift(); run !== undefined; run = this.#queue.shift()) {
      this.#current = run;
      const { spec } = run.work.entry;
      await run.perform(() => this.#load(spec));
    }
    this.#current = undefined;
    this.#isWorking = false;
    for (const resolve of this.#idle.splice(0)) resolve();
  }

  async #load(spec: TaskSpec): Promise<AnyTask> {
    await (this.#initialized ??= this.#initialize());
    return loadTask(spec);
  }

  async #initialize(): Promise<unknown> {
    if (this.#initializer === undefined) return;
    const run = await loadTask(this.#initializer);
    try {
      return await run(...(unpackMessage(crossed(this.#initargs.load())) as unknown[]));
    } catch (error) {
      throw explain(error, this.#initializer);
    }
  }
}
