/** Threads that run a role: started as granule starts them, but by hand, so that they can be ended at will. */
import { threadId, Worker } from 'node:worker_threads';
import { isShareable, toShared } from '#lib/tasks/shareable.js';
import { threadEnded, threadTable } from '#lib/sync/threads.js';

export interface Thread<R = unknown> {
  readonly threadId: number;
  /** What the role returned, or the error it threw. */
  readonly result: Promise<R>;
  /** Resolves when the thread has ended, however, and the table knows. */
  readonly ended: Promise<void>;
  /** Ends the thread and resolves when it has ended. */
  terminate(): Promise<void>;
}

const running = new Set<Worker>();

/** A thread that runs one of the roles that `entry` knows. `heap`: named memory, where the roles need it. */
export function startRole<R>(entry: URL, role: string, args: readonly unknown[], heap?: SharedArrayBuffer): Thread<R> {
  const worker = new Worker(entry, {
    workerData: {
      granule: { threads: threadTable(), parent: threadId, heap },
      role,
      args: args.map((arg) => (isShareable(arg) ? toShared(arg) : arg)),
    },
  });
  running.add(worker);
  const id = worker.threadId;
  const ended = new Promise<void>((resolve) => {
    worker.once('exit', () => {
      running.delete(worker);
      threadEnded(id);
      resolve();
    });
  });
  const result = new Promise<R>((resolve, reject) => {
    worker.once('message', (message: { value: R } | { error: { name: string; message: string; code?: string } }) => {
      if ('error' in message) reject(Object.assign(new Error(message.error.message), message.error));
      else resolve(message.value);
    });
    worker.on('error', reject);
    void ended.then(() => {
      reject(new Error('The thread ended without a result'));
    });
  });
  result.catch(() => undefined); // most specs of deaths do not look
  return { threadId: id, result, ended, terminate: () => worker.terminate().then(() => ended) };
}

/** For afterEach: ends the threads that a test has left, as one does that has failed. */
export async function endThreads(): Promise<void> {
  await Promise.all([...running].map((worker) => worker.terminate()));
}
