/**
 * What the Pool's methods do: checks what they are given, makes work of it for the engine, and keeps the
 * promise under the call's limits (signal, timeout, maxQueue) and the pool's state.
 */
import type { Histogram } from 'node:perf_hooks';
import { types } from 'node:util';
import { PoolClosedError, QueueFullError, TimeoutError } from '../errors.js';
import { callSite, LateSite, UNSEEN, withAsyncFrames, type Site } from '../tasks/call-site.js';
import type { Task } from '../tasks/reference.js';
import { broken } from '../tasks/show.js';
import { AsyncResult } from './async-result.js';
import { typeOf } from './columns.js';
import type { Engine, Feed, Settle, Work } from './engine.js';
import { Imap } from './imap.js';
import { describeCall } from './call-names.js';
import type { Observers, ToldCall } from './observers.js';
import { onAbort } from '../tasks/on-abort.js';
import { ARGS } from './option-rules.js';
import { callbacksOf, rangeOf } from './options.js';
import type { Callbacks, CallSettings, IndexRange, MapSettings, PoolSettings } from './options.js';
import { placed } from '../tasks/placed.js';
import { rangeChunksize, splitRange } from './schedules.js';
import { checkSource, gather, isAsync, type Source } from './sources.js';
import { GRACE_MS } from './stopping.js';
import type { TaskEntry } from './task-table.js';
import { startTimer } from './timer.js';
import type { TypedArray } from './typed-array.js';
import { checkTuples, DYNAMIC, mapWork, NO_ARGS, singleWork } from './work.js';

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
  /** How many of these ran on the caller: all under execution 'inline', none under 'threads'. */
  readonly onCaller: number;
  /** Threads that ended other than by the pool's own will. */
  readonly lostThreads: number;
  /** Time in tasks over time available, since the start: 0 to 1. */
  readonly utilization: number;
  /** The same of each thread, by its place in the pool; a replacement goes on with its predecessor's. */
  readonly utilizationByThread: readonly number[];
  /**
   * Nanoseconds from when a call was made until its first item started in a thread; of a call that was given up
   * before, until then. One value a call that is over: an imap has one for every chunk, a broadcast one for every
   * thread. Calls that ran on the caller under 'adaptive' waited for nothing, and are not in it.
   *
   * A copy as of now, to two significant digits. An empty one has `count` 0 and no `mean`: NaN.
   */
  readonly wait: Histogram;
  /**
   * Nanoseconds from when a call's first item started until the call was over, its result's way back included. One
   * value a call that started, as in `wait`: for a call, the two are its latency. Of calls on the caller under
   * 'adaptive', the time in the task.
   */
  readonly run: Histogram;
}

/** Starts a call's work; returns how to reject it. */
type Start = (settle: Settle, told: ToldCall | undefined) => (error: unknown) => void;

export class Calls {
  readonly #settings: PoolSettings;
  readonly #engine: Engine;
  readonly #observers: Observers;
  readonly #started = performance.now();
  #state: 'open' | 'closed' | 'terminated' = 'open';
  /** Calls whose promise is pending; the engine may not know of them yet. */
  readonly #pending = new Set<(error: unknown) => void>();
  /** Waiting for #pending to be empty. */
  #waiting: (() => void)[] = [];
  #ended: Promise<void> | undefined;
  /** The threads are ending, or have ended. */
  #over = false;

  constructor(settings: PoolSettings, engine: Engine, observers: Observers) {
    this.#settings = settings;
    this.#engine = engine;
    this.#observers = observers;
  }

  close(): void {
    if (this.#state === 'open') this.#state = 'closed';
  }

  join(): Promise<void> {
    if (this.#state !== 'open') return (this.#ended ??= this.#drain());
    return Promise.reject(
      new Error('join() waits for a pool that takes no more calls: call close() or terminate() first'),
    );
  }

  terminate(): Promise<void> {
    if (this.#state === 'terminated') return this.#engine.end();
    this.#state = 'terminated';
    this.#over = true;
    const error = (): PoolClosedError => new PoolClosedError('The pool was terminated before this call was done');
    for (const cancel of [...this.#pending]) cancel(error());
    this.#engine.cancelAll(error);
    // A thread may be stuck outside of any task: after the grace none is asked any more.
    const stop = setTimeout(() => void this.#engine.end(), GRACE_MS);
    return (this.#ended ??= this.#drain()).finally(() => {
      clearTimeout(stop);
    });
  }

  /** For util.inspect. */
  get state(): string {
    return this.#state;
  }

  stats(): PoolStats {
    const { busy, busyBeside, ...counts } = this.#engine.stats();
    const { name, threads } = this.#settings;
    const available = performance.now() - this.#started;
    const share = (ms: number, of: number): number => (available > 0 ? Math.min(1, ms / available / of) : 0);
    const utilization = share(busy.reduce((sum, ms) => sum + ms, busyBeside), threads);
    const utilizationByThread = Object.freeze(busy.map((ms) => share(ms, 1)));
    const { wait, run } = this.#engine.metrics;
    return Object.freeze({ name, threads, ...counts, utilization, utilizationByThread, wait, run });
  }

  // ── Calls ──────────────────────────────────────────────────────────────────────────────────────

  apply<R>(
    method: string,
    task: Task,
    args: readonly unknown[] | undefined,
    settings: CallSettings,
    site: Site,
  ): Promise<R> {
    checkArgs(args);
    const entry = this.#engine.entry(task);
    const feed: Feed = { kind: 'items', items: [args ?? NO_ARGS], spread: true, path: argsPath };
    return this.#call(settings, method, entry, site, (settle, told) => {
      const work = singleWork(method, entry, settings.itemTimeout, site, -1, told);
      return this.#engine.start(work, feed, (failed, value) => {
        settle(failed, failed ? value : (value as unknown[])[0]);
      });
    }) as Promise<R>;
  }

  map(
    method: string,
    task: Task,
    items: Source<unknown>,
    settings: MapSettings,
    site: Site,
    { settled = false, spread = false } = {},
  ): Promise<unknown> {
    checkSource(items);
    const entry = this.#engine.entry(task);
    if (!spread && !settled && types.isTypedArray(items) && typeOf(items) >= 0) {
      return this.#typedMap(method, entry, items, settings, site);
    }
    return this.#call(settings, method, entry, site, (settle, told) => {
      const begin = (list: readonly unknown[]): ((error: unknown) => void) => {
        if (spread) checkTuples(list, method);
        if (list.length === 0) {
          settle(false, []);
          return noCancel;
        }
        const work = mapWork(method, entry, settings, site, list.length, settled, this.#settings.threads, told);
        return this.#engine.start(work, { kind: 'items', items: list, spread, path: itemPath }, settle);
      };
      if (!isAsync(items)) return begin(isList(items) ? items : [...items]);
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
    site: Site,
  ): Promise<unknown> {
    const { threads } = this.#settings;
    const feed: Feed = { kind: 'typed', items };
    return this.#call(settings, method, entry, site, (settle, told) => {
      const work = mapWork(method, entry, settings, site, items.length, false, threads, told);
      return this.#engine.start(work, feed, settle);
    });
  }

  imap<R>(
    method: string,
    task: Task,
    items: Source<unknown>,
    settings: MapSettings,
    ordered: boolean,
    site: Site,
  ): AsyncIterableIterator<R> {
    checkSource(items);
    const entry = this.#engine.entry(task);
    this.#mustBeOpen(method);
    this.#mustHaveRoom(method);
    let told: ToldCall | undefined;
    return new Imap<R>({
      items,
      settings,
      ordered,
      threads: this.#settings.threads,
      cost: entry.cost,
      call: describeCall(method, entry),
      tell: () => (told = this.#observers.call(method, entry.spec.label)),
      run: (chunk, firstIndex, settle) => {
        if (this.#over) {
          settle(true, new PoolClosedError(`${method}() was cut short: the pool has ended`));
          return noCancel;
        }
        const work: Work = {
          ...singleWork(method, entry, settings.itemTimeout, site, -1, told),
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

  parallelFor(
    task: Task,
    range: IndexRange,
    settings: MapSettings,
    site: Site,
  ): Promise<void> {
    const { start, stop } = rangeOf(range);
    const { cost } = this.#engine.entry(task);
    const auto = rangeChunksize(stop - start, this.#settings.threads, cost.asynchronous ? 0 : cost.nsPerItem);
    const size = settings.chunksize === 'auto' ? auto : settings.chunksize;
    return this.ranges('parallelFor', task, start, stop, size, settings, site, false) as Promise<void>;
  }

  ranges(
    method: string,
    task: Task,
    start: number,
    stop: number,
    size: number,
    settings: MapSettings,
    site: Site,
    keepResults: boolean,
  ): Promise<unknown> {
    const entry = this.#engine.entry(task);
    const split = splitRange(start, stop, size);
    return this.#call(settings, method, entry, site, (settle, told) => {
      if (split.count === 0) {
        settle(false, keepResults ? [] : undefined);
        return noCancel;
      }
      const work: Work = {
        ...mapWork(method, entry, settings, site, split.count, false, this.#settings.threads, told),
        // Ranges are claimed one by one: their length is the chunk.
        schedule: DYNAMIC,
        chunk: 1,
      };
      return this.#engine.start(work, { kind: 'ranges', range: split, count: split.count, keepResults }, settle);
    });
  }

  broadcast<R>(
    method: string,
    task: Task,
    args: readonly unknown[] | undefined,
    settings: CallSettings,
    site: Site,
  ): Promise<R[]> {
    checkArgs(args);
    const entry = this.#engine.entry(task);
    return this.#call(settings, method, entry, site, (settle, told) => {
      const results = new Array<unknown>(this.#engine.threads);
      const cancels: ((error: unknown) => void)[] = [];
      let left = results.length;
      const stop = (error: unknown): void => {
        settle(true, error);
        for (const cancel of cancels) cancel(error);
      };
      for (let thread = 0; thread < results.length; thread++) {
        const work = singleWork(method, entry, settings.itemTimeout, site, thread, told);
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

  /** A promise for work under the call's limits: closed pools, full queues, signal and timeout. */
  #call(
    settings: CallSettings,
    method: string,
    entry: TaskEntry,
    site: Site,
    start: Start,
  ): Promise<unknown> {
    return new Promise((resolve, reject) => {
      this.#guard(
        settings,
        method,
        entry,
        site,
        (failed, value) => {
          if (failed) reject(value);
          else resolve(value);
        },
        start,
      );
    });
  }

  /** Starts work and settles it once: by its outcome, `signal`, `timeout` or the pool's end. */
  #guard(
    { signal, timeout }: CallSettings,
    method: string,
    entry: TaskEntry,
    site: Site,
    settle: Settle,
    start: Start,
  ): void {
    this.#mustBeOpen(method);
    if (signal?.aborted === true) {
      settle(true, signal.reason);
      return;
    }
    this.#mustHaveRoom(method);
    const told = method === 'ready' ? undefined : this.#observers.call(method, entry.spec.label);
    let over = false;
    let cancelWork: ((error: unknown) => void) | undefined;
    let stopTimer = noCancel;
    let stopListening = noCancel;
    const finish = (failed: boolean, value: unknown): void => {
      if (over) return;
      over = true;
      stopTimer();
      stopListening();
      this.#pending.delete(cancel);
      told?.end(failed, value);
      settle(failed, value);
      if (this.#pending.size === 0) for (const resolve of this.#waiting.splice(0)) resolve();
    };
    const cancel = (error: unknown): void => {
      if (over) return;
      // The caller hears first; the work winds down behind its back.
      finish(true, error);
      cancelWork?.(error);
    };
    this.#pending.add(cancel);
    try {
      cancelWork = start(finish, told);
    } catch (error) {
      over = true;
      this.#pending.delete(cancel);
      told?.end(true, error);
      throw error;
    }
    if (over) return;
    if (signal !== undefined) {
      try {
        stopListening = onAbort(signal, cancel);
      } catch (error) {
        cancel(error); // it is no signal after all
        return;
      }
    }
    if (timeout !== Infinity) {
      stopTimer = startTimer(timeout, () => {
        const call = describeCall(method, entry);
        cancel(placed(new TimeoutError(`${call} was not done within its timeout of ${timeout} ms`), site));
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
    const waiting = maxQueue === 1 ? '1 call waits' : `${maxQueue} calls wait`;
    throw new QueueFullError(`${method}(): ${waiting} already, as many as \`maxQueue\` allows; try again later`);
  }

  /** Where a method was called; what runs on the caller seldom needs it, and costs less than the capture. */
  site(method: (...args: never[]) => unknown): Site {
    return this.#settings.execution === 'adaptive' ? new LateSite(method) : callSite(method);
  }

  /** Calls that return a promise reject where others throw. */
  promise<R>(site: Site, call: () => Promise<R>): Promise<R> {
    try {
      const promise = call();
      if (!(site instanceof LateSite)) return site === UNSEEN ? withAsyncFrames(promise) : promise;
      // Now, while the method that was called is on the stack.
      return site.isMoot || site.see() !== UNSEEN ? promise : withAsyncFrames(promise);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  result<R>(method: string, options: Callbacks<R> | undefined, call: () => Promise<unknown>): AsyncResult<R> {
    const callbacks = callbacksOf(options);
    this.#mustBeOpen(method);
    return new AsyncResult<R>(call() as Promise<R>, callbacks);
  }

  /** No call is left, then no thread. */
  async #drain(): Promise<void> {
    do {
      while (this.#pending.size > 0) await new Promise<void>((resolve) => this.#waiting.push(resolve));
      await this.#engine.idle();
      // An iterator that is being pulled asks for its next chunk in this turn.
      await new Promise<void>((resolve) => setImmediate(resolve));
    } while (this.#pending.size > 0 || this.#engine.stats().queued + this.#engine.stats().running > 0);
    this.#over = true;
    await this.#engine.end();
  }
}

const itemPath = (index: number): string => `items[${index}]`;
const argsPath = (): string => 'args';
const noCancel = (): void => undefined;

/** An array whose length and elements stay as they are while they are read. */
function isList(items: unknown): items is readonly unknown[] {
  return Array.isArray(items) && !types.isProxy(items);
}

function checkArgs(args: unknown): void {
  if (args === undefined) return;
  const verdict = ARGS.judge(args);
  if (verdict === 'ok') return;
  const message = broken('args', ARGS.expected, args);
  throw verdict === 'type' ? new TypeError(message) : new RangeError(message);
}
