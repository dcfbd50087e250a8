/**
 * Runs calls on the caller, with the encoding, the errors and the order of the threads': for debuggers,
 * tests and machines with one core. One item at a time, async ones included; the event loop turns at least
 * every 10 ms, so that signals and time limits are seen between items.
 */
import { setImmediate as turn } from 'node:timers/promises';
import { threadId } from 'node:worker_threads';
import { TimeoutError } from '../errors.js';
import { prepareMessage, unpackMessage, type PreparedMessage } from '../tasks/codec/message.js';
import { CurrentTask, runAs } from '../tasks/current-task.js';
import { decodeError, encodeError } from '../tasks/error-transport.js';
import { explain } from '../tasks/explain.js';
import { loadTask } from '../tasks/load.js';
import { resolveTask, type TaskSpec } from '../tasks/spec.js';
import { isThenable } from '../tasks/thenable.js';
import type { Engine, EngineStats, Feed, Settle, Work } from './engine.js';
import { prepareInitargs } from './initargs.js';
import { crossed, InlineCrossing, ownCopy, sharedLike } from './inline-crossing.js';
import { prepareForMany } from './job-maker.js';
import { partOf } from './chunk-teller.js';
import { describeItem } from './call-names.js';
import { TO_SHARED_MS } from './metrics-clock.js';
import { Metrics } from './metrics.js';
import type { PoolSettings } from './options.js';
import { rangeStart, rangeStop } from './schedules.js';
import { TaskTable, type TaskEntry } from './task-table.js';
import type { AnyTask } from './task-loop.js';
import { startTimer } from './timer.js';

const TURN_MS = 10;

interface Run {
  readonly work: Work;
  readonly feed: Feed;
  readonly settle: Settle;
  /** Word 0: not 0 once the call was cancelled. */
  readonly aborted: Int32Array;
  /** The argument list of each call, encoded; `undefined` for ranges and typed arrays. */
  readonly items: readonly (() => unknown)[] | undefined;
  readonly args: () => unknown[];
  readonly made: number;
  /** When its first item did, as Metrics.settled has it. */
  started: number;
  state: 'waiting' | 'running' | 'over';
}

export class InlineEngine implements Engine {
  readonly threads = 1;
  readonly metrics = new Metrics();
  readonly #table = new TaskTable(() => undefined);
  readonly #crossing = new InlineCrossing();
  readonly #queue: Run[] = [];
  readonly #initializer: TaskSpec | undefined;
  readonly #initargs: PreparedMessage;
  #initialized: Promise<unknown> | undefined;
  #current: Run | undefined;
  #completed = 0;
  #failed = 0;
  #ended = false;
  #busy = 0;
  #turned = performance.now();
  readonly #idle: (() => void)[] = [];

  constructor({ initializer, initargs }: PoolSettings) {
    this.#initializer = initializer === undefined ? undefined : resolveTask(initializer, 'initializer').spec;
    this.#initargs = prepareInitargs(initargs);
  }

  entry(task: unknown, feed: 'items' | 'ranges'): TaskEntry {
    return this.#table.entry(task, feed);
  }

  start(work: Work, feed: Feed, settle: Settle): (error: unknown) => void {
    const taken = new Set<object>();
    const toMany = (value: unknown, path: string): PreparedMessage => prepareForMany(value, path, work.method);
    const toOne = (value: unknown, path: string): PreparedMessage => prepareMessage(value, path, { taken });
    const prepare = work.pinned >= 0 ? toMany : toOne;
    const leave = feed.kind === 'items' ? this.#crossing.departures(feed, prepare) : undefined;
    const args = this.#crossing.departure(work.args, 'args', toMany);
    // Nothing is refused any more: what is moved and carried leaves now.
    const run: Run = {
      work,
      feed: feed.kind === 'typed' ? { kind: 'typed', items: ownCopy(feed.items) } : feed,
      settle,
      aborted: new Int32Array(1),
      items: leave?.map((crossing) => crossing()),
      args: args() as () => unknown[],
      made: performance.now(),
      started: Infinity,
      state: 'waiting',
    };
    this.#queue.push(run);
    if (this.#current === undefined && this.#queue.length === 1) void this.#work();
    return (error) => {
      if (run.state === 'over') return;
      this.#over(run);
      Atomics.store(run.aborted, 0, 1);
      const at = this.#queue.indexOf(run);
      if (at >= 0) this.#queue.splice(at, 1);
      settle(true, error);
    };
  }

  isFull(maxQueue: number): boolean {
    return this.#queue.length >= maxQueue + (this.#current === undefined ? 1 : 0);
  }

  stats(): EngineStats {
    return {
      queued: this.#queue.length,
      running: this.#current === undefined || this.#ended ? 0 : 1,
      completed: this.#completed,
      failed: this.#failed,
      onCaller: this.#completed + this.#failed,
      lostThreads: 0,
      busy: [this.#busy],
      busyBeside: 0,
    };
  }

  cancelAll(error: () => unknown): void {
    for (const run of [...(this.#current === undefined ? [] : [this.#current]), ...this.#queue]) {
      if (run.state === 'over') continue;
      this.#over(run);
      Atomics.store(run.aborted, 0, 1);
      run.settle(true, error());
    }
    this.#queue.length = 0;
  }

  async idle(): Promise<void> {
    while (!this.#ended && (this.#current !== undefined || this.#queue.length > 0)) {
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
    // The call returns first, as it does with threads.
    await turn();
    for (let run = this.#queue.shift(); run !== undefined; run = this.#queue.shift()) {
      this.#current = run;
      run.state = 'running';
      try {
        const value = await this.#run(run);
        if (!isOver(run)) {
          this.#over(run);
          run.settle(false, value);
        }
      } catch (error) {
        if (!isOver(run)) {
          this.#over(run);
          run.settle(true, error);
        }
      }
    }
    this.#current = undefined;
    for (const resolve of this.#idle.splice(0)) resolve();
  }

  #over(run: Run): void {
    run.state = 'over';
    if (run.work.method !== 'ready') this.metrics.settled(run.made, run.started);
  }

  async #run(run: Run): Promise<unknown> {
    const { work, feed } = run;
    const { spec } = work.entry;
    let task: AnyTask;
    try {
      await (this.#initialized ??= this.#initialize());
      task = await loadTask(spec);
    } catch (error) {
      throw this.#crossed(error, run, undefined);
    }
    const args = run.args();
    const count = feed.kind === 'items' ? feed.items.length : feed.kind === 'typed' ? feed.items.length : feed.count;
    const output = feed.kind === 'typed' ? sharedLike(feed.items) : new Array<unknown>(count);
    run.started = performance.now() + TO_SHARED_MS;
    let begun = 0;
    try {
      for (; begun < count; ) {
        if (isOver(run)) return undefined;
        const i = begun++;
        try {
          const call = (): unknown => callItem(task as (...args: unknown[]) => unknown, feed, run.items, args, i);
          const value = await this.#timed(run, i, call);
          const result = feed.kind === 'typed' ? value : this.#crossing.departure(value, 'result', prepareMessage)()();
          (output as { [index: number]: unknown })[i] = work.settled ? { status: 'fulfilled', value: result } : result;
          this.#completed++;
        } catch (error) {
          this.#failed++;
          const reason = this.#crossed(explain(error, spec), run, i);
          if (!work.settled) throw reason;
          (output as unknown[])[i] = { status: 'rejected', reason };
        }
        work.onProgress?.(begun);
        if (performance.now() - this.#turned > TURN_MS) {
          await turn();
          this.#turned = performance.now();
        }
      }
    } finally {
      if (work.told?.withChunks === true) {
        const part = partOf(work, feed.kind === 'ranges' ? feed.range : undefined, 0, begun);
        work.told.chunkHere(part, run.started - TO_SHARED_MS, performance.now());
      }
    }
    return feed.kind === 'ranges' && !feed.keepResults ? undefined : output;
  }

  async #timed(run: Run, index: number, call: () => unknown): Promise<unknown> {
    const limit = run.work.itemTimeout;
    const began = performance.now();
    const words = limit === Infinity ? run.aborted : new Int32Array(1);
    runAs(new CurrentTask(words, 0, threadId));
    const late = (): TimeoutError =>
      new TimeoutError(`${describeItem(run.work, index)} ran for more than its itemTimeout of ${limit} ms`);
    let stop = (): void => undefined;
    try {
      const value = call();
      if (!isThenable(value)) {
        if (performance.now() - began > limit) throw late();
        return value;
      }
      const tooLate = new Promise<never>((_resolve, reject) => {
        stop = startTimer(limit, () => {
          Atomics.store(words, 0, 1);
          reject(late());
        });
      });
      return await Promise.race([value, tooLate]);
    } finally {
      stop();
      runAs(undefined);
      this.#busy += performance.now() - began;
    }
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

  /** As if it had come from a thread. */
  #crossed(error: unknown, run: Run, index: number | undefined): unknown {
    const { entry, indexed, firstIndex, callSite } = run.work;
    const at = index === undefined || !indexed ? undefined : firstIndex + index;
    const task = { name: entry.spec.label, index: at, threadId };
    const callStack = callSite.stack;
    return decodeError(encodeError(error), callStack === undefined ? { task } : { task, callStack });
  }
}

function isOver(run: Run): boolean {
  return run.state === 'over';
}

function callItem(
  task: (...args: unknown[]) => unknown,
  feed: Feed,
  items: readonly (() => unknown)[] | undefined,
  args: readonly unknown[],
  i: number,
): unknown {
  if (feed.kind === 'typed') return task(feed.items[i], ...args);
  if (feed.kind === 'items') {
    const item = items![i]();
    return feed.spread ? task(...(item as unknown[])) : task(item, ...args);
  }
  const { start, stop, size } = feed.range;
  return task(rangeStart(start, size, i), rangeStop(start, stop, size, i), ...args);
}
