/**
 * The subject in a loop, in a thread of its own, and not on the caller's: that one stays free to show the progress and
 * to hear Ctrl-C, and a subject that never returns can be ended. It is the same code on the same kind of thread that
 * the pool runs it on. What the thread does is in workers/lab/loop.ts.
 */
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { WorkerLostError } from '../errors.js';
import type { ThreadLostEvent } from '../pool/events.js';
import { Pool } from '../pool/pool.js';
import type { TaskReference } from '../tasks/reference.js';
import { taskModule } from '../tasks/reference.js';
import type { CarryingCosts } from './breakdown.js';
import type { Clock } from './clock.js';
import { FIRST_ITEM, ItemFailure, ModuleFailure } from './failures.js';
import type { Feed } from './feed.js';
import { MARKS_BYTES, markedIn } from './marks.js';
import { items as itemsText } from './quantities.js';

const looping = taskModule<typeof import('../../workers/lab/loop.js')>(
  new URL('../../workers/lab/loop.js', import.meta.url),
);

const NAME = 'granule tune: loop';
const LOST = 'granule:thread:lost';

export class Bench implements AsyncDisposable {
  /** What copying an item takes besides, which is not counted: above 0 where the subject changes its items. */
  copyNs = 0;

  readonly #task: TaskReference;
  readonly #feed: Feed;
  readonly #items: readonly unknown[];
  readonly #clock: Clock;
  readonly #pool = new Pool({ threads: 1, name: NAME });
  readonly #marks = new Int32Array(new SharedArrayBuffer(MARKS_BYTES));
  /** The thread, lost between two calls by what a first one left behind: its successor knows no subject. */
  #loss: WorkerLostError | undefined;

  /** `items`: those of the feed. */
  constructor(task: TaskReference, feed: Feed, items: readonly unknown[], clock: Clock) {
    this.#task = task;
    this.#feed = feed;
    this.#items = items;
    this.#clock = clock;
    subscribe(LOST, this.#hearLoss);
  }

  /** ModuleFailure where there is no such function. */
  async load(): Promise<void> {
    const { module, name } = this.#task;
    try {
      await this.#pool.apply(looping.load, [module, name], this.#clock.limit());
    } catch (error) {
      this.#clock.check(error, 'loading the module');
      throw new ModuleFailure(this.#loss ?? error);
    }
  }

  async start(): Promise<{ asynchronous: boolean; first: number }> {
    await this.#prepare();
    const started = await this.#heed(this.#pool.apply(looping.start, [], this.#clock.limit()), FIRST_ITEM);
    if (started.changed) await this.#prepare(true);
    return started;
  }

  async #prepare(isChanging = false): Promise<void> {
    const { buffer } = this.#marks;
    const call = this.#pool.apply(looping.prepare, [this.#feed, isChanging, buffer], this.#clock.limit());
    const copying = await this.#heed(call, `making ${itemsText(this.#feed.count)}`);
    if (isChanging) this.copyNs = Math.max(1, copying);
  }

  /** Milliseconds, about, of a first loop over `count` of the items, should one end its thread or never return. */
  async first(count: number): Promise<number> {
    const call = this.#pool.apply(looping.first, [count], this.#clock.limit());
    const { took, changed } = await this.#heed(call, loopOver(count));
    if (changed) await this.#prepare(true);
    return took;
  }

  loop(count: number, samples = 1, least = 0.02): Promise<number[]> {
    const call = this.#pool.apply(looping.loop, [count, samples, least], this.#clock.limit());
    return this.#heed(call, loopOver(count));
  }

  batches(batch: number, limit: number): Promise<number[]> {
    const call = this.#pool.apply(looping.batches, [batch, limit], this.#clock.limit());
    return this.#heed(call, loopOver(this.#items.length));
  }

  waiting(count: number): Promise<number> {
    return this.#heed(this.#pool.apply(looping.waiting, [count], this.#clock.limit()), loopOver(count));
  }

  burnLoop(steps: number, count: number, samples = 1, least = 0.02): Promise<number[]> {
    const call = this.#pool.apply(looping.burnLoop, [steps, count, samples, least], this.#clock.limit());
    return this.#heed(call, loopOver(count));
  }

  carrying(count: number): Promise<CarryingCosts> {
    return this.#heed(this.#pool.apply(looping.carrying, [count], this.#clock.limit()), loopOver(count));
  }

  /** The call's result; ItemFailure for what the subject did instead. */
  async #heed<T>(call: Promise<T>, during: string): Promise<T> {
    try {
      const result = await call;
      if (this.#loss === undefined) return result;
      throw this.#loss;
    } catch (error) {
      const marked = markedIn(this.#marks);
      const at = marked === undefined ? undefined : { ...marked, item: this.#items[marked.index] };
      this.#clock.check(error, during, at);
      if (this.#loss !== undefined) throw new ItemFailure(at?.index ?? -1, at?.item, this.#loss);
      const { item, cause } = error as { item?: unknown; cause?: unknown };
      if (typeof item === 'number') throw new ItemFailure(item, this.#items[item], cause);
      throw new ItemFailure(-1, undefined, error);
    }
  }

  #hearLoss = (message: unknown): void => {
    const { pool, error, ...exit } = message as ThreadLostEvent;
    if (pool === NAME) this.#loss ??= new WorkerLostError('The thread of the loop ended', { ...exit, cause: error });
  };

  async [Symbol.asyncDispose](): Promise<void> {
    unsubscribe(LOST, this.#hearLoss);
    await this.#pool.terminate();
  }
}

const loopOver = (count: number): string => `a loop over ${itemsText(count)}`;
