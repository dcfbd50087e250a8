/**
 * A Barrier's generations: one fills until all parties have arrived, then the next begins.
 *
 *   STATE        64 bits: the generation's number, whether it is broken or full, and who has arrived (below)
 *   RESETS       64 bits each: the numbers of the last generations that reset() ended, one after the other
 *   RESET_COUNT  how often that has happened
 *   CHANGED      an eventcount: the generation ended, or is broken
 *
 * STATE is changed by compare-exchange alone: each arrival, completion and break is one step. A generation that is
 * broken stays so until reset() begins the next, and is never completed.
 */

import { BrokenBarrierError } from '../errors.js';
import { Eventcount, EVENTCOUNT_WORDS } from './eventcount.js';
import { hasEnded, type Owner } from './owner.js';

// Indices of 64-bit words, from the first, and of 32-bit ones after them
const STATE = 0;
const RESETS = 1;
const RESETS_KEPT = 32;
const RESET_COUNT = 2 * (RESETS + RESETS_KEPT);
const CHANGED = RESET_COUNT + 1;
export const GENERATIONS_WORDS = CHANGED + EVENTCOUNT_WORDS;

const ARRIVED = 2n ** 28n - 1n; // while it fills: how many have arrived; when full: the Owner that runs the action
const FULL = 1n << 28n; // all have arrived, the action runs
const BROKEN = 1n << 29n;
const GENERATION = 30n; // shift; counts up

const NO_PLACE = -1;

export interface Arrival {
  readonly generation: bigint;
  /** NO_PLACE: the generation was full, this one is to arrive again when it has ended. */
  readonly index: number;
  /** 'waits' for others; 'acts': it was the last, and completes the generation; 'through': it was, and has. */
  readonly then: 'waits' | 'acts' | 'through';
}

/** Where a generation is. */
export type Phase =
  | { readonly name: 'filling'; readonly arrived: number }
  | { readonly name: 'acting'; readonly owner: Owner }
  | { readonly name: 'broken' };

export class Generations {
  readonly #words: Int32Array;
  readonly #state: BigInt64Array;
  readonly #resetCount: number;
  readonly #me: Owner;
  readonly changed: Eventcount;

  /** `base` is the index of the first word, an even one. */
  constructor(words: Int32Array, base: number, me: Owner) {
    this.#words = words;
    this.#state = new BigInt64Array(words.buffer, base * Int32Array.BYTES_PER_ELEMENT, RESETS + RESETS_KEPT);
    this.#resetCount = base + RESET_COUNT;
    this.#me = me;
    this.changed = new Eventcount(words, base + CHANGED);
  }

  get phase(): Phase {
    const state = this.#load();
    if ((state & BROKEN) !== 0n) return { name: 'broken' };
    const arrived = Number(state & ARRIVED);
    return (state & FULL) !== 0n ? { name: 'acting', owner: arrived } : { name: 'filling', arrived };
  }

  // Arriving

  /** Counts this one in, if the generation has room. The last of `parties` ends it, or is to act and complete() it. */
  arrive(parties: number, acts: boolean): Arrival {
    for (;;) {
      const state = this.#load();
      const generation = state >> GENERATION;
      if ((state & BROKEN) !== 0n) throw brokenError('The barrier is broken: call reset() before it is used again');
      if ((state & FULL) !== 0n) return { generation, index: NO_PLACE, then: 'waits' };
      const index = Number(state & ARRIVED);
      if (index + 1 < parties) {
        if (this.#exchange(state, state + 1n)) return { generation, index, then: 'waits' };
      } else if (acts) {
        if (this.#exchange(state, this.#fullIn(generation))) return { generation, index, then: 'acts' };
      } else if (this.#exchange(state, (generation + 1n) << GENERATION)) {
        this.changed.wake();
        return { generation, index, then: 'through' };
      }
    }
  }

  /** After the action: lets everybody go. BrokenBarrierError if it was broken or reset meanwhile. */
  complete({ generation }: Arrival): void {
    if (!this.#exchange(this.#fullIn(generation), (generation + 1n) << GENERATION)) {
      throw brokenError('The barrier was broken or reset while its action ran: call reset() before it is used again');
    }
    this.changed.wake();
  }

  /** Whether waiting is over, one way or the other. Breaks the barrier if the thread that runs the action has ended. */
  hasEnded({ generation }: Arrival): boolean {
    const state = this.#load();
    if (state >> GENERATION !== generation || (state & BROKEN) !== 0n) return true;
    if ((state & FULL) === 0n || !hasEnded(this.#words, Number(state & ARRIVED))) return false;
    this.#break(state);
    return true;
  }

  /** After the wait: true if all parties came, false if there was no place yet and it has to arrive again. */
  isOver({ generation, index }: Arrival): boolean {
    if (this.#load() === brokenIn(generation)) {
      throw brokenError(
        'The barrier was broken by abort(), a timeout, an aborted wait or its action: ' +
          'call reset() before it is used again',
      );
    }
    if (index === NO_PLACE) return false;
    if (this.#wasReset(generation)) {
      throw brokenError('The barrier was reset while this thread waited: arrive again, if its round still counts');
    }
    return true;
  }

  // Breaking

  /** Breaks the present one, whichever it is. */
  breakNow(): void {
    for (let state = this.#load(); (state & BROKEN) === 0n; state = this.#load()) {
      if (this.#break(state)) return;
    }
  }

  /** Breaks that generation, unless it has ended meanwhile. */
  breakFor({ generation }: Arrival): void {
    for (;;) {
      const state = this.#load();
      if (state >> GENERATION !== generation || (state & BROKEN) !== 0n || this.#break(state)) return;
    }
  }

  #break(state: bigint): boolean {
    if (!this.#exchange(state, brokenIn(state >> GENERATION))) return false;
    this.changed.wake();
    return true;
  }

  /** Begins the next, if anybody has arrived in this one or it is broken. */
  reset(): void {
    for (;;) {
      const state = this.#load();
      if ((state & (BROKEN | FULL | ARRIVED)) === 0n) return;
      // Once broken, a generation cannot be completed: what is noted next stays true.
      if ((state & BROKEN) === 0n && !this.#break(state)) continue;
      const generation = state >> GENERATION;
      this.#noteReset(generation);
      this.#exchange(brokenIn(generation), (generation + 1n) << GENERATION);
      this.changed.wake();
      return;
    }
  }

  /** Who comes to look only after its generation has ended takes it for completed, unless it is noted here. */
  #noteReset(generation: bigint): void {
    const at = Atomics.add(this.#words, this.#resetCount, 1) & (RESETS_KEPT - 1);
    Atomics.store(this.#state, RESETS + at, generation + 1n); // 0: none
  }

  #wasReset(generation: bigint): boolean {
    for (let at = 0; at < RESETS_KEPT; at++) {
      if (Atomics.load(this.#state, RESETS + at) === generation + 1n) return true;
    }
    return false;
  }

  // The state

  #load(): bigint {
    return Atomics.load(this.#state, STATE);
  }

  #exchange(expected: bigint, replacement: bigint): boolean {
    return Atomics.compareExchange(this.#state, STATE, expected, replacement) === expected;
  }

  #fullIn(generation: bigint): bigint {
    return (generation << GENERATION) | FULL | BigInt(this.#me);
  }
}

function brokenIn(generation: bigint): bigint {
  return (generation << GENERATION) | BROKEN;
}

function brokenError(message: string): BrokenBarrierError {
  return new BrokenBarrierError(message);
}
