/**
 * What the Pool's methods do: checks what they are given, and makes work of it for the engine. Each promise is under
 * the limits of its call (call-limits.ts).
 */
import { types } from 'node:util';
import { PoolClosedError } from '../errors.js';
import { callSite, LateSite, UNSEEN, withAsyncFrames, type Site } from '../tasks/call-site.js';
import type { Task } from '../tasks/reference.js';
import { broken } from '../tasks/show.js';
import { AsyncResult } from './async-result.js';
import { CallLimits } from './call-limits.js';
import { describeCall } from './call-names.js';
import { typeOf } from './columns.js';
import type { Engine, Feed, Work } from './engine.js';
import { Imap } from './imap.js';
import type { Observers, ToldCall } from './observers.js';
import { ARGS } from './option-rules.js';
import { callbacksOf, rangeOf } from './options.js';
import type { Callbacks, CallSettings, IndexRange, MapSettings, PoolSettings } from './options.js';
import { poolStats, type PoolStats } from './pool-stats.js';
import { rangeChunksize, splitRange } from './schedules.js';
import { checkSource, gather, isAsync, type Source } from './sources.js';
import type { TaskEntry } from './task-table.js';
import type { TypedArray } from './typed-array.js';
import { checkTuples, DYNAMIC, mapWork, NO_ARGS, singleWork } from './work.js';

export class Calls {
  readonly #settings: PoolSettings;
  readonly #engine: Engine;
  readonly #observers: Observers;
  readonly #limits: CallLimits;
  readonly #started = performance.now();

  constructor(settings: PoolSettings, engine: Engine, observers: Observers) {
    this.#settings = settings;
    this.#engine = engine;
    this.#observers = observers;
    this.#limits = new CallLimits(engine, observers, settings.maxQueue);
  }

  close(): void {
    this.#limits.close();
  }
  join(): Promise<void> {
    return this.#limits.join();
  }
  terminate(): Promise<void> {
    return this.#limits.terminate();
  }

  /** For util.inspect. */
  get state(): string {
    return this.#limits.state;
  }

  stats(): PoolStats {
    const { name, threads } = this.#settings;
    return poolStats(name, threads, this.#started, this.#engine);
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
    const entry = this.#engine.entry(task, 'items');
    const feed: Feed = { kind: 'items', items: [args ?? NO_ARGS], spread: true, path: argsPath };
    return this.#limits.call(settings, method, entry, site, (settle, told) => {
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
    how?: 'settled' | 'spread',
  ): Promise<unknown> {
    const settled = how === 'settled';
    const spread = how === 'spread';
    checkSource(items);
    const entry = this.#engine.entry(task, 'items');
    if (!spread && !settled && types.isTypedArray(items) && typeOf(items) >= 0) {
      return this.#typedMap(method, entry, items, settings, site);
    }
    return this.#limits.call(settings, method, entry, site, (settle, told) => {
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
    return this.#limits.call(settings, method, entry, site, (settle, told) => {
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
    const entry = this.#engine.entry(task, 'items');
    this.#limits.mustBeOpen(method);
    this.#limits.mustHaveRoom(method);
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
        if (this.#limits.over) {
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
          // One thread runs it, in one go: it was cut to that size.
          chunk: chunk.length,
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
    const { cost } = this.#engine.entry(task, 'ranges');
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
    const entry = this.#engine.entry(task, 'ranges');
    const split = splitRange(start, stop, size);
    return this.#limits.call(settings, method, entry, site, (settle, told) => {
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
    const entry = this.#engine.entry(task, 'items');
    return this.#limits.call(settings, method, entry, site, (settle, told) => {
      const results = new Array<unknown>(this.#engine.threads);
      const cancels: ((error: unknown) => void)[] = [];
      let left = results.length;
      const cancelAll = (error: unknown): void => {
        for (const cancel of cancels) cancel(error);
      };
      const stop = (error: unknown): void => {
        settle(true, error);
        cancelAll(error);
      };
      try {
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
      } catch (error) {
        // Each thread's arguments are encoded anew: a getter among them may throw the second time.
        cancelAll(error);
        throw error;
      }
      return stop;
    }) as Promise<R[]>;
  }

  // ── What is common to all ──────────────────────────────────────────────────────────────────────

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
    this.#limits.mustBeOpen(method);
    return new AsyncResult<R>(call() as Promise<R>, callbacks);
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
