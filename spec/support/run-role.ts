/** The other side of `startRole()`: a thread as granule starts them, without a pool. */
import { parentPort, workerData } from 'node:worker_threads';
import { enterHeap } from '#lib/memory/enter-heap.js';
import { enterThread } from '#lib/sync/threads.js';
import { fromShared, isSharedHandle } from '#lib/tasks/shareable.js';

interface Start {
  readonly granule: {
    readonly threads: SharedArrayBuffer;
    readonly parent: number;
    readonly heap: SharedArrayBuffer | undefined;
  };
  readonly role: string;
  readonly args: readonly unknown[];
}

/** Runs the role that was asked for and reports what it returned or threw. */
export function runRole(roles: object): void {
  const { granule, role, args } = workerData as Start;
  enterThread(granule.threads, granule.parent);
  if (granule.heap !== undefined) enterHeap(granule.heap);
  const run = (roles as Record<string, (...args: unknown[]) => unknown>)[role];
  try {
    const done = run(...args.map((arg) => (isSharedHandle(arg) ? fromShared(arg) : arg)));
    if (done instanceof Promise) done.then(report, fail);
    else report(done);
  } catch (error) {
    fail(error);
  }
}

function report(value: unknown): void {
  parentPort!.postMessage({ value });
}

function fail(error: unknown): void {
  const { name, message, code } = error as Error & { code?: string };
  parentPort!.postMessage({ error: { name, message, code } });
}
