import assert from 'node:assert/strict';
import { Lock, RLock, Semaphore, taskModule } from 'granule';
import { secondsAtMost, speedAtLeast, timeAtMost } from '../harness/claims.js';
import { backToBack } from '../harness/instruments.js';
import { compare } from '../harness/rounds.js';
import type { Row, Subject } from '../harness/suite.js';
import { granule } from '../peers/granule.js';
import { multithreading } from '../peers/multithreading.js';
import { pythonLocking } from '../peers/python.js';
import { THREADS } from '../peers/threads.js';
import { acquire, release } from '../tasks/bare-mutex.js';

const { contend, contendBare } = taskModule<typeof import('../tasks/critical.js')>(
  new URL('../tasks/critical.js', import.meta.url),
);

const words = (count: number) => new Int32Array(new SharedArrayBuffer(4 * count));

const threadingLock = 'CPython threading.Lock';
const multiprocessingLock = 'CPython multiprocessing.Lock';

/** Acquire and release in one call. */
const PAIRS = 1000;

const ofGranule = (name: string, make: () => Lock | RLock | Semaphore): Subject => ({
  name,
  async open() {
    const lock = make();
    const run = () => {
      for (let i = 0; i < PAIRS; i++) {
        lock.acquire();
        lock.release();
      }
    };
    return backToBack({ run }, PAIRS);
  },
});

const bare: Subject = {
  name: 'bare Atomics',
  async open() {
    const mutex = words(1);
    const run = () => {
      for (let i = 0; i < PAIRS; i++) {
        acquire(mutex);
        release(mutex);
      }
    };
    return backToBack({ run }, PAIRS);
  },
};

const uncontended: Row = {
  id: 'lock',
  work: 'acquire + release, nobody else wants it',
  measure(pace) {
    return compare(
      {
        subjects: [
          ofGranule('granule Lock', () => new Lock()),
          ofGranule('granule RLock', () => new RLock()),
          ofGranule('granule Semaphore', () => new Semaphore(1)),
          bare,
          multithreading('multithreading Mutex', ({ Mutex }) => {
            const mutex = new Mutex();
            return () => {
              for (let i = 0; i < PAIRS; i++) mutex.blockingLock().dispose();
            };
          }, PAIRS),
          pythonLocking(threadingLock, { work: 'pairs', of: 'threading', rounds: PAIRS }, PAIRS),
          pythonLocking(multiprocessingLock, { work: 'pairs', of: 'multiprocessing', rounds: PAIRS }, PAIRS),
        ],
        rules: [secondsAtMost(40e-9, 'granule Lock'), timeAtMost(1, 'granule Lock', threadingLock)],
        per: 'pair',
      },
      pace,
    );
  },
};

/** Of each thread in one call: long enough for CPython's to take turns, which they do every 5 ms. */
const ROUNDS = 200_000;
const PAIRS_OF_ALL = THREADS * ROUNDS;
const items = Array<number>(THREADS).fill(ROUNDS);

const contended: Row = {
  id: 'lock-contended',
  work: 'the same, two threads contending, one step inside',
  measure(pace) {
    const checked = (count: Int32Array, run: () => Promise<unknown>) => async () => {
      count[0] = 0;
      await run();
      assert.equal(count[0], PAIRS_OF_ALL, 'a step was lost');
    };
    return compare(
      {
        subjects: [
          granule('granule Lock', (pool) => {
            const [lock, count] = [new Lock(), words(1)];
            return checked(count, () => pool.map(contend, items, { args: [lock, count], chunksize: 1 }));
          }, { units: PAIRS_OF_ALL }),
          granule('bare Atomics', (pool) => {
            const [mutex, count] = [words(1), words(1)];
            return checked(count, () => pool.map(contendBare, items, { args: [mutex, count], chunksize: 1 }));
          }, { units: PAIRS_OF_ALL }),
          multithreading('multithreading Mutex', ({ Mutex, move, spawn }) => {
            const count = words(1);
            const mutex = new Mutex(count);
            const run = () =>
              Promise.all(items.map((rounds) =>
                spawn(move(mutex, rounds), (mutex, rounds) => {
                  for (let round = 0; round < rounds; round++) {
                    const guard = mutex.blockingLock();
                    guard.value[0]++;
                    guard.dispose();
                  }
                }).join(),
              ));
            return checked(count, run);
          }, PAIRS_OF_ALL),
          pythonLocking(threadingLock, { work: 'contended', of: 'threading', rounds: ROUNDS }, PAIRS_OF_ALL),
          pythonLocking(
            multiprocessingLock,
            { work: 'contended', of: 'multiprocessing', rounds: ROUNDS },
            PAIRS_OF_ALL,
          ),
        ],
        rules: [
          speedAtLeast(1, 'granule Lock', threadingLock),
          speedAtLeast(1, 'granule Lock', multiprocessingLock),
        ],
        per: 'pair',
      },
      pace,
    );
  },
};

export const locks: readonly Row[] = [uncontended, contended];
