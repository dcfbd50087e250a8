/** Threads with a heap, started as granule starts them, but by hand, so that they can be ended at will. */

import { once } from 'node:events';
import { threadId, Worker } from 'node:worker_threads';
import { heapMemory } from '#lib/memory/home-heap.js';
import { threadEnded, threadTable } from '#lib/sync/threads.js';
import type * as roles from '../fixtures/memory/roles.js';

export type Role = keyof typeof roles;

export interface Thread {
  /** Resolves when it says that. */
  says(what: string): Promise<void>;
  /** Its cue. */
  tell(): void;
  /** Resolves when it has ended, and the table knows. */
  readonly ended: Promise<void>;
  terminate(): Promise<void>;
}

const running = new Set<Worker>();

export function start(role: Role, ...args: readonly unknown[]): Thread {
  const worker = new Worker(new URL('../fixtures/memory/thread.js', import.meta.url), {
    workerData: { granule: { threads: threadTable(), parent: threadId, heap: heapMemory() }, role, args },
  });
  running.add(worker);
  const id = worker.threadId;
  const ended = once(worker, 'exit').then(() => {
    running.delete(worker);
    threadEnded(id);
  });
  const said: unknown[] = [];
  worker.on('message', (what) => said.push(what));
  return {
    async says(what) {
      while (!said.includes(what)) await once(worker, 'message');
    },
    tell: () => { worker.postMessage('go'); },
    ended,
    terminate: () => worker.terminate().then(() => ended),
  };
}

/** For afterEach: ends the threads that a test has left, as one does that has failed. */
export async function endThreads(): Promise<void> {
  await Promise.all([...running].map((worker) => worker.terminate()));
}
