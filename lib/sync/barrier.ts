import { inspect } from 'node:util';
import { BrokenBarrierError } from '../errors.js';
import { registerShareable, SHARE, type Shared } from '../tasks/shareable.js';
import { BarrierAction } from './barrier-action.js';
import { Eventcount, EVENTCOUNT_WORDS } from './eventcount.js';
import { hasEnded, ownerFor, threadName, type Owner } from './owner.js';
import { checkInteger, deadline, limits, type Limits, type WaitOptions } from './wait-options.js';
import { adopt, allocate, HEADER, remember } from './words.js';

// 64-bit words, at even indices
const STATE = HEADER; // a generation: its number, whether it is broken or full, and who has arrived (below)
const RESETS = HEADER + 2; // the numbers of the last generations that reset() ended, one after the other
const RESETS_KEPT = 32;
// 32-bit words
const RESET_COUNT = RESETS + 2 * RESETS_KEPT;
const PARTIES = RESET_COUNT + 1; // written once
const CHANGED = PARTIES + 1; // an eventcount: the generation ended, or is broken

// STATE, changed by compare-exchange alone:
const ARRIVED = 2n ** 28n - 1n; // while it fills: how many have arrived; when full: the Owner that runs the action
const FULL = 1n << 28n; // all have arrived, the action runs
const BROKEN = 1n << 29n;
const GENERATION = 30n; // shift; counts up

/** The most parties there can be. */
const MAX_PARTIES = 65_535;

/** Of the Barrier's constructor. Python: its `action` and `timeout`. */
export interface BarrierOptions {
  /**
   * Runs in the thread that arrives last, before any is let go. Self-contained: sent as source, like a
   * task. If it throws, that thread's wait throws the error and the barrier is broken for the others.
   */
  action?: (...args: any[]) => void;
  /** What the action is called with; shareables welcome. */
  args?: readonly unknown[];
  /** Milliseconds a wait may take, where it says nothing itself. Default: no limit. */
  timeout?: number;
}

/**
 * Where `parties` threads or async functions wait for each other, again and again. Python: Barrier.
 *
 * A wait that times out or is aborted breaks the barrier, and so does abort(): whoever waits or comes
 * gets a BrokenBarrierError until reset(). A thread that ends while it waits has still arrived; one
 * that ends in the action breaks the barrier.
 */
export class Barrier {
  readonly #words: Int32Array;
  readonly #state: BigInt64Array;
  readonly #me: Owner;
  readonly #changed: Eventcount;
  readonly #action: BarrierAction | undefined;
  readonly #timeout: number | undefined;

  /** @param parties from 1 to 65 535 */
  constructor(parties: number, options?: BarrierOptions);
  /** @internal */
  constructor(words: Int32Array, options: { timeout?: number | undefined }, action: BarrierAction | undefined);
  constructor(
    parties: number | Int32Array,
    options: BarrierOptions | { timeout?: number | undefined } = {},
    action?: BarrierAction,
  ) {
    const { timeout } = options;
    deadline(timeout);
    if (ArrayBuffer.isView(parties)) {
      this.#words = parties;
      this.#action = action;
    } else {
      checkInteger('parties', parties, 1, MAX_PARTIES);
      const given = options as BarrierOptions;
      if (given.action !== undefined) this.#action = BarrierAction.of(given.action, given.args);
      this.#words = allocate(CHANGED + EVENTCOUNT_WORDS - HEADER);
      this.#words[PARTIES] = parties;
    }
    this.#timeout = timeout;
    this.#state = new BigInt64Array(this.#words.buffer, 0, PARTIES >> 1);
    this.#me = ownerFor(this.#words);
    this.#changed = new Eventcount(this.#words, CHANGED);
  }

  get parties(): number {
    return this.#words[PARTIES];
  }

  /** How many wait in it now. */
  get waiting(): number {
    const state = this.#load();
    if ((state & BROKEN) !== 0n) return 0;
    return (state & FULL) !== 0n ? this.parties - 1 : Number(state & ARRIVED);
  }

  get broken(): boolean {
    return (this.#load() & BROKEN) !== 0n;
  }

  /** Breaks it: everybody who waits or comes gets a BrokenBarrierError until reset(). */
  abort(): void {
    for (let state = this.#load(); (state & BROKEN) === 0n; state = this.#load()) {
      if (this.#break(state)) return;
    }
  }

  /** Makes it as new. Those who wait get a BrokenBarrierError. */
  reset(): void {
    for (;;) {
      const state = this.#load();
      if ((state & (BROKEN | FULL | ARRIVED)) === 0n) return;
      // Once broken, a generation cannot be completed: what is noted next stays true.
      if ((state & BROKEN) === 0n && !this.#break(state)) continue;
      const generation = state >> GENERATION;
      this.#noteReset(generation);
      this.#exchange(brokenIn(generation), (generation + 1n) << GENERATION);
      this.#changed.wake();
      return;
    }
  }

  // Blocking

  /**
   * Blocks until all parties wait.
   *
   * @param timeout milliseconds; default: the constructor's
   * @returns 0 to parties - 1, in the order of arrival
   * @throws BrokenBarrierError if the barrier is broken, or reset while it waits, or if the timeout
   *   passes, which breaks it
   */
  wait(timeout: number | undefined = this.#timeout): number {
    const until = deadline(timeout);
    for (;;) {
      const arrival = this.#arrive();
      if (arrival.through) return arrival.index;
      const ended = this.#changed.wait(() => this.#hasEnded(arrival), until);
      if (!ended) this.#breakFor(arrival);
      if (this.#isOver(arrival)) return arrival.index;
    }
  }

  // Asynchronous

  /** As wait(), without blocking the event loop. Rejects with `signal.reason`, which breaks the barrier. */
  async waitAsync(options?: WaitOptions): Promise<number> {
    const given = limits(options);
    const until = options?.timeout === undefined ? deadline(this.#timeout) : given.until;
    for (;;) {
      const arrival = this.#arrive();
      if (arrival.through) return arrival.index;
      if (await this.#waitAsync(arrival, { until, signal: given.signal })) return arrival.index;
    }
  }

  async #waitAsync(arrival: Arrival, given: Limits): Promise<boolean> {
    let aborted: { readonly reason: unknown } | undefined;
    try {
      if (!(await this.#changed.waitAsync(() => this.#hasEnded(arrival), given))) this.#breakFor(arrival);
    } catch (reason) {
      aborted = { reason };
      this.#breakFor(arrival);
    }
    try {
      return this.#isOver(arrival);
    } catch (error) {
      throw aborted === undefined ? error : aborted.reason;
    }
  }

  // Generations

  /** Counts this one in, if its generation has room; the last one ends the generation. */
  #arrive(): Arrival {
    for (;;) {
      const state = this.#load();
      const generation = state >> GENERATION;
      if ((state & BROKEN) !== 0n) throw brokenError('The barrier is broken: call reset() before it is used again.');
      if ((state & FULL) !== 0n) return { generation, index: NO_PLACE, through: false };
      const index = Number(state & ARRIVED);
      if (index + 1 < this.parties) {
        if (this.#exchange(state, state + 1n)) return { generation, index, through: false };
      } else if (this.#action === undefined) {
        if (this.#exchange(state, (generation + 1n) << GENERATION)) {
          this.#changed.wake();
          return { generation, index, through: true };
        }
      } else {
        const full = (generation << GENERATION) | FULL | BigInt(this.#me);
        if (this.#exchange(state, full)) {
          this.#act(this.#action, full);
          return { generation, index, through: true };
        }
      }
    }
  }

  #act(action: BarrierAction, full: bigint): void {
    const generation = full >> GENERATION;
    try {
      action.run();
    } catch (error) {
      this.#break(full);
      throw error;
    }
    if (!this.#exchange(full, (generation + 1n) << GENERATION)) {
      throw brokenError('The barrier was broken or reset while its action ran.');
    }
    this.#changed.wake();
  }

  /** Whether waiting is over, one way or the other. Breaks the barrier if the thread that runs the action has ended. */
  #hasEnded({ generation }: Arrival): boolean {
    const state = this.#load();
    if (state >> GENERATION !== generation || (state & BROKEN) !== 0n) return true;
    if ((state & FULL) === 0n || !hasEnded(this.#words, Number(state & ARRIVED))) return false;
    this.#break(state);
    return true;
  }

  /** After the wait: true if all parties came, false if there was no place yet and it has to arrive again. */
  #isOver({ generation, index }: Arrival): boolean {
    if (this.#load() === brokenIn(generation)) {
      throw brokenError('The barrier was broken while waiting: by abort(), a timeout, an aborted wait or its action.');
    }
    if (index === NO_PLACE) return false;
    if (this.#wasReset(generation)) throw brokenError('The barrier was reset while waiting.');
    return true;
  }

  /** Breaks the barrier, unless the generation has ended meanwhile. */
  #breakFor({ generation }: Arrival): void {
    for (;;) {
      const state = this.#load();
      if (state >> GENERATION !== generation || (state & BROKEN) !== 0n || this.#break(state)) return;
    }
  }

  #break(state: bigint): boolean {
    if (!this.#exchange(state, brokenIn(state >> GENERATION))) return false;
    this.#changed.wake();
    return true;
  }

  /** Who comes to look only after its generation has ended takes it for completed, unless it is noted here. */
  #noteReset(generation: bigint): void {
    const at = Atomics.add(this.#words, RESET_COUNT, 1) & (RESETS_KEPT - 1);
    Atomics.store(this.#state, (RESETS >> 1) + at, generation + 1n); // 0: none
  }

  #wasReset(generation: bigint): boolean {
    for (let at = 0; at < RESETS_KEPT; at++) {
      if (Atomics.load(this.#state, (RESETS >> 1) + at) === generation + 1n) return true;
    }
    return false;
  }

  #load(): bigint {
    return Atomics.load(this.#state, STATE >> 1);
  }

  #exchange(expected: bigint, replacement: bigint): boolean {
    return Atomics.compareExchange(this.#state, STATE >> 1, expected, replacement) === expected;
  }

  // Sharing and showing

  /** @internal */
  [SHARE](): Shared {
    remember(this.#words, this);
    return {
      type: 'Barrier',
      data: { memory: this.#words.buffer, timeout: this.#timeout, action: this.#action?.parts },
    };
  }

  /** @internal */
  [inspect.custom](): string {
    return `Barrier { ${this.#describe()}, parties: ${this.parties} }`;
  }

  #describe(): string {
    const state = this.#load();
    if ((state & BROKEN) !== 0n) return 'broken';
    if ((state & FULL) !== 0n) return `action running in ${threadName(Number(state & ARRIVED))}`;
    return `waiting: ${state & ARRIVED}`;
  }
}

interface Arrival {
  readonly generation: bigint;
  /** NO_PLACE: the generation was full, this one is to arrive again when it has ended. */
  readonly index: number;
  /** It was the last: nothing to wait for. */
  readonly through: boolean;
}

const NO_PLACE = -1;

function brokenIn(generation: bigint): bigint {
  return (generation << GENERATION) | BROKEN;
}

function brokenError(message: string): BrokenBarrierError {
  return new BrokenBarrierError(message);
}

registerShareable('Barrier', ({ memory, timeout, action }: BarrierData) =>
  adopt(memory, (words) => {
    return new Barrier(words, { timeout }, action && new BarrierAction(action.spec, action.args));
  }),
);

interface BarrierData {
  readonly memory: SharedArrayBuffer;
  readonly timeout: number | undefined;
  readonly action: BarrierAction['parts'] | undefined;
}
