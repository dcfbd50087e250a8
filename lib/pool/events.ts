/**
 * What a pool tells: the messages of its channels (`node:diagnostics_channel`), and lines under NODE_DEBUG=granule.
 * Who is told is in observers.ts.
 */
import { channel } from 'node:diagnostics_channel';
import { debuglog } from 'node:util';

/** A message of `granule:call:start`: a call was accepted; an imap, when its first item is asked for. */
export interface CallStartEvent {
  /** One number a call, unique in this thread. */
  readonly id: number;
  /** The pool's name. */
  readonly pool: string;
  /** 'apply', 'map', … */
  readonly method: string;
  /** The task's name. */
  readonly task: string;
}

/** A message of `granule:call:end`: the call is about to settle. Only for calls whose start could be told. */
export interface CallEndEvent extends CallStartEvent {
  /** Milliseconds since its start. */
  readonly duration: number;
  readonly failed: boolean;
  /** What it rejects with. */
  readonly error: unknown;
}

/**
 * A message of `granule:chunk`: items that a thread has run one after the other, of one chunk. A chunk that gave way to
 * another call is told in parts. Told afterwards, several at a time, before `granule:call:end`; behind it only for a
 * call that was given up. Only for calls at whose start somebody listened.
 */
export interface ChunkEvent {
  /** The pool's name. */
  readonly pool: string;
  /** The call's, as in `granule:call:start`. */
  readonly id: number;
  readonly threadId: number;
  /** The thread's place in the pool, from 0; -1: not in the pool, but where the call was made. */
  readonly seat: number;
  /** The first item's index; of parallelFor and parallelReduce, the first of the indices. */
  readonly first: number;
  /** How many items, or indices, it was. */
  readonly count: number;
  /** Milliseconds, as `performance.now()` counts them in the thread that has the pool. */
  readonly start: number;
  /** Milliseconds. */
  readonly duration: number;
  /** The thread ended at the last of the items: it has no result, and is run again under `retries`. */
  readonly lost: boolean;
  /** How many parts this thread ran before it that could not be told: nobody had read the ones before in time. */
  readonly missed: number;
}

/** A message of `granule:thread:start`: a thread is there, and may be given work. */
export interface ThreadStartEvent {
  /** The pool's name. */
  readonly pool: string;
  readonly threadId: number;
  /** Its place in the pool, from 0. */
  readonly seat: number;
}

/** A message of `granule:thread:lost`: a thread ended by itself, or because its task did not heed an abort. */
export interface ThreadLostEvent extends ThreadStartEvent {
  readonly exitCode: number;
  /** The uncaught error, if one ended it. */
  readonly error: unknown;
}

/** A message of `granule:thread:replaced`, after its `granule:thread:start`. */
export interface ThreadReplacedEvent extends ThreadStartEvent {
  /** The threadId of the one that had the seat before: it was lost, was ended, or had done its maxTasksPerThread. */
  readonly previous: number;
}

export const channels = {
  callStart: channel('granule:call:start'),
  callEnd: channel('granule:call:end'),
  chunk: channel('granule:chunk'),
  threadStart: channel('granule:thread:start'),
  threadLost: channel('granule:thread:lost'),
  threadReplaced: channel('granule:thread:replaced'),
};

/** A line on stderr under NODE_DEBUG=granule. Ask `DEBUGS` first, so that nothing is made of what nobody reads. */
export const debug = debuglog('granule');
export const DEBUGS = debug.enabled;
