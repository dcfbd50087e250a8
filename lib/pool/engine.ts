/**
 * Where calls run. The Pool speaks to an engine: threads (`thread-engine.ts`), the caller itself
 * (`inline-engine.ts`), or both, as pays (`adaptive-engine.ts`). An engine is given work and calls `settle`
 * exactly once.
 */
import type { Site } from '../tasks/call-site.js';
import type { RangeSpec } from './job.js';
import type { Metrics } from './metrics.js';
import type { ToldCall } from './observers.js';
import type { TaskEntry } from './task-table.js';
import type { TypedArray } from './typed-array.js';

/** What all items of a call have in common. */
export interface Work {
  /** The Pool's method, for messages. */
  readonly method: string;
  readonly entry: TaskEntry;
  readonly args: readonly unknown[];
  readonly schedule: number;
  readonly chunk: number;
  /** Every item runs, whatever fails; the result is as Promise.allSettled has it. */
  readonly settled: boolean;
  readonly retries: number;
  readonly itemTimeout: number;
  /** One thread alone may run it; -1: any. */
  readonly pinned: number;
  readonly firstIndex: number;
  /** Whether errors name an item's index. */
  readonly indexed: boolean;
  readonly callSite: Site;
  /** Who listened when the call was made is told of its chunks. */
  readonly told: ToldCall | undefined;
  readonly onProgress: ((done: number) => void) | undefined;
}

/** What a task is called with. */
export type Feed =
  | {
      readonly kind: 'items';
      readonly items: readonly unknown[];
      /** Each item is the task's argument list. */
      readonly spread: boolean;
      /** Names an item in errors: `items[3]`. */
      readonly path: (index: number) => string;
    }
  | { readonly kind: 'typed'; readonly items: TypedArray }
  | { readonly kind: 'ranges'; readonly range: RangeSpec; readonly count: number; readonly keepResults: boolean };

/** `value` is the results in order, a typed array for a typed feed, `undefined` where none are kept; or the error. */
export type Settle = (failed: boolean, value: unknown) => void;

export interface EngineStats {
  readonly queued: number;
  readonly running: number;
  readonly completed: number;
  readonly failed: number;
  /** Items of these two that ran on the caller. */
  readonly onCaller: number;
  readonly lostThreads: number;
  /** Milliseconds in tasks, by thread; of the caller, where there are none. */
  readonly busy: readonly number[];
  /** Milliseconds of the caller in tasks, beside the threads. */
  readonly busyBeside: number;
}

export interface Engine {
  readonly threads: number;
  readonly metrics: Metrics;
  entry(task: unknown, feed: 'items' | 'ranges'): TaskEntry;
  /** Throws, before anything runs, for what cannot cross. Returns how to reject the work with an error. */
  start(work: Work, feed: Feed, settle: Settle): (error: unknown) => void;
  /** True while a further call would have to wait behind `maxQueue` others. */
  isFull(maxQueue: number): boolean;
  stats(): EngineStats;
  cancelAll(error: () => unknown): void;
  /** Resolves when nothing is left to run. */
  idle(): Promise<void>;
  /** Ends the threads. */
  end(): Promise<void>;
}
