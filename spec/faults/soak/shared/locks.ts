/** Locks, conditions, semaphores, barriers and events whose holders and waiters end. */
import {
  AbandonedLockError,
  Barrier,
  BoundedSemaphore,
  Condition,
  Event,
  Lock,
  RLock,
  RWLock,
  Semaphore,
  taskModule,
  type Acquirable,
} from 'granule';
import { A, B, DIRTY, RESETTING, SECTIONS } from '../../../fixtures/faults/sharers.js';
import type { Turn } from '../part.js';
import { PATIENCE, upTo, type Scenario } from './scenario.js';

const tasks = taskModule<typeof import('../../../fixtures/faults/sharers.js')>(
  new URL('../../../fixtures/faults/sharers.js', import.meta.url),
);

const sharedWords = (): Int32Array => new Int32Array(new SharedArrayBuffer(4 * 8));

/** It can be had, or says that its owner has ended, and can be had after reset(); and it is free then. */
async function comesFree(turn: Turn, one: Acquirable, whole: { reset(): void }): Promise<boolean> {
  let abandoned = false;
  for (let tries = 0; tries < 2; tries++) {
    try {
      if (!(await one.acquireAsync({ timeout: PATIENCE }))) turn.violation('it is held though nobody is there');
      one.release();
      return abandoned;
    } catch (error) {
      if (!(error instanceof AbandonedLockError)) throw error;
      abandoned = true;
      whole.reset();
    }
  }
  turn.violation('it is abandoned after reset()');
}

function leftWhole(turn: Turn, words: Int32Array, abandoned: boolean): void {
  // A dead one may have left it so, and everybody since may have been told.
  if (words[A] === words[B] || abandoned || words[DIRTY] === 1 || words[RESETTING] > 0) return;
  turn.violation('it was left half-done in silence');
}

function ofLock(name: string, make: () => Lock | RLock): Scenario {
  return {
    name,
    begin() {
      const lock = make();
      const words = sharedWords();
      return {
        start: (pool, count, circumstances) =>
          pool.mapSettled(tasks.useLock, upTo(count), { chunksize: 1, args: [lock, words, circumstances] }),
        async check(turn) {
          leftWhole(turn, words, await comesFree(turn, lock, lock));
          if (lock.locked) turn.violation('it is locked after its release');
        },
        done: () => words[SECTIONS],
      };
    },
  };
}

const rwlock: Scenario = {
  name: 'RWLock',
  begin() {
    const lock = new RWLock();
    const words = sharedWords();
    return {
      start: (pool, count, circumstances) =>
        pool.mapSettled(tasks.useRWLock, upTo(count), { chunksize: 1, args: [lock, words, circumstances] }),
      async check(turn) {
        leftWhole(turn, words, await comesFree(turn, lock.write, lock));
        await comesFree(turn, lock.read, lock);
        await comesFree(turn, lock.write, lock);
      },
      done: () => words[SECTIONS],
    };
  },
};

const condition: Scenario = {
  name: 'Condition',
  begin(random) {
    const lock = random.below(2) === 0 ? new Lock() : new RLock();
    const shared = new Condition(lock);
    const words = sharedWords();
    return {
      start: (pool, count, circumstances) =>
        pool.mapSettled(tasks.useCondition, upTo(count), { chunksize: 1, args: [shared, lock, words, circumstances] }),
      async check(turn) {
        leftWhole(turn, words, await comesFree(turn, shared, lock));
        // Wake-ups still reach who waits.
        await shared.acquireAsync();
        const woken = shared.waitAsync({ timeout: PATIENCE });
        await shared.acquireAsync();
        shared.notify();
        shared.release();
        if (!(await woken)) turn.violation('a notify was lost');
        shared.release();
      },
      done: () => words[SECTIONS],
    };
  },
};

function ofSemaphore(name: string, make: (permits: number) => Semaphore): Scenario {
  return {
    name,
    begin() {
      const permits = 2;
      const semaphore = make(permits);
      const words = sharedWords();
      return {
        start: (pool, count, circumstances) =>
          pool.mapSettled(tasks.useSemaphore, upTo(count), {
            chunksize: 1,
            args: [semaphore, permits, words, circumstances],
          }),
        async check(turn, deaths) {
          const gone = permits - semaphore.value;
          if (gone < 0 || gone > deaths) turn.violation(`${gone} permits are gone after ${deaths} deaths`);
          if (gone === 0) return;
          semaphore.release(gone);
          if (!(await semaphore.acquireAsync({ timeout: PATIENCE }))) turn.violation('a free permit cannot be had');
          semaphore.release();
        },
        done: () => words[SECTIONS],
      };
    },
  };
}

const barrier: Scenario = {
  name: 'Barrier',
  begin() {
    const shared = new Barrier(2);
    const words = sharedWords();
    return {
      start: (pool, count, circumstances) =>
        pool.mapSettled(tasks.useBarrier, upTo(count), { chunksize: 1, args: [shared, words, circumstances] }),
      async check(turn) {
        shared.reset();
        const places = await Promise.all([0, 1].map(() => shared.waitAsync({ timeout: PATIENCE })));
        if (places.sort().join() !== '0,1') turn.violation(`after reset() it gives the places ${places.join()}`);
      },
      done: () => words[SECTIONS],
    };
  },
};

const event: Scenario = {
  name: 'Event',
  begin() {
    const shared = new Event();
    return {
      start: (pool, count, circumstances) =>
        pool.mapSettled(tasks.useEvent, upTo(count), { chunksize: 1, args: [shared, circumstances] }),
      async check(turn) {
        shared.clear();
        const woken = shared.waitAsync({ timeout: PATIENCE });
        shared.set();
        if (!(await woken)) turn.violation('set() woke nobody');
      },
      done: () => 0,
    };
  },
};

export const ofLocks: readonly Scenario[] = [
  ofLock('Lock', () => new Lock()),
  ofLock('RLock', () => new RLock()),
  rwlock,
  condition,
  ofSemaphore('Semaphore', (permits) => new Semaphore(permits)),
  ofSemaphore('BoundedSemaphore', (permits) => new BoundedSemaphore(permits)),
  barrier,
  event,
];
