/**
 * One call on the caller, run as a thread would run it: one item after the other, async ones included, with the errors
 * and the time limits of the threads'. It is settled once: by its last item, its first failure, or `cancel`.
 *
 * A call that was cancelled has the grace that it would have in a thread. What has not ended by then cannot be made to:
 * it is given up, and the next call runs.
 */
import { setImmediate as turn } from 'node:timers/promises';
import { threadId } from 'node:worker_threads';
import { TimeoutError } from '../errors.js';
import { prepareMessage } from '../tasks/codec/message.js';
import { CurrentTask, runAs } from '../tasks/current-task.js';
import { decodeError, encodeError } from '../tasks/error-transport.js';
import { explain } from '../tasks/explain.js';
import { isThenable } from '../tasks/thenable.js';
import { describeItem } from './call-names.js';
import { partOf } from './chunk-teller.js';
import type { Feed, Settle, Work } from './engine.js';
import { sharedLike, type InlineCrossing } from './inline-crossing.js';
import type { Metrics } from './metrics.js';
import { TO_SHARED_MS } from './metrics-clock.js';
import { rangeStart, rangeStop } from './schedules.js';
import { GRACE_MS } from './stopping.js';
import type { AnyTask } from './task-loop.js';
import { startTimer } from './timer.js';

/** The event loop turns at least so often. */
const TURN_MS = 10;

/** What the calls of an inline pool share. */
export interface InlinePool {
  readonly crossing: InlineCrossing;
  readonly metrics: Metrics;
  /** Items finished without error, and items that failed. */
  completed: number;
  failed: number;
  /** Milliseconds in tasks. */
  busy: number;
  /** When the event loop turned last. */
  turned: number;
  /** Of the item that runs. */
  task: CurrentTask | undefined;
}

/** A call's items and arguments, sent; each is received once. */
export interface InlineInput {
  /** The argument list of each call; `undefined` for ranges and typed arrays. */
  readonly items: readonly (() => unknown)[] | undefined;
  readonly args: () => unknown[];
}

export class InlineRun {
  readonly work: Work;
  /** Its promise is settled. */
  isOver = false;
  readonly #pool: InlinePool;
  readonly #feed: Feed;
  readonly #input: InlineInput;
  readonly #settle: Settle;
  readonly #count: number;
  /** Word 0: not 0 once the call was cancelled. */
  readonly #aborted = new Int32Array(1);
  readonly #made = performance.now();
  /** When its first item did, as Metrics.settled has it. */
  #started = Infinity;
  #isRunning = false;
  #giveUp = (): void => undefined;
  #grace: NodeJS.Timeout | undefined;

  constructor(pool: InlinePool, work: Work, feed: Feed, input: InlineInput, settle: Settle) {
    this.#pool = pool;
    this.work = work;
    this.#feed = feed;
    this.#input = input;
    this.#settle = settle;
    // Now: the array is the user's.
    this.#count = feed.kind === 'ranges' ? feed.count : feed.items.length;
  }

  /** Rejects the call now. */
  cancel(error: unknown): void {
    if (this.isOver) return;
    Atomics.store(this.#aborted, 0, 1);
    if (this.#isRunning) this.#grace = setTimeout(this.#giveUp, GRACE_MS);
    this.#end(true, error);
  }

  /** Runs it, and settles it; resolves when nothing of it runs any more, or it was given up. */
  async perform(load: () => Promise<AnyTask>): Promise<void> {
    this.#isRunning = true;
    const givenUp = new Promise<void>((resolve) => (this.#giveUp = resolve));
    await Promise.race([this.#toItsEnd(load), givenUp]);
    this.#isRunning = false;
    clearTimeout(this.#grace);
  }

  async #toItsEnd(load: () => Promise<AnyTask>): Promise<void> {
    try {
      this.#end(false, await this.#run(load));
    } catch (error) {
      this.#end(true, error);
    }
  }

  #end(failed: boolean, value: unknown): void {
    if (this.isOver) return;
    this.isOver = true;
    if (this.work.method !== 'ready') this.#pool.metrics.settled(this.#made, this.#started);
    this.#settle(failed, value);
  }

  async #run(load: () => Promise<AnyTask>): Promise<unknown> {
    const { work } = this;
    const feed = this.#feed;
    let task: AnyTask;
    try {
      task = await load();
    } catch (error) {
      throw this.#crossed(error, undefined);
    }
    const args = this.#input.args();
    const count = this.#count;
    const output = feed.kind === 'typed' ? sharedLike(feed.items) : new Array<unknown>(count);
    this.#started = performance.now() + TO_SHARED_MS;
    let begun = 0;
    try {
      while (begun < count && !this.isOver) {
        await this.#runItem(begun++, task as (...args: unknown[]) => unknown, args, output);
        // Nobody is told of the progress of a call that is over.
        if (!this.#isNowOver()) work.onProgress?.(begun);
        if (performance.now() - this.#pool.turned > TURN_MS) {
          await turn();
          this.#pool.turned = performance.now();
        }
      }
    } finally {
      if (work.told?.withChunks === true) {
        const part = partOf(work, feed.kind === 'ranges' ? feed.range : undefined, 0, begun);
        work.told.chunkHere(part, this.#started - TO_SHARED_MS, performance.now());
      }
    }
    return feed.kind === 'ranges' && !feed.keepResults ? undefined : output;
  }

  #isNowOver(): boolean {
    return this.isOver;
  }

  /** Throws what ends the call. */
  async #runItem(
    index: number,
    task: (...args: unknown[]) => unknown,
    args: readonly unknown[],
    output: object,
  ): Promise<void> {
    const pool = this.#pool;
    const results = output as unknown[];
    const { settled, entry } = this.work;
    try {
      const value = await this.#timed(index, () => this.#call(task, args, index));
      const isTyped = this.#feed.kind === 'typed';
      const result = isTyped ? value : pool.crossing.departure(value, 'result', prepareMessage)()();
      results[index] = settled ? { status: 'fulfilled', value: result } : result;
      pool.completed++;
    } catch (error) {
      pool.failed++;
      const reason = this.#crossed(explain(error, entry.spec), index);
      if (!settled) throw reason;
      results[index] = { status: 'rejected', reason };
    }
  }

  #call(task: (...args: unknown[]) => unknown, args: readonly unknown[], index: number): unknown {
    const feed = this.#feed;
    if (feed.kind === 'typed') return task(feed.items[index], ...args);
    if (feed.kind === 'items') {
      const item = this.#input.items![index]();
      return feed.spread ? task(...(item as unknown[])) : task(item, ...args);
    }
    const { start, stop, size } = feed.range;
    return task(rangeStart(start, size, index), rangeStop(start, stop, size, index), ...args);
  }

  async #timed(index: number, call: () => unknown): Promise<unknown> {
    const pool = this.#pool;
    const limit = this.work.itemTimeout;
    const began = performance.now();
    const task = new InlineTask(this.#aborted);
    pool.task = task;
    runAs(task);
    const late = (): TimeoutError =>
      new TimeoutError(`${describeItem(this.work, index)} ran for more than its itemTimeout of ${limit} ms`);
    let stop = (): void => undefined;
    try {
      const value = call();
      if (!isThenable(value)) {
        if (performance.now() - began > limit) throw late();
        return value;
      }
      const tooLate = new Promise<never>((_resolve, reject) => {
        stop = startTimer(limit, () => {
          task.isLate = true;
          reject(late());
        });
      });
      return await Promise.race([value, tooLate]);
    } finally {
      stop();
      // If its call was given up, another item runs.
      if (pool.task === task) {
        pool.task = undefined;
        runAs(undefined);
        pool.busy += performance.now() - began;
      }
    }
  }

  /** As if it had come from a thread. */
  #crossed(error: unknown, index: number | undefined): unknown {
    const { entry, indexed, firstIndex, callSite } = this.work;
    const at = index === undefined || !indexed ? undefined : firstIndex + index;
    const task = { name: entry.spec.label, index: at, threadId };
    const callStack = callSite.stack;
    return decodeError(encodeError(error), callStack === undefined ? { task } : { task, callStack });
  }
}

/** `aborted` once the call was cancelled, or the item's time is up. */
class InlineTask extends CurrentTask {
  isLate = false;
  constructor(aborted: Int32Array) {
    super(aborted, 0, threadId);
  }
  override get aborted(): boolean {
    return this.isLate || super.aborted;
  }
}
