/**
 * granule: parallel compute on worker_threads. The public surface, and the map of the house:
 *
 *   errors.ts   every error class and its code
 *   tasks/      what a call is made of: references and source of functions, move(), shareable objects,
 *               the codec, errors on their way back
 *   pool/       Pool, and behind it the scheduler, the boards in shared memory and the runners
 *   process/    Process, and its thread's side
 *   manager/    Manager and its proxies, over comlink
 *   memory/     Value, SharedArray, SharedMemory, ShareableList
 *   channels/   Queue and its kin, Pipe
 *   sync/       futex.ts, then one file a primitive
 *   lab/        what a function costs in a loop and in a pool: measuring, and what the figures say
 *   cli/        the `granule` command
 *   ../workers/ what runs inside threads, and the kernels that ship with the package
 *
 * Arrows point one way: cli → lab → pool, process, manager → channels → memory → sync → tasks → errors. Nothing
 * imports this file.
 */
export * from './errors.js';
export { taskModule, type Task, type TaskFunction, type TaskModule, type TaskReference } from './tasks/reference.js';
export { move } from './tasks/move.js';
export { currentTask, type CurrentTask } from './tasks/current-task.js';
export type { TaskErrorInfo } from './tasks/error-transport.js';
export { Pool, type Items, type RangeTask, type SharedTyped } from './pool/pool.js';
export type { PoolStats } from './pool/pool-stats.js';
export type {
  CallEndEvent,
  CallStartEvent,
  ChunkEvent,
  ThreadLostEvent,
  ThreadReplacedEvent,
  ThreadStartEvent,
} from './pool/events.js';
export { PoolTrace, type TraceOptions } from './pool/trace.js';
export type { TraceEvent, TraceFile } from './pool/trace-format.js';
export { AsyncResult } from './pool/async-result.js';
export { cpuCount } from './pool/cpu-count.js';
export type {
  Callbacks,
  CallOptions,
  Execution,
  ImapOptions,
  IndexRange,
  MapOptions,
  PoolOptions,
  Schedule,
} from './pool/options.js';
export type { ElementOf, TypedArray } from './pool/typed-array.js';
export { activeChildren } from './process/children.js';
export { Process } from './process/process.js';
export type { ProcessOptions } from './process/options.js';
export { currentProcess, parentProcess, type ProcessInfo } from './tasks/current-process.js';
export { Manager } from './manager/manager.js';
export type { DictProxy, ListProxy, ManagedProxy, NamespaceProxy, Remote } from './manager/proxies.js';
export { fromShared, toShared, type Shareable } from './tasks/shareable.js';
export type { ElementOfCode, TypeCode, ValueOf, ViewOf } from './memory/type-codes.js';
export type { LockOptions } from './memory/guard.js';
export { Value } from './memory/value.js';
export { SharedArray } from './memory/shared-array.js';
export { SharedMemory, type SharedMemoryOptions } from './memory/shared-memory.js';
export { ShareableList } from './memory/shareable-list.js';
export { Queue } from './channels/queue.js';
export { SimpleQueue } from './channels/simple-queue.js';
export { JoinableQueue } from './channels/joinable-queue.js';
export type { Acquirable } from './sync/acquirable.js';
export type { WaitOptions } from './sync/wait-options.js';
export { Lock } from './sync/lock.js';
export { RLock } from './sync/rlock.js';
export { RWLock } from './sync/rwlock.js';
export { Semaphore } from './sync/semaphore.js';
export { BoundedSemaphore } from './sync/bounded-semaphore.js';
export { Event } from './sync/event.js';
export { Condition } from './sync/condition.js';
export { Barrier, type BarrierOptions } from './sync/barrier.js';
export { Pipe, type PipeOptions } from './channels/pipe.js';
export type { Connection } from './channels/connection.js';
