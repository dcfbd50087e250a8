/** The heaps that a thread knows: the process's, and in a thread that granule did not start also others'. */

import { HEADER } from '../sync/words.js';
import { heapsOfThread } from './enter-heap.js';
import { Heap } from './heap.js';

export { enterHeap } from './enter-heap.js';

const heaps = heapsOfThread();

/** The process's heap, made on the first call in a thread that granule did not start. */
export function homeHeap(): Heap {
  return (heaps.home ??= heaps.memory === undefined ? know(Heap.create()) : heapOver(heaps.memory));
}

/** Whether that is a heap's memory. */
export function isHeap(memory: SharedArrayBuffer): boolean {
  for (const heap of heaps.known.values()) if (heap.memory === memory) return true;
  return false;
}

/** What every thread that granule starts gets as `workerData.granule.heap`, for enterHeap(). */
export function heapMemory(): SharedArrayBuffer {
  return homeHeap().memory;
}

/** The heap over memory that has come from another thread: one object, however often it comes. */
export function heapOver(memory: SharedArrayBuffer): Heap {
  return heaps.known.get(keyOf(memory)) ?? know(new Heap(memory));
}

function know(heap: Heap): Heap {
  heaps.known.set(keyOf(heap.memory), heap);
  return heap;
}

/** The memory of the heap that keyOf() gives that name, if this thread has it. */
export function heapOfKey(key: string): SharedArrayBuffer | undefined {
  homeHeap();
  return heaps.known.get(key)?.memory;
}

/** The header names it (lib/sync/words.ts). */
export function keyOf(memory: SharedArrayBuffer): string {
  return new Int32Array(memory, 0, HEADER - 1).join(':');
}
