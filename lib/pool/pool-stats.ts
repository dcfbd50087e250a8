/** What `Pool.stats()` gives. */
import type { Histogram } from 'node:perf_hooks';
import type { Engine } from './engine.js';

/** A frozen snapshot of what a pool does and has done. */
export interface PoolStats {
  readonly name: string;
  readonly threads: number;
  /** Calls waiting for a thread. */
  readonly queued: number;
  /** Calls under way. */
  readonly running: number;
  /** Items finished without error since the start; of parallelFor and parallelReduce, ranges. */
  readonly completed: number;
  /** Items that failed since the start. Those of a call that was given up (`signal`, `timeout`) are neither. */
  readonly failed: number;
  /** How many of these ran on the caller: all under execution 'inline', none under 'threads'. */
  readonly onCaller: number;
  /** Threads that ended at their work: by themselves, or by the pool because a task did not heed its abort. */
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

/** `started`: when the pool was, by performance.now(). */
export function poolStats(name: string, threads: number, started: number, engine: Engine): PoolStats {
  const { busy, busyBeside, ...counts } = engine.stats();
  const available = performance.now() - started;
  const share = (ms: number, of: number): number => (available > 0 ? Math.min(1, ms / available / of) : 0);
  const utilization = share(busy.reduce((sum, ms) => sum + ms, busyBeside), threads);
  const utilizationByThread = Object.freeze(busy.map((ms) => share(ms, 1)));
  const { wait, run } = engine.metrics;
  return Object.freeze({ name, threads, ...counts, utilization, utilizationByThread, wait, run });
}
