/**
 * How a call becomes a sample. Benchmark.js times calls that follow each other; what it cannot do,
 * time only a part of what repeats, is done here by hand.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import Benchmark from 'benchmark';
import { median } from './statistics.js';
import type { OpenSubject } from './suite.js';

/** One call. May return a promise; the call lasts until that settles. */
export type Run = () => unknown;

/** What a peer gives: a call, and how to end what it started. */
export interface Opened {
  readonly run: Run;
  close?(): Promise<unknown>;
}

// Otherwise Benchmark.js copies the source of the function into its loop, where what it closes over is missing.
Benchmark.support.decompilation = false;

const isThenable = (value: unknown): value is PromiseLike<unknown> =>
  typeof (value as PromiseLike<unknown> | undefined)?.then === 'function';

/**
 * Calls back to back: a sample is one cycle of Benchmark.js, as many calls as fill the time, and counts as their
 * mean. `units`: what one call is divided by, where the figure is per item or per sample.
 */
export function backToBack({ run, close }: Opened, units = 1): OpenSubject {
  let waits = false;
  let calls = 1;
  let secondsPerCall = 0;
  return {
    async once() {
      const result = run();
      waits = isThenable(result);
      return await result;
    },
    async sample(seconds) {
      // A run-up, for caches and threads that went to sleep during the others' turns; lost in a long call anyway.
      if (secondsPerCall < seconds) await run();
      ({ calls, secondsPerCall } = await runCycle(run, waits, calls, seconds));
      return secondsPerCall / units;
    },
    async close() {
      await close?.();
    },
  };
}

/** Where results of synchronous subjects go, lest the compiler drop the work. */
let sink: unknown;
export const lastResult = () => sink;

function runCycle(run: Run, waits: boolean, calls: number, seconds: number) {
  return new Promise<{ secondsPerCall: number; calls: number }>((resolve, reject) => {
    const runAndResolve = (deferred: Benchmark.Deferred) => {
      try {
        (run() as PromiseLike<unknown>).then(() => deferred.resolve(), reject);
      } catch (error) {
        reject(error);
      }
    };
    const runOnly = () => {
      sink = run();
    };
    new Benchmark({
      fn: waits ? runAndResolve : runOnly,
      defer: waits,
      async: true,
      initCount: calls,
      minTime: seconds,
      // One cycle is one sample: the rounds repeat it.
      minSamples: 1,
      maxTime: 0,
      onComplete(this: Benchmark) {
        if (this.error) reject(this.error);
        else resolve({ secondsPerCall: this.times.period, calls: this.count });
      },
    }).run();
  });
}

/** Calls with the event loop idle for `idleMs` before each: a sample is the median of the calls' own times. */
export function afterIdle({ run, close }: Opened, idleMs: number): OpenSubject {
  return {
    async once() {
      return await run();
    },
    async sample(seconds) {
      const times: number[] = [];
      const end = performance.now() + seconds * 1000;
      do {
        await sleep(idleMs);
        const start = performance.now();
        await run();
        times.push((performance.now() - start) / 1000);
      } while (performance.now() < end);
      return median(times);
    },
    async close() {
      await close?.();
    },
  };
}
