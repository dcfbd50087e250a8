/**
 * Has many async waiters wait on one lock, and prints the heap that they take.
 *
 *   node --expose-gc pending-waiters.js COUNT
 */
import { Lock } from 'granule';

export interface PendingWaiters {
  readonly heap: number;
}

const count = Number(process.argv[2]);
const lock = new Lock();

async function waiting(waiters: number): Promise<number> {
  lock.acquire();
  globalThis.gc!();
  const before = process.memoryUsage().heapUsed;
  const pending = Array.from({ length: waiters }, () => lock.acquireAsync());
  globalThis.gc!();
  const heap = process.memoryUsage().heapUsed - before;
  lock.release();
  for (const one of pending) {
    await one;
    lock.release();
  }
  return heap;
}

await waiting(100); // code and the first of everything
process.stdout.write(JSON.stringify({ heap: await waiting(count) } satisfies PendingWaiters));
