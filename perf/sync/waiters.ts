import { Lock } from 'granule';
import { measureInChild } from '../harness/child.js';
import { bytesAtMost, secondsAtMost, timeAtMost } from '../harness/claims.js';
import { backToBack } from '../harness/instruments.js';
import { compare, reasonOf } from '../harness/rounds.js';
import { median, summarize } from '../harness/statistics.js';
import { Unavailable } from '../harness/suite.js';
import type { Row, Subject } from '../harness/suite.js';
import { multithreading } from '../peers/multithreading.js';
import type { PendingWaiters } from './children/pending-waiters.js';

const MANY = 10_000;
const FEW = 1000;
const MOST = 40_000;

const onOneLock = (name: string, count: number): Subject => ({
  name,
  async open() {
    const lock = new Lock();
    const run = async () => {
      lock.acquire();
      const waiters = Array.from({ length: count }, async () => {
        await lock.acquireAsync();
        lock.release();
      });
      lock.release();
      await Promise.all(waiters);
    };
    return backToBack({ run }, count);
  },
});

/** What each would cost that waits by itself: one waitAsync each, all woken at once. */
const bare: Subject = {
  name: 'bare Atomics.waitAsync, all woken at once',
  async open() {
    const words = new Int32Array(new SharedArrayBuffer(4));
    const run = async () => {
      const waiters = Array.from({ length: MANY }, async () => Atomics.waitAsync(words, 0, 0).value);
      Atomics.notify(words, 0);
      await Promise.all(waiters);
    };
    return backToBack({ run }, MANY);
  },
};

const few = 'granule Lock, 1 000 waiters';
const many = 'granule Lock, 10 000 waiters';
const most = 'granule Lock, 40 000 waiters';

const time: Row = {
  id: 'async-waiters',
  work: '10 000 async waiters on one lock of one thread: from the first call until all have had it',
  measure(pace) {
    return compare(
      {
        subjects: [
          onOneLock(many, MANY),
          onOneLock(few, FEW),
          onOneLock(most, MOST),
          bare,
          multithreading('multithreading Mutex, 1 000 waiters', ({ Mutex }) => {
            const mutex = new Mutex();
            return async () => {
              const guard = mutex.blockingLock();
              const waiters = Array.from({ length: FEW }, async () => {
                (await mutex.lock()).dispose();
              });
              guard.dispose();
              await Promise.all(waiters);
            };
          }, FEW),
        ],
        // Linear: what is not would take four times as long a waiter. 1 000 fit into the heap's nursery and are never
        // moved, hence they are no measure.
        rules: [secondsAtMost(5e-6, many), timeAtMost(2, most, many)],
        per: 'waiter',
      },
      pace,
    );
  },
};

const memory: Row = {
  id: 'async-waiters-memory',
  work: 'heap that each of many pending waiters takes',
  async measure(pace) {
    const compares = 'heap a waiter, 40 000 : 10 000 of them';
    if (!pace.includes('granule Lock')) return { figures: [], claims: [], remarks: [] };
    try {
      const program = new URL('./children/pending-waiters.js', import.meta.url);
      const of = async (count: number) => {
        const samples: number[] = [];
        for (let run = 1; run <= (pace.quick ? 1 : 5); run++) {
          pace.progress(`${count} waiters, process ${run}`);
          samples.push((await measureInChild<PendingWaiters>(program, [count])).heap / count);
        }
        return samples;
      };
      const [one, four] = [await of(MANY), await of(MOST)];
      const figure = (subject: string, samples: readonly number[]) =>
        ({ subject, unit: 'bytes', samples, summary: summarize(samples) }) as const;
      return {
        figures: [figure('each of 10 000', one), figure('each of 40 000', four)],
        claims: [bytesAtMost(1.1 * median(one), compares, median(four))],
        remarks: [],
      };
    } catch (error) {
      const failed = !(error instanceof Unavailable);
      const remark = { subject: 'granule Lock', text: `not measured: ${reasonOf(error)}`, failed };
      return { figures: [], claims: [bytesAtMost(0, compares, undefined)], remarks: [remark] };
    }
  },
};

export const waiters: readonly Row[] = [time, memory];
