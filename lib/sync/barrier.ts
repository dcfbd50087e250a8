import { inspect } from 'node:util';
import { readOptions } from '../tasks/option-names.js';
import { registerShareable, SHARE, type Shared } from '../tasks/shareable.js';
import { BarrierAction } from './barrier-action.js';
import { Generations, GENERATIONS_WORDS, type Arrival } from './generations.js';
import { ownerFor, threadName } from './owner.js';
import { checkInteger, deadline, limits, type Limits, type WaitOptions } from './wait-options.js';
import { adopt, allocate, HEADER, isWords, remember } from './words.js';

// Words: the generations' (generations.ts), at an even index, and
const GENERATIONS = HEADER;
const PARTIES = GENERATIONS + GENERATIONS_WORDS; // written once

/** The most parties there can be. */
const MAX_PARTIES = 65_535;

/** Of the Barrier's constructor. Python: its `action` and `timeout`. */
export interface BarrierOptions {
  /**
   * Runs in the thread that arrives last, before any is let go. Self-contained: sent as source, like a
   * task. If it throws, that thread's wait throws the error and the barrier is broken for the others.
   */
  action?: ((...args: any[]) => void) | undefined;
  /** What the action is called with; shareables welcome. */
  args?: readonly unknown[] | undefined;
  /** Milliseconds a wait may take, where it says nothing itself. Default: no limit. */
  timeout?: number | undefined;
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
  readonly #generations: Generations;
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
    const given = readOptions(options as BarrierOptions, '{ timeout: 500 }', 'action', 'args', 'timeout');
    deadline(given.timeout);
    if (isWords(parties)) {
      this.#words = parties;
      this.#action = action;
    } else {
      checkInteger('parties', parties, 1, MAX_PARTIES);
      if (given.action !== undefined) this.#action = BarrierAction.of(given.action, given.args);
      this.#words = allocate(GENERATIONS_WORDS + 1);
      this.#words[PARTIES] = parties;
    }
    this.#timeout = given.timeout;
    this.#generations = new Generations(this.#words, GENERATIONS, ownerFor(this.#words));
  }

  get parties(): number {
    return this.#words[PARTIES];
  }

  /** How many wait in it now. */
  get waiting(): number {
    const { phase } = this.#generations;
    if (phase.name === 'broken') return 0;
    return phase.name === 'acting' ? this.parties - 1 : phase.arrived;
  }

  get broken(): boolean {
    return this.#generations.phase.name === 'broken';
  }

  /** Breaks it: everybody who waits or comes gets a BrokenBarrierError until reset(). */
  abort(): void {
    this.#generations.breakNow();
  }

  /** Makes it as new. Those who wait get a BrokenBarrierError. */
  reset(): void {
    this.#generations.reset();
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
      if (arrival.then === 'through') return arrival.index;
      const ended = this.#generations.changed.wait(() => this.#generations.hasEnded(arrival), until);
      if (!ended) this.#generations.breakFor(arrival);
      if (this.#generations.isOver(arrival)) return arrival.index;
    }
  }

  // Asynchronous

  /** As wait(), without blocking the event loop. Rejects with `signal.reason`, which breaks the barrier. */
  async waitAsync(options?: WaitOptions): Promise<number> {
    const given = limits(options);
    const until = given.timeout === undefined ? deadline(this.#timeout) : given.until;
    for (;;) {
      const arrival = this.#arrive();
      if (arrival.then === 'through') return arrival.index;
      if (await this.#waitAsync(arrival, { until, signal: given.signal })) return arrival.index;
    }
  }

  async #waitAsync(arrival: Arrival, given: Limits): Promise<boolean> {
    const generations = this.#generations;
    let aborted: { readonly reason: unknown } | undefined;
    try {
      const ended = await generations.changed.waitAsync(() => generations.hasEnded(arrival), given);
      if (!ended) generations.breakFor(arrival);
    } catch (reason) {
      aborted = { reason };
      generations.breakFor(arrival);
    }
    try {
      return generations.isOver(arrival);
    } catch (error) {
      throw aborted === undefined ? error : aborted.reason;
    }
  }

  /** Arrives, and acts if it is the last. */
  #arrive(): Arrival {
    const generations = this.#generations;
    const arrival = generations.arrive(this.parties, this.#action !== undefined);
    if (arrival.then !== 'acts') return arrival;
    try {
      this.#action!.run();
    } catch (error) {
      generations.breakFor(arrival);
      throw error;
    }
    generations.complete(arrival);
    return { ...arrival, then: 'through' };
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
    const { phase } = this.#generations;
    if (phase.name === 'broken') return 'broken';
    return phase.name === 'acting' ? `action running in ${threadName(phase.owner)}` : `waiting: ${phase.arrived}`;
  }
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
