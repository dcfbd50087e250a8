/** The Pool, as users see it: overloads and contracts. What the calls do is in `calls.ts`. */
import { inspect, type InspectOptions } from 'node:util';
import { callSite } from '../tasks/call-site.js';
import { optionsOf } from '../tasks/own-options.js';
import type { Task } from '../tasks/reference.js';
import { broken } from '../tasks/show.js';
import { AdaptiveEngine } from './adaptive-engine.js';
import type { AsyncResult } from './async-result.js';
import { Calls } from './calls.js';
import type { Engine } from './engine.js';
import { InlineEngine } from './inline-engine.js';
import { Observers } from './observers.js';
import {
  callSettings,
  imapSettings,
  mapSettings,
  poolSettings,
  rangeOf,
  type Callbacks,
  type CallOptions,
  type ImapOptions,
  type IndexRange,
  type MapOptions,
  type PoolOptions,
  type PoolSettings,
} from './options.js';
import type { PoolStats } from './pool-stats.js';
import { reduceChunksize } from './schedules.js';
import type { Source } from './sources.js';
import { ThreadEngine } from './thread-engine.js';
import { PoolTrace, traceLimit, type TraceOptions } from './trace.js';
import type { ElementOf, TypedArray } from './typed-array.js';

const UNCLONEABLE: unique symbol = Symbol.for('granule.uncloneable') as never;

/** A task over [start, stop), and the call's `args`. */
export type RangeTask<R> = Task<[start: number, stop: number, ...any[]], R>;

const ready = (): void => undefined;

/**
 * A pool of threads that run tasks. Python: `multiprocessing.Pool`.
 *
 * A thread runs one task at a time, async tasks included, and takes calls in their order; chunks of a
 * long call give way to calls that wait. On abort, timeout or terminate a task has 500 ms from the
 * moment `currentTask().aborted` turns true to end by itself before its thread is replaced.
 *
 * Every promise that a method returns settles, also when threads die. Bad arguments reject (methods
 * that return something else than a promise throw) before any thread is involved.
 *
 * A pool that is open and idle does not keep the program alive.
 *
 * @example
 * await using pool = new Pool(4);
 * await pool.map((x) => x * x, [1, 2, 3]); // [1, 4, 9]
 */
export class Pool implements AsyncDisposable {
  /** How many threads the pool has. */
  readonly threads: number;
  readonly #calls: Calls;
  readonly #observers: Observers;

  /** `new Pool(4)` is short for `new Pool({ threads: 4 })`. Throws TypeError or RangeError for bad options. */
  constructor(options?: PoolOptions | number) {
    const settings = poolSettings(options);
    this.threads = settings.threads;
    this.#observers = new Observers(settings.name);
    this.#calls = new Calls(settings, engineFor(settings, this.#observers), this.#observers);
  }

  /** One call; resolves with what the task returns. Python: `apply`, but never blocking. */
  apply<A extends readonly any[], R>(task: Task<A, R>, args?: readonly [...A], options?: CallOptions): Promise<R> {
    const site = this.#calls.site(this.apply);
    return this.#calls.promise(site, () =>
      this.#calls.apply<R>('apply', task, args, callSettings(options, 'apply'), site),
    );
  }

  /** As `apply`, with a result to ask and callbacks to call. Throws for bad arguments. Python: `apply_async`. */
  applyAsync<A extends readonly any[], R>(
    task: Task<A, R>,
    args?: readonly [...A],
    options?: CallOptions & Callbacks<R>,
  ): AsyncResult<R> {
    const settings = callSettings(options, 'applyAsync');
    const site = callSite(this.applyAsync);
    return this.#calls.result('applyAsync', options, () =>
      this.#calls.apply<R>('applyAsync', task, args, settings, site),
    );
  }

  /**
   * `task(item, ...args)` for every item; results in the items' order. Python: `map`.
   *
   * A typed array maps to a typed array of the same type, over shared memory, as
   * `TypedArray.prototype.map` would, with its conversions. Rejects with the error of the lowest failing
   * index among the items that ran; chunks not yet claimed are not run.
   */
  map<A extends TypedArray>(
    task: Task<[ElementOf<A>, ...any[]], ElementOf<A>>,
    items: A,
    options?: MapOptions,
  ): Promise<SharedTyped<A>>;
  map<T, R>(task: Task<[T, ...any[]], R>, items: Items<T>, options?: MapOptions): Promise<R[]>;
  map(task: Task, items: Source<unknown>, options?: MapOptions): Promise<unknown> {
    const site = this.#calls.site(this.map);
    return this.#calls.promise(site, () => this.#calls.map('map', task, items, mapSettings(options, 'map'), site));
  }

  /** As `map`, with a result to ask and callbacks to call. Throws for bad arguments. Python: `map_async`. */
  mapAsync<A extends TypedArray>(
    task: Task<[ElementOf<A>, ...any[]], ElementOf<A>>,
    items: A,
    options?: MapOptions & Callbacks<SharedTyped<A>>,
  ): AsyncResult<SharedTyped<A>>;
  mapAsync<T, R>(
    task: Task<[T, ...any[]], R>,
    items: Items<T>,
    options?: MapOptions & Callbacks<R[]>,
  ): AsyncResult<R[]>;
  mapAsync(task: Task, items: Source<unknown>, options?: MapOptions & Callbacks<any>): AsyncResult<unknown> {
    const settings = mapSettings(options, 'mapAsync');
    const site = callSite(this.mapAsync);
    return this.#calls.result('mapAsync', options, () => this.#calls.map('mapAsync', task, items, settings, site));
  }

  /**
   * Runs every item, and reports each as `Promise.allSettled` does; of a lost thread's items only those without a
   * result are reported lost.
   */
  mapSettled<T, R>(
    task: Task<[T, ...any[]], R>,
    items: Iterable<T> | AsyncIterable<T>,
    options?: MapOptions,
  ): Promise<PromiseSettledResult<R>[]> {
    const site = this.#calls.site(this.mapSettled);
    return this.#calls.promise(site, () => {
      const settings = mapSettings(options, 'mapSettled');
      return this.#calls.map('mapSettled', task, items, settings, site, 'settled');
    }) as Promise<PromiseSettledResult<R>[]>;
  }

  /** Each item is the task's argument list. Python: `starmap`. */
  starmap<A extends readonly any[], R>(
    task: Task<A, R>,
    items: Iterable<readonly [...A]> | AsyncIterable<readonly [...A]>,
    options?: MapOptions,
  ): Promise<R[]> {
    const site = this.#calls.site(this.starmap);
    return this.#calls.promise(site, () =>
      this.#calls.map('starmap', task, items, mapSettings(options, 'starmap'), site, 'spread'),
    ) as Promise<R[]>;
  }

  /** As `starmap`, with a result to ask and callbacks to call. Throws for bad arguments. Python: `starmap_async`. */
  starmapAsync<A extends readonly any[], R>(
    task: Task<A, R>,
    items: Iterable<readonly [...A]> | AsyncIterable<readonly [...A]>,
    options?: MapOptions & Callbacks<R[]>,
  ): AsyncResult<R[]> {
    const settings = mapSettings(options, 'starmapAsync');
    const site = callSite(this.starmapAsync);
    return this.#calls.result<R[]>('starmapAsync', options, () =>
      this.#calls.map('starmapAsync', task, items, settings, site, 'spread'),
    );
  }

  /**
   * Results as they become ready, in order, of a source that is read only as far ahead as `bufferSize`.
   * A failed item rejects its own `next()`; the `next()` after it goes on. Leaving the loop early stops the
   * work and calls the source's `return()`. Throws for bad arguments. Python: `imap`.
   */
  imap<T, R>(
    task: Task<[T, ...any[]], R>,
    items: Iterable<T> | AsyncIterable<T>,
    options?: ImapOptions,
  ): AsyncIterableIterator<R> {
    return this.#calls.imap('imap', task, items, imapSettings(options, 'imap'), true, callSite(this.imap));
  }

  /** As `imap`, with results in the order in which they become ready. Python: `imap_unordered`. */
  imapUnordered<T, R>(
    task: Task<[T, ...any[]], R>,
    items: Iterable<T> | AsyncIterable<T>,
    options?: ImapOptions,
  ): AsyncIterableIterator<R> {
    const settings = imapSettings(options, 'imapUnordered');
    return this.#calls.imap('imapUnordered', task, items, settings, false, callSite(this.imapUnordered));
  }

  /**
   * `task(start, stop, ...args)` over consecutive ranges that cover [start, stop): the kernel for loops over
   * shared arrays. OpenMP: `parallel for`. `chunksize` is the ranges' length. A range that is reversed or not
   * of integers is a RangeError.
   */
  parallelFor(task: RangeTask<unknown>, range: IndexRange, options?: MapOptions): Promise<void> {
    const site = this.#calls.site(this.parallelFor);
    return this.#calls.promise(site, () =>
      this.#calls.parallelFor(task, range, mapSettings(options, 'parallelFor'), site),
    );
  }

  /**
   * As `parallelFor`, with the ranges' results combined here in range order. The boundaries depend only on
   * the range, the chunksize ('auto': `ceil(n / (4 * threads))`) and the thread count, whatever the schedule,
   * so that floating-point results repeat. An empty range without `initial` is a TypeError.
   * OpenMP: `reduction`.
   */
  parallelReduce<R>(
    task: RangeTask<R>,
    range: IndexRange,
    combine: (left: R, right: R) => R,
    options?: MapOptions & { initial?: R | undefined },
  ): Promise<R> {
    const site = callSite(this.parallelReduce);
    return this.#calls.promise(site, async () => {
      if (typeof combine !== 'function') {
        throw new TypeError(broken('combine', 'a function of two results', combine));
      }
      const settings = mapSettings(options, 'parallelReduce');
      const { start, stop } = rangeOf(range);
      const { initial } = optionsOf(options, 'initial');
      if (start === stop && initial === undefined) {
        throw new TypeError('parallelReduce() over an empty range has no result: pass `initial`');
      }
      const size = settings.chunksize === 'auto' ? reduceChunksize(stop - start, this.threads) : settings.chunksize;
      const ranges = this.#calls.ranges('parallelReduce', task, start, stop, size, settings, site, true);
      const results = (await ranges) as R[];
      // Not `reduce(combine)`: that would also pass an index and the array, which Math.max takes for numbers.
      const step = (left: R, right: R): R => combine(left, right);
      return initial === undefined ? results.reduce(step) : results.reduce(step, initial);
    });
  }

  /** Once on every thread; results by thread. For per-thread state: caches, log levels, teardown. */
  broadcast<A extends readonly any[], R>(task: Task<A, R>, args?: A, options?: CallOptions): Promise<R[]> {
    const site = callSite(this.broadcast);
    return this.#calls.promise(site, () =>
      this.#calls.broadcast<R>('broadcast', task, args, callSettings(options, 'broadcast'), site),
    );
  }

  /** Resolves when every thread has started and run its initializer; rejects with the initializer's error. */
  ready(): Promise<void> {
    const site = callSite(this.ready);
    return this.#calls.promise(site, async () => {
      await this.#calls.broadcast<void>('ready', ready, [], callSettings(undefined, 'ready'), site);
    });
  }

  /** No more calls; those under way go on. May be called again. Python: `close`. */
  close(): void {
    this.#calls.close();
  }

  /**
   * Resolves when a closed pool's threads have ended. Rejects with an Error if the pool is still open.
   * Python: `join`.
   */
  join(): Promise<void> {
    return this.#calls.join();
  }

  /**
   * Calls reject with PoolClosedError now; threads end once idle or after the grace of 500 ms, at once on a
   * second call. Resolves when the last has ended. Python: `terminate`.
   */
  terminate(): Promise<void> {
    return this.#calls.terminate();
  }

  /** What the pool does and has done, as a frozen snapshot. */
  stats(): PoolStats {
    return this.#calls.stats();
  }

  /**
   * Records what the pool does from now on, until `stop()` gives it as a trace that opens in Perfetto: calls, how long
   * they wait, and which thread runs which items when. Costs a call some microseconds, and memory up to `limit`.
   */
  trace(options?: TraceOptions): PoolTrace {
    return new PoolTrace(this.#observers, traceLimit(options));
  }

  /** `close()` and `join()`. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.close();
    await this.join();
  }

  /** @internal */
  [inspect.custom](_depth: number, options: InspectOptions): string {
    const { name, threads, queued, running } = this.#calls.stats();
    return `Pool ${inspect({ name, state: this.#calls.state, threads, queued, running }, options)}`;
  }

  /** Refuses to cross to a thread, and says why (lib/tasks/codec). */
  get [UNCLONEABLE](): string {
    return 'a Pool belongs to the thread that made it: create one inside the task, or return the work to the caller';
  }
}

function engineFor(settings: PoolSettings, observers: Observers): Engine {
  if (settings.execution === 'inline') return new InlineEngine(settings);
  const threads = new ThreadEngine(settings, observers);
  // What an initializer sets up is in the threads only: a task on the caller would miss it.
  const isAdaptive = settings.execution === 'adaptive' && settings.initializer === undefined;
  return isAdaptive ? new AdaptiveEngine(threads, settings.name) : threads;
}

/** Any source of items but a typed array: of that, `map` gives a typed array, and a task has to return its elements. */
export type Items<T> = (Iterable<T> | AsyncIterable<T>) & { readonly BYTES_PER_ELEMENT?: never };

/** `A` over a SharedArrayBuffer: what `map` gives for a typed array. */
export type SharedTyped<A extends TypedArray> =
  A extends Int8Array ? Int8Array<SharedArrayBuffer>
  : A extends Uint8Array ? Uint8Array<SharedArrayBuffer>
  : A extends Uint8ClampedArray ? Uint8ClampedArray<SharedArrayBuffer>
  : A extends Int16Array ? Int16Array<SharedArrayBuffer>
  : A extends Uint16Array ? Uint16Array<SharedArrayBuffer>
  : A extends Int32Array ? Int32Array<SharedArrayBuffer>
  : A extends Uint32Array ? Uint32Array<SharedArrayBuffer>
  : A extends Float32Array ? Float32Array<SharedArrayBuffer>
  : A extends Float64Array ? Float64Array<SharedArrayBuffer>
  : A extends BigInt64Array ? BigInt64Array<SharedArrayBuffer>
  : BigUint64Array<SharedArrayBuffer>;
