/**
 * One subject on the bench: its loop in a thread of its own, its pools, the clock, and what was found so far.
 *
 * The loop runs in a pool of one and not on the caller's thread: that one stays free to show the progress and to
 * hear Ctrl-C, and a subject that never returns can be ended. It is the same code on the same kind of thread that the
 * pool runs it on. All calls of pools are made and timed on the caller's thread, as a program does.
 */
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { setTimeout as pause } from 'node:timers/promises';
import { WorkerLostError } from '../errors.js';
import type { ThreadLostEvent } from '../pool/events.js';
import { Pool } from '../pool/pool.js';
import type { Task } from '../tasks/reference.js';
import { taskModule } from '../tasks/reference.js';
import type { CarryingCosts } from './breakdown.js';
import type { Clock } from './clock.js';
import { BudgetSpent, FIRST_ITEM, ItemFailure, ModuleFailure, type Stuck } from './failures.js';
import { itemsOf, type Feed } from './feed.js';
import type { CostCrossover, Findings, FoundCrossover, NotMeasured } from './findings.js';
import { MARKS_BYTES, markedIn } from './marks.js';
import { spreadOver } from './plan.js';
import { items as itemsText, threads as threadsText } from './quantities.js';

const looping = taskModule<typeof import('../../workers/lab/loop.js')>(
  new URL('../../workers/lab/loop.js', import.meta.url),
);

/** Before a call is timed, threads get this long to fall asleep: as a call that comes alone finds them. */
export const REST_MS = 1;

const BENCH = 'granule tune: loop';
const LOST = 'granule:thread:lost';

/** What is measured. */
export interface Request {
  /** A file: URL. */
  readonly module: string;
  /** As the user named it. */
  readonly path: string;
  /** The export's name. */
  readonly name: string;
  readonly feed: Feed;
  /** The file of the feed. */
  readonly file?: string;
  readonly threads: number;
}

/** What the parts of the measuring find; each writes fields of its own. */
export interface Found
  extends Partial<Pick<Findings, 'cost' | 'dispatch' | 'itemSeries' | 'chunksizes' | 'speedup' | 'traces'>> {
  readonly crossoverByItems?: FoundCrossover;
  readonly crossoverByCost?: CostCrossover;
}

export class Lab implements AsyncDisposable {
  readonly request: Request;
  readonly clock: Clock;
  /** The subject, as a pool takes it. */
  readonly task: Task;
  readonly missing: NotMeasured[] = [];
  /** Known once the cost was measured. */
  asynchronous = false;
  /** Nanoseconds of an item in the loop; NaN until then. */
  itemNs = NaN;
  /** What copying an item takes besides, which is not counted: above 0 where the subject changes its items. */
  copyNs = 0;

  readonly #items: readonly unknown[];
  readonly #bench = new Pool({ threads: 1, name: BENCH });
  readonly #pools = new Map<number, Pool>();
  readonly #found = new Map<string, () => Found>();
  readonly #chosen = new Map<number, readonly unknown[]>();
  readonly #marks = new Int32Array(new SharedArrayBuffer(MARKS_BYTES));

  constructor(request: Request, clock: Clock) {
    this.request = request;
    this.clock = clock;
    this.task = { module: request.module, name: request.name };
    this.#items = itemsOf(request.feed);
    subscribe(LOST, this.#hearLoss);
  }

  /** `read` is asked whenever the findings are wanted, also in the midst of the part. */
  found(part: string, read: () => Found): void {
    this.#found.set(part, read);
  }

  /** What all parts have found until now. */
  get findings(): Found {
    return Object.assign({}, ...Array.from(this.#found.values(), (read) => read())) as Found;
  }

  notMeasured(what: string, why: string): void {
    this.missing.push({ what, why });
  }

  // ── The loop ───────────────────────────────────────────────────────────────────────────────────

  /** ModuleFailure where there is no such function. Starts the threads of the largest pool meanwhile. */
  async load(): Promise<void> {
    const { module, name } = this.request;
    const loaded = this.#bench.apply(looping.load, [module, name], this.#limit()).catch((error: unknown) => {
      this.#checkBudget(error, 'loading the module');
      throw new ModuleFailure(error);
    });
    await Promise.all([loaded, this.pool()]);
  }

  async start(): Promise<{ asynchronous: boolean; first: number }> {
    await this.#prepare();
    const started = await this.#onBench(this.#bench.apply(looping.start, [], this.#limit()), FIRST_ITEM);
    if (started.changed) await this.#prepare(true);
    return started;
  }

  async #prepare(isChanging = false): Promise<void> {
    const { feed } = this.request;
    const { buffer } = this.#marks;
    const call = this.#bench.apply(looping.prepare, [feed, isChanging, buffer], this.#limit());
    const copying = await this.#onBench(call, `making ${itemsText(feed.count)}`);
    if (isChanging) this.copyNs = Math.max(1, copying);
  }

  /** Milliseconds, about, of a first loop over `count` of the items, should one end its thread or never return. */
  async first(count: number): Promise<number> {
    const call = this.#bench.apply(looping.first, [count], this.#limit());
    const { took, changed } = await this.#onBench(call, loopOver(count));
    if (changed) await this.#prepare(true);
    return took;
  }

  /** See workers/lab/loop.ts. */
  loop(count: number, samples = 1, least = 0.02): Promise<number[]> {
    return this.#onBench(this.#bench.apply(looping.loop, [count, samples, least], this.#limit()), loopOver(count));
  }
  batches(batch: number, limit: number): Promise<number[]> {
    const call = this.#bench.apply(looping.batches, [batch, limit], this.#limit());
    return this.#onBench(call, loopOver(this.#items.length));
  }
  waiting(count: number): Promise<number> {
    return this.#onBench(this.#bench.apply(looping.waiting, [count], this.#limit()), loopOver(count));
  }
  burnLoop(steps: number, count: number, samples = 1, least = 0.02): Promise<number[]> {
    const call = this.#bench.apply(looping.burnLoop, [steps, count, samples, least], this.#limit());
    return this.#onBench(call, loopOver(count));
  }
  carrying(count: number): Promise<CarryingCosts> {
    return this.#onBench(this.#bench.apply(looping.carrying, [count], this.#limit()), loopOver(count));
  }

  async #onBench<T>(call: Promise<T>, during: string): Promise<T> {
    try {
      const result = await call;
      if (this.#loss === undefined) return result;
      throw this.#loss;
    } catch (error) {
      const marked = markedIn(this.#marks);
      const at = marked === undefined ? undefined : { ...marked, item: this.#items[marked.index] };
      this.#checkBudget(error, during, at);
      if (this.#loss !== undefined) throw new ItemFailure(at?.index ?? -1, at?.item, this.#loss);
      const { item, cause } = error as { item?: unknown; cause?: unknown };
      if (typeof item === 'number') throw new ItemFailure(item, this.#items[item], cause);
      throw new ItemFailure(-1, undefined, error);
    }
  }

  /** The bench's thread, lost between two calls by what a first one left behind: its successor knows no subject. */
  #loss: WorkerLostError | undefined;
  #hearLoss = (message: unknown): void => {
    const { pool, error, ...exit } = message as ThreadLostEvent;
    if (pool === BENCH) this.#loss ??= new WorkerLostError('The thread of the loop ended', { ...exit, cause: error });
  };

  // ── Pools ──────────────────────────────────────────────────────────────────────────────────────

  /** The pool of so many threads, started. */
  async pool(threads = this.request.threads): Promise<Pool> {
    let pool = this.#pools.get(threads);
    if (pool === undefined) {
      pool = new Pool({ threads, name: `granule tune: ${threads}` });
      this.#pools.set(threads, pool);
      await this.#inTime(pool.ready(), `starting ${threadsText(threads)}`);
    }
    return pool;
  }

  /** Each thread of the pool loads the function and runs it once: whichever wakes first would do so alone. */
  async introduce(pool: Pool): Promise<void> {
    const [item] = this.#items;
    const limit = this.#limit();
    try {
      await pool.broadcast(this.task, [item], limit);
    } catch (error) {
      this.#checkBudget(error, FIRST_ITEM);
      throw new ItemFailure(0, item, error);
    }
  }

  async close(threads: number): Promise<void> {
    const pool = this.#pools.get(threads);
    this.#pools.delete(threads);
    await pool?.terminate();
  }

  /** `count` of the items, evenly from all of them. */
  items(count: number): readonly unknown[] {
    if (count === this.#items.length) return this.#items;
    let chosen = this.#chosen.get(count);
    if (chosen === undefined) {
      const place = spreadOver(this.#items.length, count);
      chosen = Array.from({ length: count }, (_, k) => this.#items[place(k)]);
      this.#chosen.set(count, chosen);
    }
    return chosen;
  }

  /** Milliseconds of one map over `count` items by threads that were asleep. `chunksize`: undefined for the default. */
  async map(pool: Pool, count: number, chunksize?: number): Promise<number> {
    const items = this.items(count);
    await pause(REST_MS);
    const began = performance.now();
    try {
      await pool.map(this.task, items, { ...this.#limit(), chunksize });
    } catch (error) {
      throw this.failure(error, count);
    }
    return performance.now() - began;
  }

  /** As `map`, of a task that is not the subject. */
  async mapWith(pool: Pool, task: Task, count: number, args: readonly unknown[]): Promise<number> {
    const items = this.items(count);
    await pause(REST_MS);
    const began = performance.now();
    try {
      await pool.map(task, items, { ...this.#limit(), args });
    } catch (error) {
      this.#checkBudget(error, mapOver(count));
      throw error;
    }
    return performance.now() - began;
  }

  /** What to throw for what a pool's call over `count` of the items has thrown. */
  failure(error: unknown, count: number): unknown {
    if (error instanceof BudgetSpent) return error;
    this.#checkBudget(error, mapOver(count));
    const { task } = error as { task?: { index?: number } };
    if (task?.index === undefined) return new ItemFailure(-1, undefined, error);
    const index = spreadOver(this.#items.length, count)(task.index);
    return new ItemFailure(index, this.#items[index], error);
  }

  #limit(): { timeout: number } {
    if (this.clock.left <= 0) throw new BudgetSpent();
    return { timeout: this.clock.left };
  }

  /** For what takes no time limit of its own. */
  async #inTime(work: Promise<void>, during: string): Promise<void> {
    const { timeout } = this.#limit();
    const done = new AbortController();
    const late = pause(timeout, true, { signal: done.signal }).catch(() => false);
    const isLate = await Promise.race([work.then(() => false), late]).finally(() => done.abort());
    if (isLate) throw new BudgetSpent(during);
  }

  #checkBudget(error: unknown, during: string, at?: Stuck): void {
    const isTimeout = (error as { code?: unknown } | null)?.code === 'ERR_GRANULE_TIMEOUT';
    if (!isTimeout || this.clock.left > 1) return;
    throw new BudgetSpent(during, at !== undefined && at.ms > this.clock.budget / 2 ? at : undefined);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    unsubscribe(LOST, this.#hearLoss);
    await Promise.all([this.#bench, ...this.#pools.values()].map((pool) => pool.terminate()));
  }
}

const loopOver = (count: number): string => `a loop over ${itemsText(count)}`;
const mapOver = (count: number): string => `a pool's call over ${itemsText(count)}`;
