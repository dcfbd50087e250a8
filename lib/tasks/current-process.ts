/**
 * Who a thread is, in Python's terms: every thread is a process of its own there. Threads that granule
 * starts learn it from `workerData.granule`.
 */
import { isMainThread, threadId, workerData } from 'node:worker_threads';

/** What a thread can know of a process: of itself, or of its parent. */
export interface ProcessInfo {
  /** 'MainProcess' for the main thread. */
  readonly name: string;
  /** The thread's id, worker_threads' `threadId`: 0 for the main thread. Not process.pid, which all threads share. */
  readonly pid: number;
  /** Whether the program may end without it. */
  readonly daemon: boolean;
}

/** What of `workerData.granule` tells who the thread is. */
export interface ThreadIdentity {
  /** The name of a Process; a pool's thread has one by its pool. */
  readonly name?: string;
  readonly pool?: string;
  readonly daemon?: boolean;
  /** currentProcess() of the thread that started it. */
  readonly parentProcess?: ProcessInfo;
}

const identity: ThreadIdentity | undefined = isMainThread
  ? undefined
  : (workerData as { readonly granule?: ThreadIdentity } | null | undefined)?.granule;

const own: ProcessInfo = Object.freeze({ name: nameOfThread(), pid: threadId, daemon: isDaemon() });
const parent: ProcessInfo | undefined =
  identity?.parentProcess === undefined ? undefined : Object.freeze({ ...identity.parentProcess });

/**
 * Who this thread is: 'MainProcess' on the main thread, in a pool's thread the pool's name and the
 * thread's id. Python: current_process().
 */
export function currentProcess(): ProcessInfo {
  return own;
}

/** Who started this thread; undefined on the main thread and in a thread that granule did not start. */
export function parentProcess(): ProcessInfo | undefined {
  return parent;
}

function nameOfThread(): string {
  if (isMainThread) return 'MainProcess';
  return identity?.name ?? `${identity?.pool ?? 'Worker'}-${threadId}`;
}

/** A pool's threads end with the program. */
function isDaemon(): boolean {
  return identity?.daemon ?? identity?.pool !== undefined;
}
