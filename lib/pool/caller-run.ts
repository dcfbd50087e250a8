/**
 * Runs a call's items on the caller's thread, in order, for a limited time: what `board-run.ts` is in a thread,
 * without the board. Items and results are as if they had crossed (caller-input.ts, `#cross`).
 *
 * Between strips it looks at the clock. A strip is 2 µs of work as foreseen, then four times as many items
 * each time, up to 10 µs as measured: a task that has become a thousand times as costly keeps the caller for
 * some milliseconds, and the clock still costs no more than 1 %.
 */
import { threadId } from 'node:worker_threads';
import { Decoder } from '../tasks/codec/decoder.js';
import { Encoder } from '../tasks/codec/encoder.js';
import { packMessage, unpackMessage } from '../tasks/codec/message.js';
import { CurrentTask, currentTask, runAs } from '../tasks/current-task.js';
import { decodeError, encodeError } from '../tasks/error-transport.js';
import { explain } from '../tasks/explain.js';
import { isPrimitive } from '../tasks/primitive.js';
import { sharedMemory } from '../memory/ballast.js';
import { startOf, stopOf, type CallerInput } from './caller-input.js';
import type { CallerTask } from './caller-task.js';
import { elementBytes, typedView, typeOf } from './columns.js';
import type { Feed, Work } from './engine.js';
import * as L from './layout.js';
import { taskLoop, type LoopState, type TaskLoop } from './task-loop.js';

const FIRST_STRIP_NS = 2_000;
const STRIP_NS = 10_000;

/** `cut`: the time is up before `next`; `promise`: item `next` is async. */
export type CallerOutcome = 'done' | 'failed' | 'cut' | 'promise';

/** Results that are not plain numbers. */
interface Crossing {
  readonly encoder: Encoder;
  readonly decoder: Decoder;
}

export class CallerRun implements LoopState {
  readonly words = new Int32Array(1);
  readonly current = 0;
  /** The loops that run here store no status. */
  readonly status = NO_STATUS;
  readonly statusBase = 0;
  readonly output: { [index: number]: number };
  readonly outputBase = 0;
  readonly items: { readonly [index: number]: unknown } | undefined;
  readonly itemsBase = 0;
  readonly args: readonly unknown[];
  readonly count: number;
  /** The first item that is not finished. */
  next = 0;
  /** Nanoseconds in the task so far. */
  ns = 0;
  /** The error of the first item that failed, unless all are wanted. */
  error: unknown;
  promise: PromiseLike<unknown> | undefined;

  readonly #work: Work;
  readonly #input: CallerInput;
  readonly #isTyped: boolean;
  readonly #keeps: boolean;
  readonly #crossing: Crossing;
  readonly #clock: () => number;
  readonly #loop: TaskLoop;
  readonly #task: RunningHere = new RunningHere();
  #failures: Map<number, unknown> | undefined;
  #outer: CurrentTask | undefined;

  constructor(
    work: Work,
    feed: Feed,
    input: CallerInput,
    task: CallerTask,
    crossing: Crossing,
    clock: () => number = () => performance.now(),
  ) {
    this.#work = work;
    this.#input = input;
    this.#crossing = crossing;
    this.#clock = clock;
    this.items = input.items;
    this.args = input.args;
    this.#isTyped = feed.kind === 'typed';
    this.#keeps = feed.kind !== 'ranges' || feed.keepResults;
    if (feed.kind === 'typed') {
      this.count = feed.items.length;
      const type = typeOf(feed.items);
      const memory = sharedMemory(elementBytes(type) * this.count);
      this.output = typedView(memory, type, 0, this.count) as unknown as { [index: number]: number };
    } else {
      this.count = feed.kind === 'items' ? feed.items.length : feed.count;
      this.output = this.#keeps ? new Array<number>(this.count) : [];
    }
    this.#loop = this.#loopOf(task);
  }

  /** Items that threw. */
  get failures(): number {
    return this.#failures?.size ?? 0;
  }

  /** The call was aborted: a task that is still under way can see it. */
  abort(): void {
    this.#task.isOver = true;
  }

  /** Runs until all is done, `limitNs` have passed, or an item needs more than this. `nsPerItem`: as foreseen. */
  run(limitNs: number, nsPerItem: number): CallerOutcome {
    this.#outer = currentTask();
    runAs(this.#task);
    try {
      return this.#strips(limitNs, nsPerItem);
    } finally {
      // As in a thread, the task stays the current one while it waits.
      if (this.promise === undefined) runAs(this.#outer);
    }
  }

  /** After 'promise': it has settled. */
  settle(failed: boolean, value: unknown): void {
    this.promise = undefined;
    if (currentTask() === this.#task) runAs(this.#outer);
    const index = this.next++;
    try {
      if (failed) throw value;
      this.#store(index, value);
    } catch (error) {
      this.#fail(index, error);
    }
  }

  /** What the call gives, as far as it was run here. */
  results(): unknown {
    if (!this.#keeps) return undefined;
    if (!this.#work.settled) return this.output;
    const settled = new Array<PromiseSettledResult<unknown>>(this.count);
    for (let i = 0; i < this.next; i++) {
      settled[i] =
        this.#failures?.has(i) === true
          ? { status: 'rejected', reason: this.#failures.get(i) }
          : { status: 'fulfilled', value: this.output[i] };
    }
    return settled;
  }

  /** The item as the task gets it, that of a list of arguments in a list of its own. */
  sent(index: number): unknown {
    const item = this.items === undefined ? this.item(index) : this.items[index];
    return this.#input.kind === L.KIND_SPREAD ? [...(item as unknown[])] : item;
  }

  item(index: number): unknown {
    return this.#input.decode(index);
  }
  rangeStart(index: number): number {
    return startOf(this.#input.range!, index);
  }
  rangeStop(index: number): number {
    return stopOf(this.#input.range!, index);
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

  #loopOf({ loops, task }: CallerTask): TaskLoop {
    const { kind, shape } = this.#input;
    const key = ((this.args.length * 4 + kind) * 32 + shape) * 2 + (this.#keeps ? 0 : 1);
    let loop = loops.get(key);
    if (loop === undefined) {
      const output = this.#keeps ? L.OUTPUT_TYPED : L.OUTPUT_NONE;
      loop = taskLoop(task!, kind, this.items !== undefined, output, this.args.length);
      loops.set(key, loop);
    }
    return loop;
  }

  #strips(limitNs: number, nsPerItem: number): CallerOutcome {
    const { count } = this;
    const clock = this.#clock;
    const began = clock();
    let strip = Math.max(1, Math.floor(FIRST_STRIP_NS / nsPerItem));
    while (this.next < count) {
      const from = this.next;
      const before = this.ns;
      this.#runTo(Math.min(count, from + strip));
      this.ns = (clock() - began) * 1e6;
      if (this.promise !== undefined) return 'promise';
      if (this.#failures !== undefined && !this.#work.settled) return 'failed';
      if (this.next >= count) break;
      const each = Math.max(1e-3, (this.ns - before) / (this.next - from));
      strip = Math.min(strip * 4, Math.floor(Math.min(STRIP_NS, limitNs - this.ns) / each));
      if (strip < 1) {
        if (this.ns + each > limitNs) return 'cut';
        strip = 1;
      }
    }
    return 'done';
  }

  /** Runs up to `until`, or the first failure that ends the call, or a promise. */
  #runTo(until: number): void {
    while (this.next < until) {
      try {
        this.next = this.#loop(this, this.next, until);
        return;
      } catch (error) {
        const index = this.words[0] - 1;
        this.next = index + 1;
        this.#fail(index, error);
        if (!this.#work.settled) return;
      }
    }
  }

  #store(index: number, value: unknown): void {
    if (!this.#keeps) return;
    // A typed array converts, or throws (a BigInt for a number).
    const result = this.#isTyped || isPrimitive(value) ? value : this.#cross(value);
    (this.output as { [index: number]: unknown })[index] = result;
  }

  #cross(value: unknown): unknown {
    const { encoder, decoder } = this.#crossing;
    encoder.reset();
    if (encoder.write(value, 'result')) return decoder.read(encoder.bytes, 0);
    const packed = packMessage(value, 'result');
    return unpackMessage(structuredClone(packed.value, { transfer: packed.transfer as ArrayBuffer[] }));
  }

  #fail(index: number, error: unknown): void {
    const { entry, indexed, firstIndex, callSite } = this.#work;
    const task = { name: entry.spec.label, index: indexed ? firstIndex + index : undefined, threadId };
    const callStack = callSite.stack;
    const wire = encodeError(explain(error, entry.spec));
    const reason: unknown = decodeError(wire, callStack === undefined ? { task } : { task, callStack });
    this.#failures ??= new Map();
    if (this.#failures.size === 0) this.error = reason;
    this.#failures.set(index, reason);
  }
}

const NO_STATUS = new Uint8Array(0);
const NO_WORDS = new Int32Array(1);

/** Nobody can abort while the caller is busy: only a task that awaits something may ever see it. */
class RunningHere extends CurrentTask {
  isOver = false;
  constructor() {
    super(NO_WORDS, 0, threadId);
  }
  override get aborted(): boolean {
    return this.isOver;
  }
}
