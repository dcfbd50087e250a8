/**
 * A runner's hold on one board: claims ranges, runs them strip by strip, publishes results item by item.
 *
 * Strips. A strip is at most STRIP_NS of work as measured (one item at first, four times as many each
 * time), after which the runner looks at the control words: abort, a lower failure, somebody who waits.
 * So a long range can be given up within a strip though nothing is checked between items.
 *
 * Invariants towards the caller (layout.ts): CURRENT names the item being run, 0 between strips; an item's
 * status is written after its result; DONE counts an item after its status.
 */
import type { Decoder } from '../tasks/codec/decoder.js';
import type { Encoder } from '../tasks/codec/encoder.js';
import { type CurrentTask, runAs } from '../tasks/current-task.js';
import { encodeError } from '../tasks/error-transport.js';
import type { ErrorWire } from '../tasks/error-transport.js';
import { explain } from '../tasks/explain.js';
import type { Segment } from './arena.js';
import { BoardTask } from './board-task.js';
import { claims } from './claim-watch.js';
import type { ChunkRecorder } from './chunk-records.js';
import { typedView, type ElementArray } from './columns.js';
import { lowerMinFail } from './failures.js';
import type { LoadedTask } from './inbox.js';
import * as L from './layout.js';
import { TO_SHARED_MS } from './metrics-clock.js';
import { LONGEST_RECORD, type PageWriter } from './pages.js';
import { RUNNER_NS } from './cost-model.js';
import { CLAIM_TARGET_NS, claimSize, SCHEDULES } from './schedules.js';
import { taskLoop, type LoopState, type TaskLoop } from './task-loop.js';

const STRIP_NS = 250_000;
const MOST_STRIP = 4096;
/** A strip is at most so many times as long as the last one: unknown work, and known work, which may have changed. */
const GROWTH = 4;
const KNOWN_GROWTH = 16;
/** A claim that turns out to last so many times as long as a claim should is given back in part. */
const TOO_LONG = 2;
/** Less than this, and the clock and cold code are in it as much as the items: nothing is concluded from it. */
const TELLING_NS = 20_000;
const AUTO = SCHEDULES.indexOf('auto');
const NOTHING: readonly unknown[] = Object.freeze([]);

/** What a run needs of its thread. */
export interface RunnerContext {
  readonly map: L.ControlMap;
  readonly seat: number;
  readonly threadId: number;
  readonly encoder: Encoder;
  readonly decoder: Decoder;
  readonly pages: PageWriter;
  /** How many more items this thread may begin (maxTasksPerThread). */
  allowance: number;
  segment(id: number): Segment;
  mailedArgs(job: number): readonly unknown[];
  /** Where this thread records what it runs of boards that name this segment. */
  recorder(segment: number): ChunkRecorder;
  /** Posts a result that bytes cannot carry. Throws a SerializationError. */
  postValue(serial: number, index: number, value: unknown): void;
  postError(serial: number, index: number, error: ErrorWire): void;
  /** Lets the caller look at its jobs. */
  signal(): void;
}

/** `exhausted`: nothing left for this runner. `gave way`: others wait. `promise`: the current item is async. */
export type Outcome = 'exhausted' | 'gave way' | 'promise';

export class BoardRun implements LoopState {
  readonly board: number;
  readonly ticket: number;
  readonly words: Int32Array;
  readonly current: number;
  readonly status: Uint8Array;
  readonly statusBase: number;
  readonly output: ElementArray;
  readonly outputBase: number;
  readonly items: ElementArray | undefined;
  readonly itemsBase: number;
  readonly args: readonly unknown[];
  /** Its items came by message, to this thread alone. */
  readonly isParcel: boolean;
  /** The promise that `run` stopped at; `settle` goes on from there. */
  promise: PromiseLike<unknown> | undefined;

  readonly #context: RunnerContext;
  readonly #loaded: LoadedTask;
  readonly #task: CurrentTask;
  readonly #recorder: ChunkRecorder | undefined;
  readonly #loop: TaskLoop;
  readonly #at: number;
  readonly #row: number;
  readonly #serial: number;
  readonly #count: number;
  readonly #outputLane: number;
  readonly #settled: boolean;
  readonly #watched: boolean;
  readonly #reports: boolean;
  readonly #schedule: number;
  readonly #chunk: number;
  readonly #rangeFirst: number;
  readonly #rangeLast: number;
  readonly #rangeSize: number;
  readonly #table: Uint32Array;
  readonly #tableBase: number;
  readonly #records: Uint8Array;
  readonly #recordsBase: number;
  #from = 0;
  #until = 0;
  #lastClaim = 0;
  #strip = 1;
  readonly #growth: number;
  #nsPerItem: number;
  #begun = 0;

  constructor(context: RunnerContext, board: number, ticket: number, loaded: LoadedTask, mailed?: readonly unknown[]) {
    const { map, seat } = context;
    const { words, doubles } = map;
    const at = map.board(board);
    const d = at >> 1;
    this.#context = context;
    this.#loaded = loaded;
    this.board = board;
    this.ticket = ticket;
    this.words = words;
    this.#at = at;
    this.#row = map.row(board, seat);
    this.current = this.#row + L.R_CURRENT;
    this.#serial = words[at + L.B_SERIAL]!;
    this.#count = words[at + L.B_ITEMS]!;
    this.#schedule = words[at + L.B_SCHEDULE]!;
    this.#chunk = words[at + L.B_CHUNK]!;
    this.#rangeFirst = doubles[d + L.D_RANGE_START]!;
    this.#rangeLast = doubles[d + L.D_RANGE_STOP]!;
    this.#rangeSize = doubles[d + L.D_RANGE_SIZE]!;
    const flags = words[at + L.B_FLAGS];
    this.#settled = (flags & L.FLAG_SETTLED) !== 0;
    this.#watched = (flags & L.FLAG_ITEM_TIMEOUT) !== 0;
    this.#reports = (flags & L.FLAG_PROGRESS) !== 0;
    this.#nsPerItem = doubles[d + L.D_NS_PER_ITEM]!;
    this.#growth = this.#nsPerItem > 0 ? KNOWN_GROWTH : GROWTH;

    const statuses = context.segment(words[at + L.B_STATUS_SEGMENT]);
    this.status = statuses.bytes;
    this.statusBase = L.toIndex(doubles[d + L.D_STATUS]);

    this.#outputLane = words[at + L.B_OUTPUT]!;
    const output = context.segment(words[at + L.B_OUTPUT_SEGMENT]);
    if (this.#outputLane === L.OUTPUT_TYPED) {
      this.output = typedView(output.memory, words[at + L.B_OUTPUT_TYPE], doubles[d + L.D_OUTPUT], this.#count);
      this.outputBase = 0;
    } else {
      this.output = output.doubles;
      this.outputBase = L.toIndex(doubles[d + L.D_OUTPUT] / 8);
    }

    const lane = words[at + L.B_INPUT];
    const input = context.segment(words[at + L.B_INPUT_SEGMENT]);
    this.#table = input.uint32;
    this.#tableBase = L.toIndex(doubles[d + L.D_INPUT] / 4);
    this.#records = input.bytes;
    this.#recordsBase = L.toIndex(doubles[d + L.D_INPUT_DATA]);
    this.itemsBase = 0;
    this.isParcel = lane === L.INPUT_MAIL;
    if (lane === L.INPUT_NUMBERS) {
      this.items = input.doubles;
      this.itemsBase = L.toIndex(doubles[d + L.D_INPUT] / 8);
    } else if (lane === L.INPUT_INTS) {
      this.items = input.int32;
      this.itemsBase = this.#tableBase;
    } else if (lane === L.INPUT_TYPED) {
      this.items = typedView(input.memory, words[at + L.B_INPUT_TYPE], doubles[d + L.D_INPUT], this.#count);
    } else {
      this.items = lane === L.INPUT_MAIL ? (mailed) : undefined;
    }

    const args = words[at + L.B_ARGS];
    this.args = NOTHING;
    if (args === L.ARGS_MAIL) this.args = context.mailedArgs(words[at + L.B_ARGS_SEGMENT]);
    else if (args === L.ARGS_BYTES) {
      const { bytes } = context.segment(words[at + L.B_ARGS_SEGMENT]);
      this.args = context.decoder.read(bytes, doubles[d + L.D_ARGS]) as unknown[];
    }
    this.#task = new BoardTask(words, at + L.B_CONTROL, this.#row, context.threadId);
    this.#loop = this.#loopFor(words[at + L.B_KIND], lane);
    const chunks = words[at + L.B_CHUNKS];
    this.#recorder = chunks === 0 ? undefined : context.recorder(chunks);
    words[at + L.B_STARTED] = 1;
  }

  /** Runs until nothing is left, the call was aborted, `givesWay` after a strip, or the item is a promise. */
  run(givesWay: () => boolean): Outcome {
    runAs(this.#task);
    const { doubles } = this.#context.map;
    const started = (this.#at >> 1) + L.D_STARTED_AT;
    try {
      for (;;) {
        if (this.#from >= this.#until && !this.#claim()) return 'exhausted';
        if (this.#stopsAt(this.#from)) return 'exhausted';
        this.#begun = performance.now();
        if (doubles[started] === 0) doubles[started] = this.#begun + TO_SHARED_MS;
        this.#recorder?.begin(this.#serial, this.#from, this.#begun);
        const next = this.#runStrip(Math.min(this.#until, this.#from + this.#strip));
        // An async item keeps CURRENT; what came before it is counted when it settles.
        if (this.promise !== undefined) return 'promise';
        this.#account(next);
        if (this.isThrough()) return 'exhausted';
        if (givesWay()) return 'gave way';
      }
    } finally {
      if (this.promise === undefined) runAs(undefined);
    }
  }

  /** After 'promise': it has settled. */
  settle(error: unknown, failed: boolean, value?: unknown): void {
    const index = this.words[this.current] - 1;
    this.promise = undefined;
    runAs(undefined);
    if (failed) this.#fail(index, error);
    else this.#storeOrFail(index, value);
    this.words[this.#at + L.B_ASYNC_SEEN] = 1;
    this.#account(index + 1);
  }

  item(index: number): unknown {
    return this.#context.decoder.read(this.#records, this.#recordsBase + this.#table[this.#tableBase + index]);
  }
  rangeStart(index: number): number {
    return this.#rangeFirst + index * this.#rangeSize;
  }
  rangeStop(index: number): number {
    return Math.min(this.#rangeLast, this.#rangeFirst + (index + 1) * this.#rangeSize);
  }

  keep(index: number, value: unknown): boolean {
    if (value !== null && (typeof value === 'object' || typeof value === 'function')) {
      if (typeof (value as { then?: unknown }).then === 'function') {
        this.promise = value as PromiseLike<unknown>;
        return true;
      }
    }
    this.#store(index, value);
    return false;
  }

  #loopFor(kind: number, lane: number): TaskLoop {
    const { loops, task } = this.#loaded;
    const direct = this.items !== undefined;
    // A loop sees one kind of items only, so that what V8 learns in it stays true.
    const key = ((this.args.length * 4 + kind) * 4 + this.#outputLane) * 8 + lane;
    let loop = loops.get(key);
    if (loop === undefined) {
      loop = taskLoop(task, kind, direct, this.#outputLane, this.args.length);
      loops.set(key, loop);
    }
    return loop;
  }

  /** Nothing is left for this runner: the result must not wait for a turn of the event loop. */
  isThrough(): boolean {
    if (this.#from < this.#until) return false;
    return Atomics.load(this.words, this.#at + L.B_CURSOR) >= this.#count || this.#stopsAt(this.#from);
  }

  #claim(): boolean {
    const { words } = this;
    const context = this.#context;
    if (context.allowance <= 0) return false;
    const at = this.#at + L.B_CURSOR;
    for (let cursor = Atomics.load(words, at); cursor < this.#count; ) {
      if (this.#stopsAt(cursor)) return false;
      const wanted = claimSize(
        this.#schedule,
        this.#count - cursor,
        this.#sharers(),
        this.#chunk,
        this.#lastClaim,
        this.#nsPerItem,
      );
      const size = Math.min(wanted, context.allowance);
      const seen = Atomics.compareExchange(words, at, cursor, cursor + size);
      if (seen === cursor) {
        context.allowance -= size;
        this.#lastClaim = size;
        this.#from = cursor;
        this.#until = cursor + size;
        words[this.#row + L.R_FROM] = cursor;
        words[this.#row + L.R_UNTIL] = cursor + size;
        claims.watch?.begin(this.#serial, cursor, cursor + size);
        return true;
      }
      cursor = seen;
    }
    return false;
  }

  /** Among how many the rest is shared. autoSize leaves half of its share to later claims; who is alone takes all. */
  #sharers(): number {
    if (this.#schedule !== AUTO) return this.#context.map.seats;
    const tickets = this.words[this.#at + L.B_TICKETS];
    return tickets === 1 ? 0.5 : tickets;
  }

  /** The claim was made by what items were foreseen to take: where they take longer, others may have its end. */
  #giveBack(nsPerItem: number): void {
    const { words } = this;
    const left = this.#until - this.#from;
    if (this.#schedule !== AUTO || left * nsPerItem < TOO_LONG * CLAIM_TARGET_NS) return;
    const keep = Math.max(this.#chunk, Math.floor(CLAIM_TARGET_NS / nsPerItem));
    if (keep >= left) return;
    const until = this.#from + keep;
    const cursor = this.#until;
    const at = this.#at + L.B_CURSOR;
    const row = this.#row + L.R_UNTIL;
    // As in a claim, nothing between the two at which the thread could end.
    if (Atomics.compareExchange(words, at, cursor, until) !== cursor) return;
    words[row] = until;
    this.#until = until;
    this.#lastClaim = keep;
    this.#context.allowance += cursor - until;
    claims.watch?.cut(until);
  }

  /** Asks the caller for another runner where what is left on the board pays for one more than were invited. */
  #ask(): void {
    const { words } = this;
    const tickets = words[this.#at + L.B_TICKETS];
    if (tickets >= this.#context.map.seats || this.isParcel) return;
    const rest = this.#count - Atomics.load(words, this.#at + L.B_CURSOR);
    if (rest <= 0 || rest * this.#nsPerItem <= RUNNER_NS * tickets) return;
    if (Atomics.compareExchange(words, this.#at + L.B_ASKS, 0, 1) !== 0) return;
    Atomics.add(words, L.ASKS, 1);
    this.#context.signal();
  }

  /** Aborted, or an item below `index` has failed and the call wants no more than that. */
  #stopsAt(index: number): boolean {
    if (Atomics.load(this.words, this.#at + L.B_CONTROL) !== L.GO) return true;
    return !this.#settled && Atomics.load(this.words, this.#at + L.B_MIN_FAIL) <= index;
  }

  #runStrip(until: number): number {
    let from = this.#from;
    while (from < until) {
      try {
        return this.#loop(this, from, until);
      } catch (error) {
        const index = this.words[this.current] - 1;
        this.#fail(index, error);
        from = index + 1;
        if (!this.#settled) return from;
      }
    }
    return from;
  }

  /** A strip, or an async item, has ended before `next`. */
  #account(next: number): void {
    const { words } = this;
    const ended = performance.now();
    const ms = ended - this.#begun;
    const items = next - this.#from;
    this.#recorder?.reached(next, ended);
    this.#from = next;
    words[this.#row + L.R_FROM] = next;
    words[this.current] = 0;
    Atomics.add(words, this.#at + L.B_DONE, items);
    const { doubles } = this.#context.map;
    const row = this.#row >> 1;
    doubles[row + L.R_NS] += ms * 1e6;
    doubles[row + L.R_COUNT] += items;
    doubles[(this.#context.map.seat(this.#context.seat) >> 1) + L.SEAT_BUSY] += ms;
    const each = Math.max(1, ms * 1e6) / Math.max(1, items);
    if (next < this.#until && ms * 1e6 >= TELLING_NS) this.#giveBack(each);
    if (next >= this.#until) {
      this.#recorder?.close();
      claims.watch?.end();
    }
    if (items === 0) return;
    if (this.#reports && next >= this.#until) this.#context.signal();
    this.#nsPerItem = Math.max(1, doubles[row + L.R_NS]) / doubles[row + L.R_COUNT];
    this.#strip = this.#watched
      ? 1
      : Math.max(1, Math.min(this.#strip * this.#growth, MOST_STRIP, Math.floor(STRIP_NS / Math.max(1, each))));
    if (doubles[row + L.R_NS] >= TELLING_NS) this.#ask();
  }

  #storeOrFail(index: number, value: unknown): void {
    try {
      this.#store(index, value);
    } catch (error) {
      this.#fail(index, error);
    }
  }

  #store(index: number, value: unknown): void {
    const at = this.statusBase + index;
    if (this.#outputLane === L.OUTPUT_NONE) return;
    if (this.#outputLane === L.OUTPUT_TYPED) {
      // TypedArray.prototype.map's conversion; what it refuses (a BigInt for a number) fails the item.
      this.output[this.outputBase + index] = value;
      return;
    }
    if (typeof value === 'number') {
      this.output[this.outputBase + index] = value;
      this.status[at] = L.STATUS_NUMBER;
      return;
    }
    this.words[this.#at + L.B_NOT_NUMBERS] = 1;
    if (value === undefined) this.status[at] = L.STATUS_UNDEFINED;
    else if (value === true) this.status[at] = L.STATUS_TRUE;
    else if (value === false) this.status[at] = L.STATUS_FALSE;
    else if (value === null) this.status[at] = L.STATUS_NULL;
    else {
      const { encoder, pages } = this.#context;
      encoder.reset();
      if (encoder.write(value, 'result') && encoder.length <= LONGEST_RECORD) {
        this.output[this.outputBase + index] = pages.append(encoder.bytes, encoder.length);
        this.status[at] = L.STATUS_BYTES;
      } else {
        this.#context.postValue(this.#serial, index, value);
        this.status[at] = L.STATUS_MAIL;
      }
    }
  }

  #fail(index: number, error: unknown): void {
    const { words } = this;
    this.#context.postError(this.#serial, index, encodeError(explain(error, this.#loaded.spec)));
    words[this.#at + L.B_NOT_NUMBERS] = 1;
    if (this.#outputLane === L.OUTPUT_MIXED) this.status[this.statusBase + index] = L.STATUS_ERROR;
    lowerMinFail(words, this.#at, index);
  }
}
