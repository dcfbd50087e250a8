/**
 * What the parts of the measuring work with: the subject's loop on its bench, its pools, the clock, and what was found
 * so far. All calls of pools are made and timed on the caller's thread, as a program does.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { Pool } from '../pool/pool.js';
import type { Task, TaskReference } from '../tasks/reference.js';
import { Bench } from './bench.js';
import type { Clock } from './clock.js';
import { BudgetSpent, FIRST_ITEM, ItemFailure } from './failures.js';
import { itemsOf, type Feed } from './feed.js';
import type { CostCrossover, Findings, FoundCrossover, NotMeasured } from './findings.js';
import { spreadOver } from './plan.js';
import { items as itemsText, threads as threadsText } from './quantities.js';

/** Before a call is timed, threads get this long to fall asleep: as a call that comes alone finds them. */
export const REST_MS = 1;

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
  readonly task: TaskReference;
  /** The subject, in a loop. */
  readonly bench: Bench;
  readonly missing: NotMeasured[] = [];
  /** Known once the cost was measured. */
  asynchronous = false;
  /** Nanoseconds of an item in the loop; NaN until then. */
  itemNs = NaN;

  readonly #items: readonly unknown[];
  readonly #pools = new Map<number, Pool>();
  readonly #found = new Map<string, () => Found>();
  readonly #chosen = new Map<number, readonly unknown[]>();

  constructor(request: Request, clock: Clock) {
    this.request = request;
    this.clock = clock;
    this.task = { module: request.module, name: request.name };
    this.#items = itemsOf(request.feed);
    this.bench = new Bench(this.task, request.feed, this.#items, clock);
  }

  // ── What was found ─────────────────────────────────────────────────────────────────────────────

  /** `read` is asked whenever the findings are wanted, also in the midst of the part. */
  found(part: string, read: () => Found): void {
    this.#found.set(part, read);
  }

  /** What all parts have found until now. */
  get findings(): Found {
    return Object.assign({}, ...Array.from(this.#found.values(), (read) => read())) as Found;
  }

  notMeasured(what: string, why: string): NotMeasured {
    const note = { what, why };
    this.missing.push(note);
    return note;
  }

  /** It is to be measured after all. */
  withdraw(note: NotMeasured): void {
    this.missing.splice(this.missing.indexOf(note), 1);
  }

  // ── Pools ──────────────────────────────────────────────────────────────────────────────────────

  /** ModuleFailure where there is no such function. Starts the threads of the largest pool meanwhile. */
  async load(): Promise<void> {
    await Promise.all([this.bench.load(), this.pool()]);
  }

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
    const limit = this.clock.limit();
    try {
      await pool.broadcast(this.task, [item], limit);
    } catch (error) {
      this.clock.check(error, FIRST_ITEM);
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
    try {
      return await this.#timed(pool, this.task, count, { chunksize });
    } catch (error) {
      throw this.failure(error, count);
    }
  }

  /** As `map`, of a task that is not the subject. */
  async mapWith(pool: Pool, task: Task, count: number, args: readonly unknown[]): Promise<number> {
    try {
      return await this.#timed(pool, task, count, { args });
    } catch (error) {
      this.clock.check(error, mapOver(count));
      throw error;
    }
  }

  async #timed(
    pool: Pool,
    task: Task,
    count: number,
    options: { readonly chunksize?: number; readonly args?: readonly unknown[] },
  ): Promise<number> {
    const items = this.items(count);
    await pause(REST_MS);
    const began = performance.now();
    await pool.map(task, items, { ...this.clock.limit(), ...options });
    return performance.now() - began;
  }

  /** What to throw for what a pool's call over `count` of the items has thrown. */
  failure(error: unknown, count: number): unknown {
    if (error instanceof BudgetSpent) return error;
    this.clock.check(error, mapOver(count));
    const { task } = error as { task?: { index?: number } };
    if (task?.index === undefined) return new ItemFailure(-1, undefined, error);
    const index = spreadOver(this.#items.length, count)(task.index);
    return new ItemFailure(index, this.#items[index], error);
  }

  /** For what takes no time limit of its own. */
  async #inTime(work: Promise<void>, during: string): Promise<void> {
    const { timeout } = this.clock.limit();
    const done = new AbortController();
    const late = pause(timeout, true, { signal: done.signal }).catch(() => false);
    const isLate = await Promise.race([work.then(() => false), late]).finally(() => done.abort());
    if (isLate) throw new BudgetSpent(during);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const pools = [...this.#pools.values()].map((pool) => pool.terminate());
    await Promise.all([this.bench[Symbol.asyncDispose](), ...pools]);
  }
}

const mapOver = (count: number): string => `a pool's call over ${itemsText(count)}`;
