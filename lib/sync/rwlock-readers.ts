/**
 * Who reads, of an RWLock: a seat (seats.ts) for each thread that ever has.
 *
 *   READER   the thread's Owner; CLEARING while reset() empties a dead one's seat
 *   HOLDS    how often that thread reads, or is about to
 *
 * HOLDS is written by the seat's thread alone, but for a dead one's, by the reset() that turned READER to CLEARING.
 * A dead thread's seat without holds may be had by another; one with holds makes the lock abandoned.
 */

import { hasEnded, type Owner } from './owner.js';
import { Seats } from './seats.js';

const READER = 0;
const HOLDS = 1;
const SEAT_WORDS = 2;

const CLEARING = -1;

export class Readers {
  readonly #words: Int32Array;
  readonly #me: Owner;
  readonly #seats: Seats;
  #mySeat: number | undefined;

  /** `base` is the index of the first of `Readers.words`. */
  constructor(words: Int32Array, base: number, me: Owner) {
    this.#words = words;
    this.#me = me;
    this.#seats = new Seats(words, base, SEAT_WORDS);
  }

  static readonly words = Seats.words(SEAT_WORDS);

  // This thread's

  /** How often this thread reads. */
  get mine(): number {
    return this.#words[this.#seat() + HOLDS];
  }

  countIn(): void {
    Atomics.add(this.#words, this.#seat() + HOLDS, 1);
  }

  /** Returns true if that was the thread's last hold. */
  countOut(): boolean {
    return Atomics.sub(this.#words, this.#seat() + HOLDS, 1) === 1;
  }

  #seat(): number {
    return (this.#mySeat ??= this.#seats.take(this.#me, (seat) => {
      const reader = Atomics.load(this.#words, seat + READER);
      return reader > 0 && hasEnded(this.#words, reader) && Atomics.load(this.#words, seat + HOLDS) === 0;
    }));
  }

  // All

  /** Whether anybody reads, alive or not. */
  get any(): boolean {
    for (const seat of this.#seats) {
      if (Atomics.load(this.#words, seat + HOLDS) === 0) continue;
      if (Atomics.load(this.#words, seat + READER) !== CLEARING) return true;
    }
    return false;
  }

  list(): Owner[] {
    const readers: Owner[] = [];
    for (const seat of this.#seats) {
      const reader = Atomics.load(this.#words, seat + READER);
      if (reader > 0 && Atomics.load(this.#words, seat + HOLDS) > 0) readers.push(reader);
    }
    return readers;
  }

  /** Empties the seats of threads that have ended. */
  clearDead(): void {
    const words = this.#words;
    for (const seat of this.#seats) {
      const reader = Atomics.load(words, seat + READER);
      // CLEARING keeps a second reset() from emptying the seat of whoever takes it next.
      if (reader <= 0 || !hasEnded(words, reader)) continue;
      if (Atomics.compareExchange(words, seat + READER, reader, CLEARING) !== reader) continue;
      Atomics.store(words, seat + HOLDS, 0);
      Atomics.store(words, seat + READER, 0);
    }
  }
}
