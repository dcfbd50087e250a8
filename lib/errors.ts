/**
 * Every error class of granule and its stable `code`. A message says what was wrong, with the
 * value, and what to do about it; a program tells errors apart by class or by `code`, never by text.
 */

/** Base of every error that granule itself raises. */
export class GranuleError extends Error {
  /** Stable across versions, `ERR_GRANULE_…`. */
  readonly code: string = 'ERR_GRANULE';
  static {
    nameOf(this, 'GranuleError');
  }
}

/** A call on a pool that was closed or terminated. Python: ValueError "Pool not running". */
export class PoolClosedError extends GranuleError {
  override readonly code = 'ERR_GRANULE_POOL_CLOSED';
  static {
    nameOf(this, 'PoolClosedError');
  }
}

/** What is known of the end of a thread that took work with it. */
export interface WorkerLostInfo {
  readonly exitCode: number | undefined;
  readonly threadId: number | undefined;
  readonly cause?: unknown;
}

const UNKNOWN: WorkerLostInfo = { exitCode: undefined, threadId: undefined };

/**
 * The thread ended under the task: process.exit, out of memory, an uncaught error. `exitCode` and
 * `threadId` tell which end it was, `cause` holds the uncaught error where there was one.
 * Python's concurrent.futures: BrokenProcessPool; its Pool hangs instead.
 */
export class WorkerLostError extends GranuleError {
  override readonly code = 'ERR_GRANULE_WORKER_LOST';
  readonly exitCode: number | undefined;
  readonly threadId: number | undefined;
  constructor(message: string, info: WorkerLostInfo = UNKNOWN) {
    super(message, info.cause === undefined ? undefined : { cause: info.cause });
    this.exitCode = info.exitCode;
    this.threadId = info.threadId;
  }
  static {
    nameOf(this, 'WorkerLostError');
  }
}

/** A time limit passed: `timeout` of a call or a wait, or `itemTimeout` of an item. Python: TimeoutError. */
export class TimeoutError extends GranuleError {
  override readonly code = 'ERR_GRANULE_TIMEOUT';
  static {
    nameOf(this, 'TimeoutError');
  }
}

/**
 * A value that cannot cross to another thread; the message says which, by its path. Python: PicklingError,
 * MaybeEncodingError.
 */
export class SerializationError extends GranuleError {
  override readonly code = 'ERR_GRANULE_SERIALIZATION';
  static {
    nameOf(this, 'SerializationError');
  }
}

/**
 * A lock used against its rules: released when not held, waited on without holding it. Python: RuntimeError,
 * AssertionError.
 */
export class LockStateError extends GranuleError {
  override readonly code = 'ERR_GRANULE_LOCK_STATE';
  static {
    nameOf(this, 'LockStateError');
  }
}

/**
 * The thread that held the lock ended without releasing it; `reset()` makes the lock usable again. POSIX:
 * EOWNERDEAD.
 */
export class AbandonedLockError extends GranuleError {
  override readonly code = 'ERR_GRANULE_ABANDONED_LOCK';
  static {
    nameOf(this, 'AbandonedLockError');
  }
}

/** The barrier was broken by abort(), reset(), a timeout or a failed action. Python: BrokenBarrierError. */
export class BrokenBarrierError extends GranuleError {
  override readonly code = 'ERR_GRANULE_BROKEN_BARRIER';
  static {
    nameOf(this, 'BrokenBarrierError');
  }
}

/** Nothing arrived in the queue in time. Python: queue.Empty. */
export class QueueEmptyError extends GranuleError {
  override readonly code = 'ERR_GRANULE_QUEUE_EMPTY';
  static {
    nameOf(this, 'QueueEmptyError');
  }
}

/** No room in the queue in time, or a pool's `maxQueue` is reached. Python: queue.Full. */
export class QueueFullError extends GranuleError {
  override readonly code = 'ERR_GRANULE_QUEUE_FULL';
  static {
    nameOf(this, 'QueueFullError');
  }
}

/** The queue was closed: no more puts, and nothing left to get. Python 3.13: queue.ShutDown. */
export class QueueClosedError extends GranuleError {
  override readonly code = 'ERR_GRANULE_QUEUE_CLOSED';
  static {
    nameOf(this, 'QueueClosedError');
  }
}

/** The other end of the pipe is closed and all it sent has been read. Python: EOFError. */
export class EOFError extends GranuleError {
  override readonly code = 'ERR_GRANULE_EOF';
  static {
    nameOf(this, 'EOFError');
  }
}

/**
 * The pipe cannot do that any more, or not in that direction: this end was closed or has moved to another thread,
 * the other end is gone, an end that only sends cannot receive. Python: OSError, BrokenPipeError.
 */
export class PipeError extends GranuleError {
  override readonly code = 'ERR_GRANULE_PIPE';
  static {
    nameOf(this, 'PipeError');
  }
}

/** A shared-memory block of that name exists already. Python: FileExistsError. */
export class SharedMemoryExistsError extends GranuleError {
  override readonly code = 'ERR_GRANULE_SHARED_MEMORY_EXISTS';
  static {
    nameOf(this, 'SharedMemoryExistsError');
  }
}

/** No shared-memory block of that name. Python: FileNotFoundError. */
export class SharedMemoryNotFoundError extends GranuleError {
  override readonly code = 'ERR_GRANULE_SHARED_MEMORY_NOT_FOUND';
  static {
    nameOf(this, 'SharedMemoryNotFoundError');
  }
}

/** The manager was shut down, or its thread ended, before the call was answered. */
export class ManagerClosedError extends GranuleError {
  override readonly code = 'ERR_GRANULE_MANAGER_CLOSED';
  static {
    nameOf(this, 'ManagerClosedError');
  }
}

/** `name` belongs on the prototype, as the built-in errors have it: a minifier may rename the class. */
function nameOf(type: { readonly prototype: Error }, name: string): void {
  Object.defineProperty(type.prototype, 'name', { value: name, configurable: true, writable: true });
}
