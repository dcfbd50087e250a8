/**
 * A board's items and results, as the task's loop sees them: where each item is read, where its result goes.
 *
 * An item's result is written, then its status, both plain; the next CURRENT comes after them (layout.ts, STATUS). A
 * result that is not a number in the column also stores NOT_NUMBERS = 1, before the caller can learn of it.
 */
import { encodeError } from '../tasks/error-transport.js';
import { explain } from '../tasks/explain.js';
import { typedView, type ElementArray } from './columns.js';
import { lowerMinFail } from './failures.js';
import type { LoadedTask } from './inbox.js';
import * as L from './layout.js';
import { LONGEST_RECORD } from './pages.js';
import type { RunnerContext } from './runner-context.js';
import { taskLoop, type LoopState, type TaskLoop } from './task-loop.js';

const NOTHING: readonly unknown[] = Object.freeze([]);

export class BoardColumns implements LoopState {
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
  /** The result of the item at which the loop stopped. */
  promise: PromiseLike<unknown> | undefined;

  readonly #context: RunnerContext;
  readonly #loaded: LoadedTask;
  readonly #loop: TaskLoop;
  readonly #at: number;
  readonly #serial: number;
  readonly #outputLane: number;
  readonly #rangeFirst: number;
  readonly #rangeLast: number;
  readonly #rangeSize: number;
  readonly #table: Uint32Array;
  readonly #tableBase: number;
  readonly #records: Uint8Array;
  readonly #recordsBase: number;

  /** Of the board at word `at`; CURRENT is the word `current`. `mailed`: a parcel's items. */
  constructor(
    context: RunnerContext,
    at: number,
    current: number,
    loaded: LoadedTask,
    mailed: readonly unknown[] | undefined,
  ) {
    const { words, doubles } = context.map;
    const d = at >> 1;
    const count = words[at + L.B_ITEMS];
    this.#context = context;
    this.#loaded = loaded;
    this.#at = at;
    this.#serial = words[at + L.B_SERIAL];
    this.words = words;
    this.current = current;
    this.#rangeFirst = doubles[d + L.D_RANGE_START];
    this.#rangeLast = doubles[d + L.D_RANGE_STOP];
    this.#rangeSize = doubles[d + L.D_RANGE_SIZE];

    const statuses = context.segment(words[at + L.B_STATUS_SEGMENT]);
    this.status = statuses.bytes;
    this.statusBase = L.toIndex(doubles[d + L.D_STATUS]);

    this.#outputLane = words[at + L.B_OUTPUT];
    const output = context.segment(words[at + L.B_OUTPUT_SEGMENT]);
    if (this.#outputLane === L.OUTPUT_TYPED) {
      this.output = typedView(output.memory, words[at + L.B_OUTPUT_TYPE], doubles[d + L.D_OUTPUT], count);
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
      this.items = typedView(input.memory, words[at + L.B_INPUT_TYPE], doubles[d + L.D_INPUT], count);
    } else {
      this.items = mailed;
    }

    const args = words[at + L.B_ARGS];
    this.args = NOTHING;
    if (args === L.ARGS_MAIL) this.args = context.mailedArgs(words[at + L.B_ARGS_SEGMENT]);
    else if (args === L.ARGS_BYTES) {
      const { bytes } = context.segment(words[at + L.B_ARGS_SEGMENT]);
      this.args = context.decoder.read(bytes, doubles[d + L.D_ARGS]) as unknown[];
    }
    this.#loop = this.#loopFor(words[at + L.B_KIND], lane);
  }

  /** Runs items until an error, which it throws, or a promise. Returns the first that it did not finish. */
  run(from: number, until: number): number {
    return this.#loop(this, from, until);
  }

  /** CURRENT: the item that runs, or stopped the loop. */
  get running(): number {
    return this.words[this.current] - 1;
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
    this.store(index, value);
    return false;
  }

  /** Throws for what cannot be stored: that fails the item. */
  store(index: number, value: unknown): void {
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

  /** The item has failed: its error goes by message, before MIN_FAIL names it. */
  fail(index: number, error: unknown): void {
    const { words } = this;
    this.#context.postError(this.#serial, index, encodeError(explain(error, this.#loaded.spec)));
    words[this.#at + L.B_NOT_NUMBERS] = 1;
    if (this.#outputLane === L.OUTPUT_MIXED) this.status[this.statusBase + index] = L.STATUS_ERROR;
    lowerMinFail(words, this.#at, index);
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
}
