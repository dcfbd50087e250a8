/**
 * What a pool tells those who listen: channels of `node:diagnostics_channel`, and lines under NODE_DEBUG=granule.
 *
 * Without subscribers a call costs two loads more. The end of a call is told in the call's own async context
 * (AsyncLocalStorage), as its start is.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
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

/** A message of `granule:thread:start`: a thread is there, and may be given work. */
export interface ThreadStartEvent {
  /** The pool's name. */
  readonly pool: string;
  readonly threadId: number;
  /** Its place in the pool, from 0. */
  readonly seat: number;
}

/** A message of `granule:thread:lost`: a thread ended other than by the pool's own will. */
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

const callStart = channel('granule:call:start');
const callEnd = channel('granule:call:end');
const threadStart = channel('granule:thread:start');
const threadLost = channel('granule:thread:lost');
const threadReplaced = channel('granule:thread:replaced');
let calls = 0;

/** Tells of a call's end. */
export type TellEnd = (failed: boolean, outcome: unknown) => void;

/** Tells of a call's start; `undefined` where nobody listens. */
export function tellCall(pool: string, method: string, task: string): TellEnd | undefined {
  if (!callStart.hasSubscribers && !callEnd.hasSubscribers) return undefined;
  const event: CallStartEvent = Object.freeze({ id: ++calls, pool, method, task });
  callStart.publish(event);
  const began = performance.now();
  const inContext = AsyncLocalStorage.snapshot();
  return (failed, outcome) => {
    const duration = performance.now() - began;
    const end: CallEndEvent = { ...event, duration, failed, error: failed ? outcome : undefined };
    inContext(() => {
      callEnd.publish(Object.freeze(end));
    });
  };
}

export function tellThread(event: ThreadStartEvent, previous: number | undefined): void {
  threadStart.publish(Object.freeze(event));
  if (previous !== undefined) threadReplaced.publish(Object.freeze({ ...event, previous }));
}

export function tellLost(event: ThreadLostEvent): void {
  threadLost.publish(Object.freeze(event));
}

/** A line on stderr under NODE_DEBUG=granule. Ask `DEBUGS` first, so that nothing is made of what nobody reads. */
export const debug = debuglog('granule');
export const DEBUGS = debug.enabled;
