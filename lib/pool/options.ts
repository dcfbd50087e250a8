/**
 * The options of a Pool and its calls: the public types, and the plain settings that the pool works with.
 *
 * Settings are frozen, complete (every default filled in) and of one shape each; without options they are
 * one shared constant. Every option is read once. An option of the wrong type is a TypeError, one outside
 * its range a RangeError, both at the call. `undefined` counts as absent, `null` does not.
 *
 * A name that is nearly that of an option (`chunkSize`, `max_queue`, `processes`) is a TypeError that
 * says which was meant; other names are ignored, as Node.js does, so that one object may serve several calls
 * and carry a program's own fields.
 */
import type { ResourceLimits } from 'node:worker_threads';
import type { Task } from '../tasks/reference.js';
import { cpuCount } from './cpu-count.js';
import { bare, optionOf } from '../tasks/own-options.js';
import { broken, shown } from '../tasks/show.js';
import { check, checkOptions, option, RULES } from './option-rules.js';
import type { EXECUTIONS } from './option-rules.js';
import type { Schedule } from './schedules.js';

export type { Schedule } from './schedules.js';

/** Where calls run: see `PoolOptions.execution`. */
export type Execution = (typeof EXECUTIONS)[number];

/** `new Pool(4)` is short for `new Pool({ threads: 4 })`. Python: the arguments of `multiprocessing.Pool`. */
export interface PoolOptions {
  /** An integer from 1 to 1024. Default `cpuCount()`. Python: `processes`. */
  threads?: number | undefined;
  /** Runs once in every thread before its first task; a failure rejects the tasks. Python: same. */
  initializer?: Task | undefined;
  /** Arguments of `initializer`, encoded once for each thread. Default none. Python: same. */
  initargs?: readonly unknown[] | undefined;
  /** Replace a thread after that many tasks; a chunk counts its items. Default Infinity. Python: `maxtasksperchild`. */
  maxTasksPerThread?: number | undefined;
  /**
   * Of each thread, in megabytes. Out of memory in a thread is WorkerLostError where V8 allows it: one
   * allocation larger than V8's slack ends the whole program. Default V8's own.
   */
  resourceLimits?: ResourceLimits | undefined;
  /** Calls (of any kind; a map is one) that may wait; one more rejects with QueueFullError. Default Infinity. */
  maxQueue?: number | undefined;
  /** Shown in thread names, stats and traces. Default 'granule'. */
  name?: string | undefined;
  /**
   * 'threads' (default) always uses a thread. 'adaptive' runs a call on the caller where the learned
   * cost model says that a thread cannot pay, for 0.2 ms at most, and then goes on in threads: never an unknown
   * task, an async one, in a pool with an initializer, or after a broadcast. On the caller a task sees the
   * caller's globals and module state. 'inline' runs everything on the caller, with the same encoding and errors: for
   * debuggers, tests and machines with one core.
   */
  execution?: Execution | undefined;
}

/** What every call takes. */
export interface CallOptions {
  /** Aborting rejects the call with `signal.reason`; what has not started never starts. */
  signal?: AbortSignal | undefined;
  /**
   * Milliseconds above 0 for the whole call, waiting included; Infinity (default) for none. When they have
   * passed the call rejects with TimeoutError, and a task that goes on for 500 ms loses its thread.
   */
  timeout?: number | undefined;
  /** Milliseconds above 0 for one item (or the one task of apply) from when it starts to run. Default Infinity. */
  itemTimeout?: number | undefined;
}

/** What calls over many items take. */
export interface MapOptions extends CallOptions {
  /**
   * Items per chunk, an integer from 1 up. 'auto' (default) measures the task and aims each chunk well
   * above the dispatch cost. Python's default, for comparison: `ceil(n / (4 * threads))`.
   */
  chunksize?: number | 'auto' | undefined;
  /**
   * How chunks are handed out, in OpenMP's terms: 'static', one equal range a thread; 'dynamic', chunks of
   * `chunksize`; 'guided', shares of what remains, from large to `chunksize`; 'auto', by measured time.
   * Default 'dynamic' where `chunksize` is a number, else 'auto'.
   */
  schedule?: Schedule | undefined;
  /** Appended to every call of the task: `fn(item, ...args)`. Default none. */
  args?: readonly unknown[] | undefined;
  /** How often an item may be run again when its thread was lost (not when it threw). From 0 (default) up. */
  retries?: number | undefined;
  /** Told how many items are done, and of how many (`undefined` while a lazy source has not ended). */
  onProgress?: ((done: number, total: number | undefined) => void) | undefined;
}

/** What `imap` and `imapUnordered` take. */
export interface ImapOptions extends MapOptions {
  /** Items taken from the source ahead of the consumer, from 1 up. Default two chunks a thread. */
  bufferSize?: number | undefined;
}

/** Python: `callback` and `error_callback` of the `…_async` methods. */
export interface Callbacks<R> {
  /** Called once with the result, before `get()` resolves. What it throws is an uncaught exception. */
  callback?: ((value: R) => void) | undefined;
  /** Called once with the error instead; the failure then counts as handled. */
  errorCallback?: ((error: unknown) => void) | undefined;
}

export interface PoolSettings {
  readonly threads: number;
  readonly initializer: Task | undefined;
  readonly initargs: readonly unknown[];
  readonly maxTasksPerThread: number;
  readonly resourceLimits: ResourceLimits | undefined;
  readonly maxQueue: number;
  readonly name: string;
  readonly execution: Execution;
}

export interface CallSettings {
  readonly signal: AbortSignal | undefined;
  /** Infinity: none. */
  readonly timeout: number;
  readonly itemTimeout: number;
}

export interface MapSettings extends CallSettings {
  readonly chunksize: number | 'auto';
  readonly schedule: Schedule;
  readonly args: readonly unknown[];
  readonly retries: number;
  readonly onProgress: ((done: number, total: number | undefined) => void) | undefined;
  /** 0: two chunks a thread. Only `imapSettings` sets it. */
  readonly bufferSize: number;
}

const NONE: readonly unknown[] = Object.freeze([]);
const CALL_DEFAULTS: CallSettings = Object.freeze({ signal: undefined, timeout: Infinity, itemTimeout: Infinity });
const MAP_DEFAULTS: MapSettings = Object.freeze({
  signal: undefined,
  timeout: Infinity,
  itemTimeout: Infinity,
  chunksize: 'auto',
  schedule: 'auto',
  args: NONE,
  retries: 0,
  onProgress: undefined,
  bufferSize: 0,
});

/** Of the constructor. */
export function poolSettings(options: PoolOptions | number | undefined): PoolSettings {
  if (typeof options === 'number') check('threads', options, RULES.threads);
  const given: unknown = typeof options === 'number' ? { threads: options } : options === undefined ? {} : options;
  checkOptions(given, 'new Pool()', 'an object or a number of threads');
  const limits = option(given, 'resourceLimits') as ResourceLimits | undefined;
  return Object.freeze({
    threads: (option(given, 'threads') as number | undefined) ?? cpuCount(),
    initializer: option(given, 'initializer') as Task | undefined,
    initargs: (option(given, 'initargs') as readonly unknown[] | undefined) ?? NONE,
    maxTasksPerThread: (option(given, 'maxTasksPerThread') as number | undefined) ?? Infinity,
    resourceLimits: limits && Object.freeze(bare({ ...limits })),
    maxQueue: (option(given, 'maxQueue') as number | undefined) ?? Infinity,
    name: (option(given, 'name') as string | undefined) ?? 'granule',
    execution: (option(given, 'execution') as Execution | undefined) ?? 'threads',
  });
}

/** Of `apply`, `applyAsync` and `broadcast`; `method` is for messages. */
export function callSettings(options: CallOptions | undefined, method: string): CallSettings {
  if (options === undefined) return CALL_DEFAULTS;
  checkOptions(options, `${method}()`, 'an object, after an array of arguments');
  return Object.freeze({
    signal: option(options, 'signal') as AbortSignal | undefined,
    timeout: (option(options, 'timeout') as number | undefined) ?? Infinity,
    itemTimeout: (option(options, 'itemTimeout') as number | undefined) ?? Infinity,
  });
}

/** Of `map` and its kin, `parallelFor` and `parallelReduce`; `method` is for messages. */
export function mapSettings(options: MapOptions | undefined, method: string): MapSettings {
  if (options === undefined) return MAP_DEFAULTS;
  return settingsOfMap(options, method, false);
}

/** Of `imap` and `imapUnordered`; `method` is for messages. */
export function imapSettings(options: ImapOptions | undefined, method: string): MapSettings {
  if (options === undefined) return MAP_DEFAULTS;
  return settingsOfMap(options, method, true);
}

function settingsOfMap(options: ImapOptions, method: string, lazy: boolean): MapSettings {
  checkOptions(options, `${method}()`);
  const chunksize = (option(options, 'chunksize') as number | 'auto' | undefined) ?? 'auto';
  return Object.freeze({
    signal: option(options, 'signal') as AbortSignal | undefined,
    timeout: (option(options, 'timeout') as number | undefined) ?? Infinity,
    itemTimeout: (option(options, 'itemTimeout') as number | undefined) ?? Infinity,
    chunksize,
    schedule: (option(options, 'schedule') as Schedule | undefined) ?? (chunksize === 'auto' ? 'auto' : 'dynamic'),
    args: (option(options, 'args') as readonly unknown[] | undefined) ?? NONE,
    retries: (option(options, 'retries') as number | undefined) ?? 0,
    onProgress: option(options, 'onProgress') as MapSettings['onProgress'],
    bufferSize: lazy ? ((option(options, 'bufferSize') as number | undefined) ?? 0) : 0,
  });
}

const NO_CALLBACKS: Callbacks<never> = Object.freeze({ callback: undefined, errorCallback: undefined });

/** The callbacks among the options of an `…Async` method. */
export function callbacksOf<R>(options: Callbacks<R> | undefined): Readonly<Callbacks<R>> {
  if (options === undefined || options === null) return NO_CALLBACKS as Callbacks<R>;
  return Object.freeze({
    callback: option(options, 'callback') as Callbacks<R>['callback'],
    errorCallback: option(options, 'errorCallback') as Callbacks<R>['errorCallback'],
  });
}

/** What `parallelFor` and `parallelReduce` run over: [0, stop) or [start, stop); `start` is 0 by default. */
export type IndexRange = number | { readonly start?: number | undefined; readonly stop: number };

/** TypeError where `range` is none, RangeError where it is reversed or not of safe integers. */
export function rangeOf(range: IndexRange): { readonly start: number; readonly stop: number } {
  if (typeof range !== 'number' && (typeof range !== 'object' || range === null || Array.isArray(range))) {
    const message = broken('range', 'a number or { start, stop }', range);
    throw new TypeError(typeof range === 'function' ? `${message}: the task comes first, then the range` : message);
  }
  const start = typeof range === 'number' ? 0 : (optionOf(range, 'start') ?? 0);
  const stop = typeof range === 'number' ? range : optionOf(range, 'stop');
  refuseStep(range);
  checkBound(start, 'start');
  checkBound(stop, 'stop');
  if (start > stop) throw new RangeError(`Expected \`range\` to run upwards, got start ${start} above stop ${stop}`);
  if (!Number.isSafeInteger(stop - start)) {
    throw new RangeError(`Expected \`range\` to hold fewer than 2^53 integers, got ${start} to ${stop}`);
  }
  return { start, stop };
}

/** It would be left out of account, and the task run for indices that nobody meant. */
function refuseStep(range: IndexRange): void {
  const step = typeof range === 'number' ? undefined : optionOf(range as { readonly step?: unknown }, 'step');
  if (step === undefined) return;
  const what = broken('range', '{ start, stop } without a step', range);
  throw new TypeError(`${what}: run over the number of steps, and multiply in the task`);
}

function checkBound(value: unknown, name: string): asserts value is number {
  if (typeof value !== 'number') {
    throw new TypeError(`Expected the range's \`${name}\` to be a number, got ${shown(value)}`);
  }
  if (!Number.isSafeInteger(value)) {
    throw new RangeError(`Expected the range's \`${name}\` to be a safe integer, got ${shown(value)}`);
  }
}
