import { setTimeout as sleep } from 'node:timers/promises';
import type { Worker } from 'node:worker_threads';
import type { Crew } from './crew.js';
import type { Turn } from './part.js';

/** Words that count, by thread, the items that it has begun. */
export function busyWords(): Int32Array<SharedArrayBuffer> {
  return new Int32Array(new SharedArrayBuffer(4 * 4096));
}

/** Ends threads from outside, of those that have begun something, until told to stop; resolves with how many. */
export async function endNowAndThen(crew: Crew, turn: Turn, busy: Int32Array, over: AbortSignal): Promise<number> {
  const ended = new Set<Worker>();
  for (;;) {
    await sleep(20 + turn.random.below(40));
    if (over.aborted) return ended.size;
    // None that is still starting: so many of those in a row are a pool that cannot start at all.
    const isGrown = ({ threadId }: Worker): boolean => threadId > 0 && busy[threadId % busy.length] > 0;
    const grown = crew.present.filter((worker) => isGrown(worker) && !ended.has(worker));
    if (grown.length === 0) continue;
    const one = turn.random.pick(grown);
    ended.add(one);
    void one.terminate();
  }
}
