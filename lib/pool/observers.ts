/**
 * Who looks at a pool: subscribers of the channels (events.ts) and its traces (trace.ts).
 *
 * While nobody does, a call costs four loads more. What is told of a call is told in the call's own async context
 * (AsyncLocalStorage), whoever woke the pool.
 */
import { threadId } from 'node:worker_threads';
import { AsyncContext } from './async-context.js';
import { channels } from './events.js';
import type {
  CallEndEvent,
  CallStartEvent,
  ChunkEvent,
  ThreadLostEvent,
  ThreadReplacedEvent,
  ThreadStartEvent,
} from './events.js';

/** Told of everything in one pool, as subscribers of the channels are of all pools. */
export interface Observer {
  callStarted(call: CallStartEvent, at: number): void;
  callEnded(call: CallEndEvent, at: number): void;
  chunkRun(chunk: ChunkEvent): void;
  threadStarted(thread: ThreadStartEvent, at: number): void;
  threadLost(thread: ThreadLostEvent, at: number): void;
}

let calls = 0;

export class Observers {
  /** The pool's name. */
  readonly pool: string;
  readonly all = new Set<Observer>();
  /** Tells of what threads have recorded since the last look. */
  catchUp: () => void = () => undefined;

  constructor(pool: string) {
    this.pool = pool;
  }

  /** Tells of a call's start; `undefined` where nobody listens. */
  call(method: string, task: string): ToldCall | undefined {
    const { callStart, callEnd, chunk } = channels;
    const isWanted = this.all.size > 0 || callStart.hasSubscribers || callEnd.hasSubscribers || chunk.hasSubscribers;
    return isWanted ? new ToldCall(this, method, task) : undefined;
  }

  threadStarted(event: ThreadStartEvent, previous: number | undefined): void {
    channels.threadStart.publish(Object.freeze(event));
    for (const observer of this.all) observer.threadStarted(event, performance.now());
    if (previous === undefined) return;
    const replaced: ThreadReplacedEvent = { ...event, previous };
    channels.threadReplaced.publish(Object.freeze(replaced));
  }

  threadLost(event: ThreadLostEvent): void {
    channels.threadLost.publish(Object.freeze(event));
    for (const observer of this.all) observer.threadLost(event, performance.now());
  }
}

/** A call whose start somebody was told of, or could have been. */
export class ToldCall {
  readonly event: CallStartEvent;
  /** By this thread's performance.now(). */
  readonly began = performance.now();
  /** Its chunks are to be recorded. */
  readonly withChunks: boolean;
  readonly #observers: Observers;
  readonly #context = new AsyncContext();

  constructor(observers: Observers, method: string, task: string) {
    this.#observers = observers;
    this.withChunks = observers.all.size > 0 || channels.chunk.hasSubscribers;
    this.event = Object.freeze({ id: ++calls, pool: observers.pool, method, task });
    channels.callStart.publish(this.event);
    for (const observer of observers.all) observer.callStarted(this.event, this.began);
  }

  /** `outcome`: what it rejects with, where it failed. */
  end(failed: boolean, outcome: unknown): void {
    const { callEnd } = channels;
    const { all } = this.#observers;
    if (!callEnd.hasSubscribers && all.size === 0) return;
    const at = performance.now();
    const error = failed ? outcome : undefined;
    const event: CallEndEvent = Object.freeze({ ...this.event, duration: at - this.began, failed, error });
    for (const observer of all) observer.callEnded(event, at);
    if (!callEnd.hasSubscribers) return;
    this.#context.runInAsyncScope(() => {
      callEnd.publish(event);
    });
  }

  /** A chunk on the caller. */
  chunkHere({ first, count }: Pick<ChunkEvent, 'first' | 'count'>, start: number, end: number): void {
    if (count === 0) return;
    this.chunk({ threadId, seat: -1, first, count, start, duration: end - start, lost: false, missed: 0 });
  }

  chunk(part: Omit<ChunkEvent, 'pool' | 'id'>): void {
    const { chunk } = channels;
    const { all, pool } = this.#observers;
    if (!chunk.hasSubscribers && all.size === 0) return;
    const event: ChunkEvent = Object.freeze({ pool, id: this.event.id, ...part });
    for (const observer of all) observer.chunkRun(event);
    if (!chunk.hasSubscribers) return;
    this.#context.runInAsyncScope(() => {
      chunk.publish(event);
    });
  }
}
