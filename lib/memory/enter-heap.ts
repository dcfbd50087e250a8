/** What an entry does for the heap: apart from it, so that a thread that never looks for a name does not load it. */

import { bare } from '../tasks/own-options.js';
import { threadState } from '../tasks/thread-state.js';
import type { Heap } from './heap.js';

/** The heaps that a thread knows. */
export interface Heaps {
  /** What its starter gave it. */
  memory?: SharedArrayBuffer;
  /** Where this thread looks names up, once it has. */
  home?: Heap;
  /** All, by what their memory's header says. */
  readonly known: Map<string, Heap>;
}

export function heapsOfThread(): Heaps {
  return threadState<Heaps>('heaps', () => bare({ known: new Map() }));
}

/** Called once by the entry of a thread that granule started, after enterThread(). */
export function enterHeap(memory: SharedArrayBuffer): void {
  heapsOfThread().memory = memory;
}
