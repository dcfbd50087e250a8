/** Threads for specs of this room: started as granule starts them, but by hand, so that they can be ended at will. */

import { threadId, Worker } from 'node:worker_threads';
import { isShareable, toShared } from '#lib/tasks/shareable.js';
import { threadEnded, threadTable } from '#lib/sync/threads.js';
import type * as lockRoles from '../fixtures/sync/lock-roles.js';
import type * as waitRoles from '../fixtures/sync/wait-roles.js';

type Roles = typeof lockRoles & typeof waitRoles;

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

/** A thread that runs the role. */
export function start<Name extends keyof Roles>(
  role: Name,
  ...args: Parameters<Roles[Name]>
): Thread<Awaited<ReturnType<Roles[Name]>>> {
  return startFrom('thread.js', role, args);
}

/** The same in a thread in which the slow tick makes up for nothing: a wake-up that is lost hangs the spec. */
export function startTickless<Name extends keyof Roles>(
  role: Name,
  ...args: Parameters<Roles[Name]>
): Thread<Awaited<ReturnType<Roles[Name]>>> {
  return startFrom('tickless.js', role, args);
}

function startFrom<R>(entry: string, role: string, args: readonly unknown[]): Thread<R> {
  const worker = new Worker(new URL(`../fixtures/sync/${entry}`, import.meta.url), {
    workerData: {
      granule: { threads: threadTable(), parent: threadId },
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

/** Words through which a spec and its threads tell each other how far they are. */
export class Steps {
  readonly words = new Int32Array(new SharedArrayBuffer(64));

  /** Resolves when `index` has reached `value`, without blocking the thread. */
  async reached(index: number, value = 1): Promise<void> {
    while (Atomics.load(this.words, index) < value) await new Promise((resolve) => setImmediate(resolve));
  }

  go(index: number, value = 1): void {
    Atomics.store(this.words, index, value);
    Atomics.notify(this.words, index);
  }
}
