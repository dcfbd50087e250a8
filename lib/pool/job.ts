/**
 * A call's work, as the caller keeps it: where its items and results lie, what has become of it.
 *
 * A job is posted on one board, and what a dead or retired thread left of it on further ones. All its
 * boards share the job's columns; `base` is the job's index of a board's first item. The job is *settled*
 * when its promise is; it is *over* when no runner can touch its memory any more.
 */
import type { MessagePort } from 'node:worker_threads';
import type { PreparedMessage } from '../tasks/codec/message.js';
import type { TaskErrorInfo } from '../tasks/error-transport.js';
import type { Block, Segment } from './arena.js';
import type { Work } from './engine.js';
import type { TypedArray } from './typed-array.js';

/** Where the items are. */
export interface JobInput {
  /** INPUT_… of layout.ts */
  readonly lane: number;
  readonly segment: Segment;
  /** Bytes: the column's start; for records, that of the offsets table. */
  readonly offset: number;
  /** INPUT_BYTES: where the records start. */
  readonly data: number;
  /** INPUT_TYPED: columns.ts */
  readonly type: number;
  /** Bytes an item takes in the column. */
  readonly stride: number;
}

export interface JobOutput {
  /** OUTPUT_… of layout.ts */
  readonly lane: number;
  readonly segment: Segment;
  readonly offset: number;
  readonly type: number;
  readonly stride: number;
  /** OUTPUT_TYPED: what the user gets. */
  readonly array: TypedArray | undefined;
}

/** Items that only messages carry. */
export type Parcel = readonly PreparedMessage[];

export interface RangeSpec {
  readonly start: number;
  readonly stop: number;
  readonly size: number;
}

export interface JobSpec {
  readonly work: Work;
  /** How many runners to invite. */
  readonly tickets: number;
  /** KIND_… of layout.ts */
  readonly kind: number;
  readonly count: number;
  readonly input: JobInput;
  readonly output: JobOutput;
  readonly block: Block;
  /** Byte offset of the statuses in the block's segment. */
  readonly status: number;
  /** ARGS_… of layout.ts, and the record's byte offset in the block's segment. */
  readonly argsLane: number;
  readonly argsOffset: number;
  readonly argsMail: PreparedMessage | undefined;
  readonly parcel: Parcel | undefined;
  readonly range: RangeSpec | undefined;
  /** Items done and time taken say something about one item of the cost model; ranges: about one index. */
  readonly itemsPerUnit: number;
}

/** The job's share of the user's index space on one board. */
export interface Posting {
  readonly board: number;
  readonly serial: number;
  readonly job: Job;
  readonly base: number;
  readonly count: number;
  /** Invitations that have not come back. */
  readonly tickets: number[];
}

export type Outcome = { readonly failed: false } | { readonly failed: true; readonly error: unknown };

let jobs = 0;

/** Most jobs fail nowhere and get no message: they need no maps of their own. */
const NO_ENTRIES: ReadonlyMap<number, unknown> = new Map();

/** The map with the entry, a new one where it was the shared empty one. */
export function withEntry<V>(map: ReadonlyMap<number, V>, key: number, value: V): ReadonlyMap<number, V> {
  const own = map === (NO_ENTRIES as ReadonlyMap<number, V>) ? new Map<number, V>() : (map as Map<number, V>);
  return own.set(key, value);
}

export class Job {
  /** By which threads know the job's mailed arguments. */
  readonly id = (jobs = (jobs + 1) | 0);
  readonly spec: JobSpec;
  /** When the call was, and when its first item started on boards that have come back: see `Metrics.settled`. */
  readonly made = performance.now();
  started = Infinity;
  readonly postings: Posting[] = [];
  /** waiting for a board → posted → settled (its promise is) → over. */
  state: 'waiting' | 'posted' | 'settled' | 'over' = 'waiting';
  /** Items finished on boards that have come back. */
  done = 0;
  /** By index: errors made here (lost threads, time limits), over whatever a status says. */
  failedHere = NO_ENTRIES;
  /** By index: errors that came from the threads. */
  errors = NO_ENTRIES;
  /** By index: results that came by message. */
  values = NO_ENTRIES;
  /** By index: how often its thread was lost. */
  losses: ReadonlyMap<number, number> = NO_ENTRIES as ReadonlyMap<number, number>;
  /** How many threads have ended while they loaded the task for this job, or read its arguments. */
  lostLoading = 0;
  /** No item can run at all: the task does not load, or the initializer failed. */
  broken: { readonly error: unknown } | undefined;
  /** Ranges that a dead thread held, to be posted again. */
  readonly leftovers: (readonly [from: number, until: number])[] = [];
  /** The lowest index that failed, on boards that have come back or here. */
  minFail = Infinity;
  /** A result may be something else than a number in the column. */
  notNumbers = false;
  /** Items done that onProgress has been told of. */
  reported = 0;
  /** Where its chunks are recorded, if somebody listens. */
  chunks: Segment | undefined;
  /** The parcel, serialized when the call was made, until a thread has been found for it. */
  letter: MessagePort | undefined;
  /** Called once, with the outcome; results are read from within it. */
  readonly settle: (outcome: Outcome, job: Job) => void;

  constructor(spec: JobSpec, settle: (outcome: Outcome, job: Job) => void) {
    this.spec = spec;
    this.settle = settle;
  }

  info(index: number, threadId: number): TaskErrorInfo {
    const { entry, indexed, firstIndex } = this.spec.work;
    return { name: entry.spec.label, index: indexed ? firstIndex + index : undefined, threadId };
  }
}

/** Takes one element out of a short list. */
export function remove<T>(list: T[], element: T): void {
  const at = list.indexOf(element);
  if (at < 0) return;
  if (at === list.length - 1) list.pop();
  else list.splice(at, 1);
}
