/**
 * The module that a process's thread runs. No top-level await, here or in what it imports: ending a thread
 * that evaluates one kills the whole program on Node 22 to 26.
 */
import { workerData } from 'node:worker_threads';
import { enterHeap } from '../lib/memory/enter-heap.js';
import type { ProcessThreadData } from '../lib/process/protocol.js';
import { serve } from '../lib/process/serve.js';
import { enterThread } from '../lib/sync/threads.js';

/** Classes whose objects bring no others with them, by the types they are sent as. */
const alone: Readonly<Record<string, (() => Promise<unknown>) | undefined>> = {
  Lock: () => import('../lib/sync/lock.js'),
  RLock: () => import('../lib/sync/rlock.js'),
  RWLock: () => import('../lib/sync/rwlock.js'),
  Semaphore: () => import('../lib/sync/semaphore.js'),
  BoundedSemaphore: () => import('../lib/sync/bounded-semaphore.js'),
  Event: () => import('../lib/sync/event.js'),
  Condition: () => import('../lib/sync/condition.js'),
  Barrier: () => import('../lib/sync/barrier.js'),
  Value: () => import('../lib/memory/value.js'),
  SharedArray: () => import('../lib/memory/shared-array.js'),
  SharedMemory: () => import('../lib/memory/shared-memory.js'),
  ShareableList: () => import('../lib/memory/shareable-list.js'),
};

/** Through anything else, a queue, a pipe, a proxy, an object of any class may come later: all are loaded for it. */
function loadClasses(types: readonly string[]): Promise<unknown> {
  const loads = types.map((type) => alone[type]);
  if (loads.includes(undefined)) return import('./classes.js');
  return Promise.all(loads.map((load) => load!()));
}

const data = (workerData as { readonly granule: ProcessThreadData }).granule;
enterThread(data.threads, data.parent);
enterHeap(data.heap);
void serve(data, loadClasses);
