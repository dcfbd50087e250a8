/** The heaps that a thread knows: the process's, and in a thread that granule did not start also others'. */

import { HEADER } from '../sync/words.js';
import { threadState } from '../tasks/thread-state.js';
import { Heap } from './heap.js';

interface Heaps {
  /** Where this thread looks names up. */
  home?: Heap;
  /** All, by what their memory's header says. */
  readonly known: Map<string, Heap>;
}
const heaps = threadState<Heaps>('heaps', () => ({ known: new Map() }));

/** The process's heap, made on the first call in a thread that granule did not start. */
export function homeHeap(): Heap {
  return (heaps.home ??= know(Heap.create()));
}

/** What every thread that granule starts gets as `workerData.granule.heap`. */
export function heapMemory(): SharedArrayBuffer {
  return homeHeap().memory;
}

/** Called once by the entry of such a thread, after enterThread(). */
export function enterHeap(memory: SharedArrayBuffer): void {
  heaps.home = heapOver(memory);
}

/** The heap over memory that has come from another thread: one object, however often it comes. */
export function heapOver(memory: SharedArrayBuffer): Heap {
  return heaps.known.get(keyOf(memory)) ?? know(new Heap(memory));
}

function know(heap: Heap): Heap {
  heaps.known.set(keyOf(heap.memory), heap);
  return heap;
}

/** The header names it (lib/sync/words.ts). */
function keyOf(memory: SharedArrayBuffer): string {
  return new Int32Array(memory, 0, HEADER - 1).join(':');
}
