/**
 * granule: parallel compute on worker_threads. The public surface, and the map of the house:
 *
 *   errors.ts   every error class and its code
 *   tasks/      what a call is made of: references and source of functions, move(), shareable objects,
 *               the codec, errors on their way back
 *   pool/       Pool, and behind it the scheduler, the boards in shared memory and the runners
 *   sync/       futex.ts, then one file a primitive
 *   cli/        the `granule` command
 *   ../workers/ what runs inside threads, and the kernels that ship with the package
 *
 * Arrows point one way: cli → pool → tasks → sync → errors. Nothing imports this file.
 */
export * from './errors.js';
export { taskModule, type Task, type TaskFunction, type TaskReference } from './tasks/reference.js';
export { move } from './tasks/move.js';
export { currentTask, type CurrentTask } from './tasks/current-task.js';
export type { TaskErrorInfo } from './tasks/error-transport.js';
export { Pool, type SharedTyped } from './pool/pool.js';
export type { PoolStats } from './pool/calls.js';
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
