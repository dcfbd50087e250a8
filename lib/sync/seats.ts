/**
 * Seats: per-thread words in the memory of a primitive, for what must be known of each thread.
 *
 *   USED    seats that have ever been taken; only grows
 *   seats   WORDS_PER_SEAT words each, the first of which names who sits there:
 *           0 nobody; else an Owner, or a number made of one
 *
 * A thread takes a seat by compare-exchange and keeps it while it lives, so its index can be
 * remembered. Whoever looks at all seats loads USED, which a newcomer raises before it writes
 * anything else.
 */

import { GranuleError } from '../errors.js';

/** Threads that can use one primitive with seats at a time. */
export const MAX_SEATS = 256;

export class Seats {
  readonly #words: Int32Array;
  readonly #used: number;
  readonly #size: number;

  /** `used` is the index of USED, right before the seats, of `size` words each. */
  constructor(words: Int32Array, used: number, size: number) {
    this.#words = words;
    this.#used = used;
    this.#size = size;
  }

  /** Words that seats of `size` words take. */
  static words(size: number): number {
    return 1 + MAX_SEATS * size;
  }

  /** The index of the seat of `name`, which takes one if it has none. `isFree` tells whether another's may be had. */
  take(name: number, isFree: (seat: number) => boolean): number {
    for (const seat of this) if (Atomics.load(this.#words, seat) === name) return seat;
    for (let i = 0; i < MAX_SEATS; i++) {
      const seat = this.#used + 1 + i * this.#size;
      const taken = Atomics.load(this.#words, seat);
      if (taken !== 0 && !isFree(seat)) continue;
      if (Atomics.compareExchange(this.#words, seat, taken, name) !== taken) continue;
      for (;;) {
        const used = Atomics.load(this.#words, this.#used);
        if (used > i || Atomics.compareExchange(this.#words, this.#used, used, i + 1) === used) return seat;
      }
    }
    throw new GranuleError(
      `At most ${MAX_SEATS} threads can use one RWLock at a time, or wait in one Condition (half as many if each ` +
        'both blocks and waits asynchronously): give groups of threads their own',
    );
  }

  /** The indices of all seats that have ever been taken. */
  *[Symbol.iterator](): IterableIterator<number> {
    const used = Atomics.load(this.#words, this.#used);
    for (let i = 0; i < used; i++) yield this.#used + 1 + i * this.#size;
  }
}
