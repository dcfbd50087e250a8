import { backToBack } from '../harness/instruments.js';
import type { Run } from '../harness/instruments.js';
import type { Subject } from '../harness/suite.js';
import { THREADS } from './threads.js';

/** The work without any pool, on this thread. */
export const loop = (name: string, run: Run, units?: number): Subject => ({
  name,
  open: async () => backToBack({ run }, units),
});

/** The chunks of a map by hand, one after the other on this thread: what cutting and joining cost without threads. */
export function chunkedLoop<T, R>(name: string, work: (chunk: readonly T[]) => R[], items: readonly T[]): Subject {
  const size = Math.max(1, Math.ceil(items.length / (4 * THREADS)));
  return loop(name, () => {
    const results: R[][] = [];
    for (let start = 0; start < items.length; start += size) results.push(work(items.slice(start, start + size)));
    return ([] as R[]).concat(...results); // flat() takes ten and more times as long
  });
}
