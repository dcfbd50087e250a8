/**
 * What the caller and a pool thread say to each other by message, and nothing else. Everything that
 * is said often is words in shared memory (`layout.ts`); messages carry what words cannot.
 */
import type { MessagePort, Transferable } from 'node:worker_threads';
import type { ProcessInfo } from '../tasks/current-process.js';
import type { ErrorWire } from '../tasks/error-transport.js';
import type { TaskSpec } from '../tasks/spec.js';

/** `workerData.granule` of a pool thread. */
export interface PoolThreadData {
  readonly kind: 'pool';
  /** Process-wide table of living threads (lib/sync/threads.ts). */
  readonly threads: SharedArrayBuffer;
  /** The process's named memory (lib/memory/heap.ts). */
  readonly heap: SharedArrayBuffer;
  /** Id of the thread that made the pool. */
  readonly parent: number;
  /** Who that is. */
  readonly parentProcess: ProcessInfo;
  readonly pool: string;
  readonly control: SharedArrayBuffer;
  readonly seats: number;
  /** Segment 0 of the arena. */
  readonly arena: SharedArrayBuffer;
  readonly initializer: TaskSpec | undefined;
  /** Packed by packMessage; undefined: they come by mail. */
  readonly initargs: unknown;
  readonly maxTasks: number;
  /** Milliseconds of spinning for more work; 0 where there is one core. */
  readonly linger: number;
  /** How many threads may spin at once: the caller keeps a core for itself. */
  readonly lingerers: number;
}

/** Thread → caller through the Worker's own port, once, when the entry has been loaded. */
export interface Hello {
  readonly granule: 'hello';
  readonly threadId: number;
  readonly port: MessagePort;
  /** By which a blocked caller sees this thread's end (lib/sync/lifelines.ts). */
  readonly lifeline: MessagePort;
}

/** The piscina task that starts a runner. */
export interface RunnerCall {
  readonly seat: number;
  /** The thread it is meant for: another one returns at once. */
  readonly threadId: number;
}
/** What it resolves with. `retire`: this thread has done its maxTasksPerThread. */
export interface RunnerReturn {
  readonly retire: boolean;
}

/** Caller → thread, on the port of its hello. */
export type Mail =
  | { readonly kind: 'task'; readonly id: number; readonly spec: TaskSpec }
  | { readonly kind: 'segment'; readonly id: number; readonly memory: SharedArrayBuffer }
  /** Before anything else, where workerData could not have them. */
  | { readonly kind: 'initargs'; readonly value: unknown }
  | { readonly kind: 'args'; readonly job: number; readonly value: unknown }
  /** The items of a board: sent ahead, or asked for (`want`); absent when the call is over. */
  | { readonly kind: 'items'; readonly serial: number; readonly parcel?: ParcelMail }
  /** The thread has returned to piscina, which the caller may not have heard of: serve again. */
  | { readonly kind: 'wake' }
  | {
      readonly kind: 'drop';
      readonly segments: readonly number[];
      readonly job: number;
      readonly tasks: readonly number[];
    };

/** Items packed by packMessage, and what is to be closed if nobody takes them; or a port that holds them. */
export type ParcelMail =
  | { readonly items: readonly unknown[]; readonly closeables: readonly Closeable[] }
  | { readonly letter: MessagePort };

export interface Closeable {
  close(): unknown;
}

/** Thread → caller, on the same port. */
export type Reply =
  | { readonly kind: 'page'; readonly id: number; readonly memory: SharedArrayBuffer; readonly keep: boolean }
  | { readonly kind: 'value'; readonly serial: number; readonly index: number; readonly value: unknown }
  | { readonly kind: 'error'; readonly serial: number; readonly index: number; readonly error: ErrorWire }
  | { readonly kind: 'want'; readonly ticket: number; readonly serial: number }
  | { readonly kind: 'broken'; readonly serial: number; readonly error: ErrorWire };

export type TransferList = readonly Transferable[];
