/** The Pool: what users call. It checks arguments, keeps promises and time limits, and leaves the running to its engine. */
import { types } from 'node:util';
import { PoolClosedError, QueueFullError, TimeoutError } from '../errors.js';
import type { Task } from '../tasks/reference.js';
import { AsyncResult } from './async-result.js';
import { callSite } from './call-site.js';
import { typeOf } from './columns.js';
import type { Engine, Feed, Work } from './engine.js';
import { Imap } from './imap.js';
import { InlineEngine } from './inline-engine.js';
import {
  callbacksOf,
  callSettings,
  imapSettings,
  mapSettings,
  poolSettings,
  rangeOf,
  type Callbacks,
  type CallOptions,
  type CallSettings,
  type ImapOptions,
  type MapOptions,
  type MapSettings,
  type PoolOptions,
  type PoolSettings,
} from './options.js';
import { firstChunksize, rangeChunksize, reduceChunksize, SCHEDULES, splitRange } from './schedules.js';
import { checkSource, gather, isAsync, type Source } from './sources.js';
import { GRACE_MS } from './scheduler.js';
import { ThreadEngine } from './thread-engine.js';
import { startTimer } from './timer.js';
import type { ElementOf, TypedArray } from './typed-array.js';
import type { TaskEntry } from './task-table.js';

/** A frozen snapshot of what a pool does and has done. */
export interface PoolStats {
  readonly name: string;
  readonly threads: number;
  /** Calls waiting for a thread. */
  readonly queued: number;
  /** Calls under way. */
  readonly running: number;
  /** Items finished without error since the start. */
  readonly completed: number;
  /** Items that failed since the start. */
  readonly failed: number;
  /** Threads that ended other than by the pool's own will. */
  readonly lostThreads: number;
  /** Time in tasks over time available, since the start: 0 to 1. */
  readonly utilization: number;
}

const UNCLONEABLE: unique symbol = Symbol.for('granule.uncloneable') as never;

type Range = number | { start?: number; stop: number };
type RangeTask<R> = Task<[start: number, stop: number, ...any[]], R>;

const itemPath = (index: number): string => `items[${index}]`;
const argsPath = (): string => 'args';
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
  readonly #settings: PoolSettings;
  readonly #engine: Engine;
  readonly #started = performance.now();
  #state: 'open' | 'closed' | 'terminated' = 'open';
  /** Calls whose promise is pending; the engine may not know of them yet. */
  readonly #pending = new Set<(error: unknown) => void>();
  #ended: Promise<void> | undefined;
  #settledCall: (() => void)[] = [];
  /** The threads are ending, or have ended. */
  #over = false;

  /** `new Pool(4)` is short for `new Pool({ threads: 4 })`. Throws TypeError or RangeError for bad options. */
  constructor(options?: PoolOptions | number) {
    this.#settings = poolSettings(options);
    this.threads = this.#settings.threads;
    this.#engine =
      this.#settings.execution === 'inline' ? new InlineEngine(this.#settings) : new ThreadEngine(this.#settings);
  }

  /** One call; resolves with what the task returns. Python: `apply`, but never blocking. */
  apply<A extends readonly any[], R>(task: Task<A, R>, args?: readonly [...A], options?: CallOptions): Promise<R> {
    const site = callSite(this.apply);
    return this.#promise(() => this.#apply<R>('apply', task, args, callSettings(options, 'apply'), site));
  }

  /** As `apply`, with a result to ask and callbacks to call. Throws for bad arguments. Python: `apply_async`. */
  applyAsync<A extends readonly any[], R>(
    task: Task<A, R>,
    args?: readonly [...A],
    options?: CallOptions & Callbacks<R>,
  ): AsyncResult<R> {
    const settings = callSettings(options, 'applyAsync');
    return this.#result(options, () => this.#apply<R>('applyAsync', task, args, settings, callSite(this.applyAsync)));
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
  map<T, R>(task: Task<[T, ...any[]], R>, items: Iterable<T> | AsyncIterable<T>, options?: MapOptions): Promise<R[]>;
  map(task: Task, items: Source<unknown>, options?: MapOptions): Promise<unknown> {
    const site = callSite(this.map);
    return this.#promise(() => this.#map('map', task, items, mapSettings(options, 'map'), site));
  }

  /** As `map`, with a result to ask and callbacks to call. Throws for bad arguments. Python: `map_async`. */
  mapAsync<A extends TypedArray>(
    task: Task<[ElementOf<A>, ...any[]], ElementOf<A>>,
    items: A,
    options?: MapOptions & Callbacks<SharedTyped<A>>,
  ): AsyncResult<SharedTyped<A>>;
  mapAsync<T, R>(
    task: Task<[T, ...any[]], R>,
    items: Iterable<T> | AsyncIterable<T>,
    options?: MapOptions & Callbacks<R[]>,
  ): AsyncResult<R[]>;
  mapAsync(task: Task, items: Source<unknown>, options?: MapOptions & Callbacks<any>): AsyncResult<unknown> {
    const settings = mapSettings(options, 'mapAsync');
    return this.#result(options, () => this.#map('mapAsync', task, items, settings, callSite(this.mapAsync)));
  }

  /** Runs every item, and reports each as `Promise.allSettled` does; of a lost thread's items only those without a result are reported lost. */
  mapSettled<T, R>(
    task: Task<[T, ...any[]], R>,
    items: Iterable<T> | AsyncIterable<T>,
    options?: MapOptions,
  ): Promise<PromiseSettledResult<R>[]> {
    const site = callSite(this.mapSettled);
    return this.#promise(() =>
      this.#map('mapSettled', task, items as Source<unknown>, mapSettings(options, 'mapSettled'), site, { settled: true }),
    ) as Promise<PromiseSettledResult<R>[]>;
  }

  /** Each item is the task's argument list. Python: `starmap`. */
  starmap<A extends readonly any[], R>(
    task: Task<A, R>,
    items: Iterable<A> | AsyncIterable<A>,
    options?: MapOptions,
  ): Promise<R[]> {
    const site = callSite(this.starmap);
    return this.#promise(() =>
      this.#map('starmap', task, items, mapSettings(options, 'starmap'), site, { spread: true }),
    ) as Promise<R[]>;
  }

  /** As `starmap`, with a result to ask and callbacks to call. Throws for bad arguments. Python: `starmap_async`. */
  starmapAsync<A extends readonly any[], R>(
    task: Task<A, R>,
    items: Iterable<A> | AsyncIterable<A>,
    options?: MapOptions & Callbacks<R[]>,
  ): AsyncResult<R[]> {
    const settings = mapSettings(options, 'starmapAsync');
    return this.#result(options, () =>
      this.#map('starmapAsync', task, items, settings, callSite(this.starmapAsync), { spread: true }),
    ) as AsyncResult<R[]>;
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
    return this.#imap('imap', task, items, imapSettings(options, 'imap'), true, callSite(this.imap));
  }

  /** As `imap`, with results in the order in which they become ready. Python: `imap_unordered`. */
  imapUnordered<T, R>(
    task: Task<[T, ...any[]], R>,
    items: Iterable<T> | AsyncIterable<T>,
    options?: ImapOptions,
  ): AsyncIterableIterator<R> {
    const settings = imapSettings(options, 'imapUnordered');
    return this.#imap('imapUnordered', task, items, settings, false, callSite(this.imapUnordered));
  }

  /**
   * `task(start, stop, ...args)` over consecutive ranges that cover [start, stop): the kernel for loops over
   * shared arrays. OpenMP: `parallel for`. `chunksize` is the ranges' length. A range that is reversed or not
   * of integers is a RangeError.
   */
  parallelFor(task: RangeTask<unknown>, range: Range, options?: MapOptions): Promise<void> {
    const site = callSite(this.parallelFor);
    return this.#promise(() => this.#parallelFor(task, range, mapSettings(options, 'parallelFor'), site));
  }

  /**
   * As `parallelFor`, with the ranges' results combined here in range order. The boundaries depend only on
   * the range, the chunksize ('auto': `ceil(n / (4 * threads))`) and the thread count, whatever the schedule,
   * so that floating-point results repeat. An empty range without `initial` is a TypeError.
   * OpenMP: `reduction`.
   */
  parallelReduce<R>(
    task: RangeTask<R>,
    range: Range,
    combine: (left: R, right: R) => R,
    options?: MapOptions & { initial?: R },
  ): Promise<R> {
    const site = callSite(this.parallelReduce);
    return this.#promise(async () => {
      if (typeof combine !== 'function') {
        throw new TypeError(`Expected \`combine\` of parallelReduce to be a function, got ${typeof combine}`);
      }
      const settings = mapSettings(options, 'parallelReduce');
      const { start, stop } = rangeOf(range);
      const given = options !== undefined && 'initial' in options && options.initial !== undefined;
      if (start === stop && !given) {
        throw new TypeError('parallelReduce over an empty range has no result: pass `initial`');
      }
      const size = settings.chunksize === 'auto' ? reduceChunksize(stop - start, this.threads) : settings.chunksize;
      const results = (await this.#ranges('parallelReduce', task, start, stop, size, settings, site, true)) as R[];
      return given ? results.reduce(combine, options.initial as R) : results.reduce(combine);
    });
  }

  /** Once on every thread; results by thread. For per-thread state: caches, log levels, teardown. */
  broadcast<A extends readonly any[], R>(task: Task<A, R>, args?: A, options?: CallOptions): Promise<R[]> {
    const site = callSite(this.broadcast);
    return this.#promise(() => this.#broadcast<R>(task, args, callSettings(options, 'broadcast'), site));
  }

  /** Resolves when every thread has started and run its initializer; rejects with the initializer's error. */
  ready(): Promise<void> {
    const site = callSite(this.ready);
    return this.#promise(async () => {
      await this.#broadcast<void>(ready, [], callSettings(undefined, 'ready'), site);
    });
  }

  /** No more calls; those under way go on. May be called again. Python: `close`. */
  close(): void {
    if (this.#state === 'open') this.#state = 'closed';
  }

  /** Resolves when a closed pool's threads have ended. Rejects with an Error if the pool is still open. Python: `join`. */
  join(): Promise<void> {
    if (this.#state === 'open') {
      return Promise.reject(new Error('join() waits for a pool that takes no more calls: call close() or terminate() first'));
    }
    return (this.#ended ??= this.#drain());
  }

  /**
   * Calls reject with PoolClosedError now; threads end once idle or after the grace of 500 ms, at once on a
   * second call. Resolves when the last has ended. Python: `terminate`.
   */
  terminate(): Promise<void> {
    if (this.#state === 'terminated') return this.#engine.end();
    this.#state = 'terminated';
    this.#over = true;
    const error = (): PoolClosedError => new PoolClosedError('The pool was terminated before this call was done');
    for (const cancel of [...this.#pending]) cancel(error());
    this.#engine.cancelAll(error);
    // A thread may be stuck outside of any task: after the grace (and the time its ending takes) none is asked.
    const stop = setTimeout(() => void this.#engine.end(), GRACE_MS);
    return (this.#ended ??= this.#drain()).finally(() => {
      clearTimeout(stop);
    });
  }

  /** What the pool does and has done, as a frozen snapshot. */
  stats(): PoolStats {
    const { busy, ...counts } = this.#engine.stats();
    const available = (performance.now() - this.#started) * this.threads;
    return Object.freeze({
      name: this.#settings.name,
      threads: this.threads,
      ...counts,
      utilization: available > 0 ? Math.min(1, busy / available) : 0,
    });
  }

  /** `close()` and `join()`. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.close();
    await this.join();
  }

  /** Refuses to cross to a thread, and says why (lib/tasks/codec). */
  get [UNCLONEABLE](): string {
    return 'a Pool belongs to the thread that made it: create one inside the task, or return the work to the caller';
  }

  // ── Calls ──────────────────────────────────────────────────────────────────────────────────────

  #apply<R>(
    method: string,
    task: Task<any, R>,
    args: readonly unknown[] | undefined,
    settings: CallSettings,
    site: { readonly stack?: string },
  ): Promise<R> {
    if (args !== undefined && !Array.isArray(args)) {
      throw new TypeError(`Expected the arguments of ${method} to be an array, got ${typeof args}`);
    }
    const entry = this.#engine.entry(task);
    const work = singleWork(method, entry, settings.itemTimeout, site, -1);
    const feed: Feed = { kind: 'items', items: [args ?? NO_ARGS], spread: true, path: argsPath };
    return this.#call(settings, method, entry, (settle) =>
      this.#engine.start(work, feed, (failed, value) => {
        settle(failed, failed ? value : (value as unknown[])[0]);
      }),
    ) as Promise<R>;
  }

  #map(
    method: string,
    task: Task,
    items: Source<unknown>,
    settings: MapSettings,
    site: { readonly stack?: string },
    { settled = false, spread = false } = {},
  ): Promise<unknown> {
    checkSource(items, method);
    const entry = this.#engine.entry(task);
    if (!spread && ArrayBuffer.isView(items) && !types.isDataView(items) && typeOf(items as TypedArray) >= 0 && !settled) {
      return this.#typedMap(method, entry, items as TypedArray, settings, site);
    }
    return this.#call(settings, method, entry, (settle) => {
      const begin = (list: readonly unknown[]): ((error: unknown) => void) => {
        if (spread) checkTuples(list, method);
        if (list.length === 0) {
          settle(false, []);
          return noCancel;
        }
        const work = this.#mapWork(method, entry, settings, site, list.length, settled);
        return this.#engine.start(work, { kind: 'items', items: list, spread, path: itemPath }, settle);
      };
      if (!isAsync(items)) return begin(Array.isArray(items) ? (items as unknown[]) : [...(items as Iterable<unknown>)]);
      let abandoned = false;
      let cancel: (error: unknown) => void = (error) => {
        abandoned = true;
        settle(true, error);
      };
      gather(items, () => abandoned).then(
        (list) => {
          if (abandoned) return;
          try {
            cancel = begin(list);
          } catch (error) {
            settle(true, error);
          }
        },
        (error: unknown) => {
          settle(true, error);
        },
      );
      return (error) => {
        cancel(error);
      };
    });
  }

  #typedMap(
    method: string,
    entry: TaskEntry,
    items: TypedArray,
    settings: MapSettings,
    site: { readonly stack?: string },
  ): Promise<unknown> {
    const work = this.#mapWork(method, entry, settings, site, items.length, false);
    return this.#call(settings, method, entry, (settle) => this.#engine.start(work, { kind: 'typed', items }, settle));
  }

  #imap<R>(
    method: string,
    task: Task<any, R>,
    items: Source<unknown>,
    settings: MapSettings,
    ordered: boolean,
    site: { readonly stack?: string },
  ): AsyncIterableIterator<R> {
    checkSource(items, method);
    const entry = this.#engine.entry(task);
    this.#mustBeOpen(method);
    this.#mustHaveRoom(method);
    return new Imap<R>({
      items,
      settings,
      ordered,
      threads: this.threads,
      cost: entry.cost,
      method,
      label: entry.spec.label,
      run: (chunk, firstIndex, settle) => {
        if (this.#over) {
          settle(true, new PoolClosedError(`${method} was cut short: the pool has ended`));
          return noCancel;
        }
        const work: Work = {
          ...singleWork(method, entry, settings.itemTimeout, site, -1),
          args: settings.args,
          settled: true,
          retries: settings.retries,
          firstIndex,
          indexed: true,
        };
        const path = (index: number): string => `items[${firstIndex + index}]`;
        return this.#engine.start(work, { kind: 'items', items: chunk, spread: false, path }, settle);
      },
    });
  }

  #parallelFor(
    task: RangeTask<unknown>,
    range: Range,
    settings: MapSettings,
    site: { readonly stack?: string },
  ): Promise<void> {
    const { start, stop } = rangeOf(range);
    const { cost } = this.#engine.entry(task);
    const auto = rangeChunksize(stop - start, this.threads, cost.asynchronous ? 0 : cost.nsPerItem);
    const size = settings.chunksize === 'auto' ? auto : settings.chunksize;
    return this.#ranges('parallelFor', task, start, stop, size, settings, site, false) as Promise<void>;
  }

  #ranges(
    method: string,
    task: RangeTask<unknown>,
    start: number,
    stop: number,
    size: number,
    settings: MapSettings,
    site: { readonly stack?: string },
    keepResults: boolean,
  ): Promise<unknown> {
    const entry = this.#engine.entry(task);
    const split = splitRange(start, stop, size);
    const work: Work = {
      ...this.#mapWork(method, entry, settings, site, split.count, false),
      // Ranges are claimed one by one: their length is the chunk.
      schedule: DYNAMIC,
      chunk: 1,
    };
    return this.#call(settings, method, entry, (settle) => {
      if (split.count === 0) {
        settle(false, keepResults ? [] : undefined);
        return noCancel;
      }
      return this.#engine.start(work, { kind: 'ranges', range: split, count: split.count, keepResults }, settle);
    });
  }

  #broadcast<R>(
    task: Task<any, R>,
    args: readonly unknown[] | undefined,
    settings: CallSettings,
    site: { readonly stack?: string },
  ): Promise<R[]> {
    if (args !== undefined && !Array.isArray(args)) {
      throw new TypeError(`Expected the arguments of broadcast to be an array, got ${typeof args}`);
    }
    const entry = this.#engine.entry(task);
    return this.#call(settings, 'broadcast', entry, (settle) => {
      const results = new Array<unknown>(this.#engine.threads);
      const cancels: ((error: unknown) => void)[] = [];
      let left = results.length;
      const stop = (error: unknown): void => {
        settle(true, error);
        for (const cancel of cancels) cancel(error);
      };
      for (let thread = 0; thread < results.length; thread++) {
        const work = singleWork('broadcast', entry, settings.itemTimeout, site, thread);
        const feed: Feed = { kind: 'items', items: [args ?? NO_ARGS], spread: true, path: argsPath };
        cancels.push(
          this.#engine.start(work, feed, (failed, value) => {
            if (failed) stop(value);
            else {
              results[thread] = (value as unknown[])[0];
              if (--left === 0) settle(false, results);
            }
          }),
        );
      }
      return stop;
    }) as Promise<R[]>;
  }

  // ── What all calls share ───────────────────────────────────────────────────────────────────────

  #mapWork(
    method: string,
    entry: TaskEntry,
    settings: MapSettings,
    site: { readonly stack?: string },
    count: number,
    settled: boolean,
  ): Work {
    const { schedule, chunksize, args, retries, itemTimeout, onProgress } = settings;
    const { cost } = entry;
    return {
      method,
      entry,
      args,
      schedule: SCHEDULES.indexOf(schedule),
      chunk: firstChunksize(schedule, chunksize, count, this.threads, cost.asynchronous ? 0 : cost.nsPerItem),
      settled,
      retries,
      itemTimeout,
      pinned: -1,
      firstIndex: 0,
      indexed: true,
      callSite: site,
      onProgress:
        onProgress === undefined
          ? undefined
          : (done) => {
              onProgress(done, count);
            },
    };
  }

  /** A promise for work under the call's limits: closed pools, full queues, signal and timeout. */
  #call(
    settings: CallSettings,
    method: string,
    entry: TaskEntry,
    start: (settle: (failed: boolean, value: unknown) => void) => (error: unknown) => void,
  ): Promise<unknown> {
    return new Promise((resolve, reject) => {
      this.#guard(
        settings,
        method,
        entry,
        (failed, value) => {
          if (failed) reject(value as Error);
          else resolve(value);
        },
        start,
      );
    });
  }

  /** Starts work and settles it once: by its outcome, by `signal`, `timeout` or the pool's end. Throws what `start` throws. */
  #guard(
    { signal, timeout }: CallSettings,
    method: string,
    entry: TaskEntry,
    settle: (failed: boolean, value: unknown) => void,
    start: (settle: (failed: boolean, value: unknown) => void) => (error: unknown) => void,
  ): void {
    this.#mustBeOpen(method);
    if (signal?.aborted === true) {
      settle(true, signal.reason);
      return;
    }
    this.#mustHaveRoom(method);
    let over = false;
    let cancelWork: ((error: unknown) => void) | undefined;
    let stopTimer = noCancel as () => void;
    const finish = (failed: boolean, value: unknown): void => {
      if (over) return;
      over = true;
      stopTimer();
      signal?.removeEventListener('abort', onAbort);
      this.#pending.delete(cancel);
      settle(failed, value);
      if (this.#pending.size === 0) for (const resolve of this.#settledCall.splice(0)) resolve();
    };
    const cancel = (error: unknown): void => {
      if (over) return;
      // The caller hears first; the work winds down behind its back.
      finish(true, error);
      cancelWork?.(error);
    };
    const onAbort = (): void => {
      cancel(signal!.reason);
    };
    this.#pending.add(cancel);
    try {
      cancelWork = start(finish);
    } catch (error) {
      over = true;
      this.#pending.delete(cancel);
      throw error;
    }
    if (over) return;
    signal?.addEventListener('abort', onAbort, { once: true });
    if (timeout !== Infinity) {
      stopTimer = startTimer(timeout, () => {
        cancel(new TimeoutError(`${method}(${entry.spec.label}) was not done within its timeout of ${timeout} ms`));
      });
    }
  }

  #mustBeOpen(method: string): void {
    if (this.#state === 'open') return;
    throw new PoolClosedError(`${method}() on a pool that was ${this.#state}: it takes no more calls`);
  }

  #mustHaveRoom(method: string): void {
    const { maxQueue } = this.#settings;
    if (!this.#engine.isFull(maxQueue)) return;
    throw new QueueFullError(`${method}(): ${maxQueue} calls wait already (maxQueue); try again when some are done`);
  }

  /** Calls that return a promise reject where others throw. */
  #promise<R>(call: () => Promise<R>): Promise<R> {
    try {
      return call();
    } catch (error) {
      return Promise.reject(error as Error);
    }
  }

  #result<R>(options: Callbacks<R> | undefined, call: () => Promise<unknown>): AsyncResult<R> {
    const callbacks = callbacksOf(options);
    this.#mustBeOpen('The call');
    return new AsyncResult<R>(call() as Promise<R>, callbacks);
  }

  /** No call is left, then no thread. */
  async #drain(): Promise<void> {
    do {
      while (this.#pending.size > 0) await new Promise<void>((resolve) => this.#settledCall.push(resolve));
      await this.#engine.idle();
      // An iterator that is being pulled asks for its next chunk in this turn.
      await new Promise<void>((resolve) => setImmediate(resolve));
    } while (this.#pending.size > 0 || this.#engine.stats().queued + this.#engine.stats().running > 0);
    this.#over = true;
    await this.#engine.end();
  }
}

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

const NO_ARGS: readonly unknown[] = Object.freeze([]);
const DYNAMIC = SCHEDULES.indexOf('dynamic');
const noCancel = (): void => undefined;

/** Work of one task, or of a chunk: nothing to schedule. */
function singleWork(
  method: string,
  entry: TaskEntry,
  itemTimeout: number,
  callSite: { readonly stack?: string },
  pinned: number,
): Work {
  return {
    method,
    entry,
    args: NO_ARGS,
    schedule: DYNAMIC,
    chunk: 1,
    settled: false,
    retries: 0,
    itemTimeout,
    pinned,
    firstIndex: 0,
    indexed: false,
    callSite,
    onProgress: undefined,
  };
}

function checkTuples(items: readonly unknown[], method: string): void {
  const wrong = items.findIndex((item) => !Array.isArray(item));
  if (wrong < 0) return;
  throw new TypeError(`Expected every item of ${method} to be an array of arguments, got ${typeof items[wrong]} at items[${wrong}]`);
}
