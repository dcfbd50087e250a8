import { currentTask, type Lock } from 'granule';

/** Ends when its call is given up, and says so in the word; blocks its thread all the while. */
export function watches(word: Int32Array): void {
  Atomics.store(word, 0, 1);
  const task = currentTask();
  for (const end = performance.now() + 5000; performance.now() < end; ) {
    if (task?.aborted !== true) continue;
    Atomics.store(word, 0, 2);
    Atomics.notify(word, 0);
    return;
  }
}

export function adds(lock: Lock, counter: Int32Array): void {
  for (let i = 0; i < 2000; i++) {
    lock.acquire();
    counter[0]++;
    lock.release();
  }
}

export function diesWith(lock: Lock): never {
  lock.acquire();
  process.exit(1);
}

export const acquires = (lock: Lock): boolean => lock.acquire();
