/**
 * Who waits in a Condition: up to two seats (seats.ts) a thread, one for when it blocks and one for its async
 * functions.
 *
 *   TICKETS    the next ticket; seats with earlier ones are notified first
 *   seats      SITTER    2 × the Owner, + 1 for the async seat
 *              TICKET    drawn when the seat began to wait or was last notified
 *              SITTING   waiters of this seat
 *              NOTIFIED  those of them that a notify has reached, and that have not taken the lock again yet
 *              SIGNAL    where the seat's thread sleeps; changes with every notify for it
 *
 * Every word is written under the Condition's lock, and so is everything here called under it, but for what is said to
 * be otherwise; a sleeper only reads. SITTING is its own thread's to write: also without the lock, where a waiter
 * leaves that will never have it again.
 *
 * A thread may end with the lock in hand, at any line, and after a reset() others go on from there. What it has of its
 * own is swept. In the seats of others it changes one count, NOTIFIED, in one step: that is the notify. Had it no time
 * for SIGNAL, the slow tick makes up for that. NOTIFIED is above SITTING only where one who was notified has left.
 */

import { endings, hasEnded, type Owner } from './owner.js';
import { Seats } from './seats.js';

const SITTER = 0;
const TICKET = 1;
const SITTING = 2;
const NOTIFIED = 3;
const SIGNAL = 4;
const SEAT_WORDS = 5;

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
    if (this.#waitingIn(seat) === 0) words[seat + TICKET] = this.#drawTicket();
    Atomics.add(words, seat + SITTING, 1);
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
    const isNotified = words[seat + NOTIFIED] > reserved;
    if (isNotified) Atomics.sub(words, seat + NOTIFIED, 1);
    if (isNotified || leaving) Atomics.sub(words, seat + SITTING, 1);
    return isNotified;
  }

  /** Counts one waiter less, which will never have the lock again. Without the lock. */
  leaveWithoutLock(seat: number): void {
    Atomics.sub(this.#words, seat + SITTING, 1);
  }

  /** Drops the notifies of those who left without the lock; there may be none for them among those who stay. */
  #settle(seat: number): void {
    const words = this.#words;
    if (this.#waitingIn(seat) < 0) Atomics.store(words, seat + NOTIFIED, Atomics.load(words, seat + SITTING));
  }

  // Notifying

  /** Has a notify reach `count` of those who wait, or all; calls `rouse` with each seat whose SIGNAL has changed. */
  reach(count: number, rouse: (seat: number) => void): void {
    for (let left = count; left > 0; ) {
      const seat = this.#longestWaiting();
      if (seat === undefined) return;
      // One may just be leaving, without the lock.
      const reached = count === ALL ? Math.max(this.#waitingIn(seat), 1) : 1;
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
      if (this.#waitingIn(seat) <= 0) continue;
      if (longest === undefined || this.#isBefore(seat, longest)) longest = seat;
    }
    return longest;
  }

  /** Waiters of the seat that no notify has reached. */
  #waitingIn(seat: number): number {
    return Atomics.load(this.#words, seat + SITTING) - Atomics.load(this.#words, seat + NOTIFIED);
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
    for (const seat of this.#seats) waiting += Math.max(this.#waitingIn(seat), 0);
    return waiting;
  }
}
