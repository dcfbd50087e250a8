/**
 * Who waits in a Condition: up to two seats (seats.ts) a thread, one for when it blocks and one for its async
 * functions.
 *
 *   TICKETS    the next ticket; seats with earlier ones are notified first
 *   seats      SITTER    2 × the Owner, + 1 for the async seat
 *              TICKET    drawn when the seat began to wait or was last notified
 *              WAITING   waiters of this seat that no notify has reached
 *              NOTIFIED  those that one has, and that have not taken the lock again yet
 *              GONE      those that left for good without the lock, for the next holder to take off the counts
 *              SIGNAL    where the seat's thread sleeps; changes with every notify for it
 *
 * Every word but GONE is written under the Condition's lock alone, and so is everything here called under it, but for
 * what is said to be otherwise; a sleeper only reads.
 */

import { endings, hasEnded, type Owner } from './owner.js';
import { Seats } from './seats.js';

const SITTER = 0;
const TICKET = 1;
const WAITING = 2;
const NOTIFIED = 3;
const GONE = 4;
const SIGNAL = 5;
const SEAT_WORDS = 6;

/** The kinds of a thread's seats. */
export const BLOCKING = 0;
export const ASYNC = 1;
export type SeatKind = typeof BLOCKING | typeof ASYNC;

/** `count` of reach() for all. */
export const ALL = 2 ** 31 - 1;

export class ConditionSeats {
  readonly #words: Int32Array;
  readonly #tickets: number;
  readonly #me: Owner;
  readonly #seats: Seats;
  readonly #mine: (number | undefined)[] = [undefined, undefined];
  /** endings() when this thread last swept. */
  #swept = -1;

  /** `base` is the index of the first of `ConditionSeats.words`. */
  constructor(words: Int32Array, base: number, me: Owner) {
    this.#words = words;
    this.#tickets = base;
    this.#me = me;
    this.#seats = new Seats(words, base + 1, SEAT_WORDS);
  }

  static readonly words = 1 + Seats.words(SEAT_WORDS);

  // A waiter's way

  /** Counts one waiter more in this thread's seat of that kind, which it returns. */
  sitDown(kind: SeatKind): number {
    const words = this.#words;
    const seat = (this.#mine[kind] ??= this.#seats.take(this.#me * 2 + kind, () => false));
    this.#settle(seat);
    if (words[seat + WAITING] === 0) words[seat + TICKET] = this.#drawTicket();
    words[seat + WAITING]++;
    return seat;
  }

  /** The index of the word on which the seat's thread sleeps. */
  signal(seat: number): number {
    return seat + SIGNAL;
  }

  /** Waiters of the seat that a notify has reached and that are not up yet. Without the lock, too. */
  notified(seat: number): number {
    return Atomics.load(this.#words, seat + NOTIFIED);
  }

  /**
   * Counts one waiter less if it was notified (true), or else if it is `leaving`. `reserved` notifies
   * are for others of the same seat. A leaving one takes a notify only if all of the seat have one.
   */
  getUp(seat: number, leaving: boolean, reserved = 0): boolean {
    const words = this.#words;
    this.#settle(seat);
    if (words[seat + NOTIFIED] > reserved) {
      Atomics.sub(words, seat + NOTIFIED, 1);
      return true;
    }
    if (leaving) words[seat + WAITING]--;
    return false;
  }

  /** Notes one waiter less that will never have the lock again. Without the lock. */
  leaveWithoutLock(seat: number): void {
    Atomics.add(this.#words, seat + GONE, 1);
  }

  /** Takes those off the counts who left without the lock. */
  #settle(seat: number): void {
    const gone = Atomics.exchange(this.#words, seat + GONE, 0);
    if (gone === 0) return;
    const waiting = Math.min(gone, this.#words[seat + WAITING]);
    this.#words[seat + WAITING] -= waiting;
    Atomics.sub(this.#words, seat + NOTIFIED, gone - waiting);
  }

  // Notifying

  /** Has a notify reach `count` of those who wait, or all; calls `rouse` with each seat whose SIGNAL has changed. */
  reach(count: number, rouse: (seat: number) => void): void {
    for (let left = count; left > 0; ) {
      const seat = this.#longestWaiting();
      if (seat === undefined) return;
      const reached = count === ALL ? this.#words[seat + WAITING] : 1;
      this.#words[seat + WAITING] -= reached;
      this.#words[seat + TICKET] = this.#drawTicket();
      Atomics.add(this.#words, seat + NOTIFIED, reached);
      Atomics.add(this.#words, seat + SIGNAL, 1);
      rouse(seat);
      left -= reached;
    }
  }

  /** Whether it is that where this thread's async functions wait. */
  isMyAsync(seat: number): boolean {
    return seat === this.#mine[ASYNC];
  }

  #longestWaiting(): number | undefined {
    let longest: number | undefined;
    for (const seat of this.#seats) {
      if (this.#words[seat + WAITING] <= 0) continue;
      if (longest === undefined || this.#isBefore(seat, longest)) longest = seat;
    }
    return longest;
  }

  /** Tickets wrap around; those in use are never far apart. */
  #isBefore(seat: number, other: number): boolean {
    return ((this.#words[seat + TICKET] - this.#words[other + TICKET]) | 0) < 0;
  }

  #drawTicket(): number {
    return this.#words[this.#tickets]++;
  }

  // Ends of threads

  /** Clears the seats of threads that have ended since it was last called; returns the notifies they had not heard. */
  sweep(): number {
    const words = this.#words;
    const ended = endings(words);
    if (ended === this.#swept) return 0;
    let unheard = 0;
    for (const seat of this.#seats) {
      const sitter = words[seat + SITTER];
      if (sitter === 0 || !hasEnded(words, sitter >> 1)) continue;
      this.#settle(seat);
      unheard += words[seat + NOTIFIED];
      words.fill(0, seat + SITTER + 1, seat + SEAT_WORDS);
      Atomics.store(words, seat + SITTER, 0);
    }
    this.#swept = ended;
    return unheard;
  }

  /** Whether a thread may have ended since this thread last swept. Without the lock, too. */
  get mayBeSwept(): boolean {
    return endings(this.#words) !== this.#swept;
  }

  /** Whether a thread has ended that had not heard its notify. Without the lock, too. */
  get unheard(): boolean {
    for (const seat of this.#seats) {
      const sitter = Atomics.load(this.#words, seat + SITTER);
      if (sitter !== 0 && this.notified(seat) > 0 && hasEnded(this.#words, sitter >> 1)) return true;
    }
    return false;
  }

  /** Waiters that no notify has reached. Without the lock, too, where it may be out of date. */
  get waiting(): number {
    let waiting = 0;
    for (const seat of this.#seats) waiting += Math.max(this.#words[seat + WAITING], 0);
    return waiting;
  }
}
