/** What a process's thread and its starter say to each other, and nothing else. */
import type { MessagePort } from 'node:worker_threads';
import type { ProcessInfo } from '../tasks/current-process.js';
import type { ErrorWire } from '../tasks/error-wire.js';
import type { TaskSpec } from '../tasks/spec.js';

/** `workerData.granule` of a process's thread. */
export interface ProcessThreadData {
  readonly kind: 'process';
  /** Process-wide table of living threads (lib/sync/threads.ts). */
  readonly threads: SharedArrayBuffer;
  /** The process's named memory (lib/memory/heap.ts). */
  readonly heap: SharedArrayBuffer;
  /** Id of the thread that started it. */
  readonly parent: number;
  /** By which a blocked starter sees this thread's end (lib/sync/lifelines.ts). */
  readonly lifeline: MessagePort;
  /** Who that is. */
  readonly parentProcess: ProcessInfo;
  readonly name: string;
  readonly daemon: boolean;
  /** Its number among its starter's processes, behind its starter's own: '2', '2:1'. Names its children. */
  readonly lineage: string;
  /** One word: phase.ts. */
  readonly phase: SharedArrayBuffer;
  readonly target: TaskSpec | undefined;
  readonly args: Parcel;
  /** Of an instance of a subclass, whose run() is to be called. */
  readonly subclass: SubclassSpec | undefined;
}

/** Where a subclass is, and what of its instance travels. */
export interface SubclassSpec {
  /** A file: URL. */
  readonly module: string;
  /** The class's name. */
  readonly name: string;
  readonly fields: Parcel;
}

/**
 * A value as structured clone delivers it, or as packMessage() made it, with the types of what is in it: a thread loads
 * the codec, and a class, only for what arrives.
 */
export type Parcel = { readonly bare: unknown } | { readonly packed: unknown; readonly types: readonly string[] };

/** Thread → starter through the Worker's own port: the error that may be about to end it. */
export interface Uncaught {
  readonly granule: 'uncaught';
  readonly error: ErrorWire;
}
