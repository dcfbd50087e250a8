/** The processes that this thread has started, and the numbers it has given them. */
import { workerData } from 'node:worker_threads';
import { currentProcess } from '../tasks/current-process.js';
import { threadState } from '../tasks/thread-state.js';
import type { Process } from './process.js';
import type { ProcessThreadData } from './protocol.js';

interface Family {
  /** Those that live. */
  readonly children: Set<Process>;
  /** How many Processes this thread has made. */
  count: number;
}

export const family = threadState<Family>('family', () => ({ children: new Set(), count: 0 }));

/** The next process's place: '3' on the main thread, '2:3' in process 2, '7:3' in any other thread with id 7. */
export function nextLineage(): string {
  const own = (workerData as { granule?: Partial<ProcessThreadData> } | null | undefined)?.granule?.lineage;
  const { pid } = currentProcess();
  family.count++;
  return own === undefined && pid === 0 ? String(family.count) : `${own ?? pid}:${family.count}`;
}

/**
 * The processes that this thread has started and that live. Python's also joins those that have ended: here an ended
 * process needs no joining, it holds nothing.
 */
export function activeChildren(): Process[] {
  return [...family.children];
}
