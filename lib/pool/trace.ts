/** Records what a pool does, for a viewer of traces. */
import { inspect } from 'node:util';
import { isMainThread, threadId } from 'node:worker_threads';
import { ANONYMOUS } from '../tasks/evaluate.js';
import { readOptions } from '../tasks/option-names.js';
import { broken } from '../tasks/show.js';
import type { CallEndEvent, CallStartEvent, ChunkEvent, ThreadLostEvent, ThreadStartEvent } from './events.js';
import { Observers, type Observer } from './observers.js';
import { microseconds, slice, type Args, type Place, type TraceEvent, type TraceFile } from './trace-format.js';

/** How `pool.trace()` records. */
export interface TraceOptions {
  /**
   * How many entries it keeps: one a call, one a part of a chunk that a thread ran, one a thread's start or end. What
   * comes when it is full is counted, and dropped. Default: 100 000, which take some 20 MB, and as much as JSON.
   */
  readonly limit?: number | undefined;
}

interface Call {
  readonly event: CallStartEvent;
  readonly began: number;
  /** When its first item started; Infinity: none did. */
  started: number;
  ended: number | undefined;
  failed: boolean;
}

interface Moment {
  readonly name: string;
  readonly at: number;
  readonly seat: number;
  readonly threadId: number;
  readonly args: Args;
}

const LIMIT = 100_000;
/** As a trace's thread the main thread is not 0, which viewers take for an idle one, but above all other threads. */
const MAIN = 1_000_000;

/**
 * What a pool does, from `pool.trace()` until `stop()`, as a timeline that opens in https://ui.perfetto.dev and in
 * chrome://tracing:
 *
 *  - each call as a slice of its own, with the time in which it waits for its first item to start;
 *  - the items that each thread ran, as a slice of the thread, named after the task: `args` tells which items, and of
 *    which call. A chunk that gave way to another call is in parts;
 *  - starts of threads, and losses;
 *  - how many calls wait and run.
 *
 * Of calls made while it records. A pool may have several at a time.
 *
 * @example
 * const trace = pool.trace();
 * await pool.map(task, items);
 * await writeFile('trace.json', JSON.stringify(trace.stop()));
 */
export class PoolTrace implements Disposable {
  readonly #observers: Observers;
  readonly #limit: number;
  readonly #calls = new Map<number, Call>();
  readonly #chunks: ChunkEvent[] = [];
  readonly #moments: Moment[] = [];
  #dropped = 0;
  #file: TraceFile | undefined;
  readonly #observer: Observer = {
    callStarted: (event, at) => {
      if (!this.#hasRoom()) return;
      this.#calls.set(event.id, { event, began: at, started: Infinity, ended: undefined, failed: false });
    },
    callEnded: (event, at) => {
      this.#callEnded(event, at);
    },
    chunkRun: (chunk) => {
      this.#dropped += chunk.missed;
      if (this.#hasRoom()) this.#chunks.push(chunk);
      const call = this.#calls.get(chunk.id);
      if (call !== undefined) call.started = Math.min(call.started, chunk.start);
    },
    threadStarted: (event, at) => {
      this.#note('thread starts', event, at, {});
    },
    threadLost: (event, at) => {
      this.#note('thread lost', event, at, { exitCode: event.exitCode, error: messageOf(event) });
    },
  };

  /** @internal */
  constructor(observers: Observers, limit: number) {
    if (!(observers instanceof Observers)) throw new TypeError('Expected `pool.trace()` in place of `new PoolTrace()`');
    this.#observers = observers;
    this.#limit = limit;
    observers.all.add(this.#observer);
  }

  /** How many entries there was no room for so far. */
  get dropped(): number {
    return this.#dropped;
  }

  /**
   * Ends the recording, and gives the file's content, for JSON.stringify; again the same when called again. Calls that
   * are under way end there, as `unfinished`, without the items that threads are at.
   */
  stop(): TraceFile {
    if (this.#file !== undefined) return this.#file;
    this.#observers.catchUp();
    this.#observers.all.delete(this.#observer);
    this.#file = this.#toFile(performance.now());
    this.#calls.clear();
    this.#chunks.length = this.#moments.length = 0;
    return this.#file;
  }

  /** As `stop()`. */
  [Symbol.dispose](): void {
    this.stop();
  }

  #hasRoom(): boolean {
    if (this.#calls.size + this.#chunks.length + this.#moments.length < this.#limit) return true;
    this.#dropped++;
    return false;
  }

  #callEnded({ id, failed }: CallEndEvent, at: number): void {
    const call = this.#calls.get(id);
    if (call === undefined) return;
    call.ended = at;
    call.failed = failed;
  }

  #note(name: string, { seat, threadId }: ThreadStartEvent, at: number, args: Args): void {
    if (this.#hasRoom()) this.#moments.push({ name, at, seat, threadId, args });
  }

  #toFile(now: number): TraceFile {
    const { pool } = this.#observers;
    const calls = [...this.#calls.values()];
    const timed = [
      ...calls.flatMap((call) => eventsOf(call, now)),
      ...this.#chunks.map((chunk) => this.#sliceOf(chunk)),
      ...this.#moments.map(momentOf),
      ...counters(calls),
    ];
    // Stable: what belongs to one call and one moment stays in its order.
    timed.sort((left, right) => left.ts - right.ts);
    const timeOrigin = new Date(performance.timeOrigin).toISOString();
    return Object.freeze({
      traceEvents: Object.freeze([...namesOf(pool, [...this.#chunks, ...this.#moments]), ...timed]),
      displayTimeUnit: 'ms',
      otherData: Object.freeze({ pool, timeOrigin, dropped: this.#dropped }),
    });
  }

  #sliceOf(chunk: ChunkEvent): TraceEvent {
    const { id, first, count, start, duration, lost, missed } = chunk;
    const name = this.#calls.get(id)?.event.task ?? ANONYMOUS;
    const args = { call: id, first, count, ...(lost ? { lost } : {}), ...(missed > 0 ? { missed } : {}) };
    return slice(name, 'chunk', placeOf(chunk), start, start + duration, args);
  }
}

/** RangeError or TypeError where it is none. */
export function traceLimit(options: TraceOptions | undefined): number {
  const limit: unknown = readOptions(options, '{ limit: 1000 }', 'limit').limit ?? LIMIT;
  if (typeof limit === 'number' && limit >= 1 && (Number.isInteger(limit) || limit === Infinity)) return limit;
  const message = broken('limit', 'an integer from 1 up, or Infinity', limit);
  throw typeof limit === 'number' ? new RangeError(message) : new TypeError(message);
}

/** The call as a slice, and within it the time in which it waits. */
function eventsOf({ event, began, started, ended, failed }: Call, now: number): TraceEvent[] {
  const { id, method, task } = event;
  const end = Math.max(began, ended ?? now);
  const at = { cat: 'call', id: `0x${id.toString(16)}`, ...callerPlace() };
  const name = `${method}(${task === ANONYMOUS ? '' : task})`;
  const args = { call: id, ...(failed ? { failed } : {}), ...(ended === undefined ? { unfinished: true } : {}) };
  const edge = (ph: 'b' | 'e', of: string, ms: number, edgeArgs: Args): TraceEvent => {
    return { name: of, ph, ts: microseconds(ms), ...at, args: edgeArgs };
  };
  const waited = Math.min(end, started);
  const wait = waited > began ? [edge('b', 'wait', began, {}), edge('e', 'wait', waited, {})] : [];
  return [edge('b', name, began, args), ...wait, edge('e', name, end, {})];
}

/** How many calls wait and run, at every change. */
function counters(calls: readonly Call[]): TraceEvent[] {
  const changes: { readonly at: number; readonly waiting: number; readonly running: number }[] = [];
  for (const { began, started, ended } of calls) {
    changes.push({ at: began, waiting: 1, running: 0 });
    if (started < (ended ?? Infinity)) {
      changes.push({ at: started, waiting: -1, running: 1 });
      if (ended !== undefined) changes.push({ at: ended, waiting: 0, running: -1 });
    } else if (ended !== undefined) changes.push({ at: ended, waiting: -1, running: 0 });
  }
  changes.sort((left, right) => left.at - right.at);
  let waiting = 0;
  let running = 0;
  return changes.map((change) => {
    waiting += change.waiting;
    running += change.running;
    const args = { waiting, running };
    return { name: 'calls', cat: 'call', ph: 'C', ts: microseconds(change.at), ...callerPlace(), args };
  });
}

function momentOf(moment: Moment): TraceEvent {
  const { name, at, args } = moment;
  return { name, cat: 'thread', ph: 'i', s: 't', ts: microseconds(at), ...placeOf(moment), args };
}

function namesOf(pool: string, seen: readonly { readonly seat: number; readonly threadId: number }[]): TraceEvent[] {
  const caller = callerPlace();
  const named = (name: string, place: Place, args: Args): TraceEvent => ({ name, ph: 'M', ts: 0, ...place, args });
  const events = [
    named('process_name', caller, { name: `pool ${pool}` }),
    named('thread_name', caller, { name: 'caller' }),
    named('thread_sort_index', caller, { sort_index: 0 }),
  ];
  const threads = new Map(seen.filter(({ seat }) => seat >= 0).map((thread) => [thread.threadId, thread]));
  for (const thread of threads.values()) {
    const place = placeOf(thread);
    events.push(named('thread_name', place, { name: `seat ${thread.seat}, thread ${thread.threadId}` }));
    events.push(named('thread_sort_index', place, { sort_index: thread.seat + 1 }));
  }
  return events;
}

function callerPlace(): Place {
  return { pid: process.pid, tid: isMainThread ? MAIN : threadId };
}

function placeOf(thread: { readonly seat: number; readonly threadId: number }): Place {
  return thread.seat < 0 ? callerPlace() : { pid: process.pid, tid: thread.threadId };
}

function messageOf({ error }: ThreadLostEvent): string | undefined {
  return error === undefined ? undefined : inspect(error, { depth: 0 }).split('\n')[0];
}
