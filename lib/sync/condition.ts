import { inspect } from 'node:util';
import { LockStateError } from '../errors.js';
import { registerShareable, SHARE, type Shared } from '../tasks/shareable.js';
import { hold, holdAsync, type Acquirable } from './acquirable.js';
import { AsyncWaiters } from './async-waiters.js';
import { sleep, wake } from './futex.js';
import { INNER, type InnerLock } from './inner-lock.js';
import { Lock } from './lock.js';
import { endings, hasEnded, ownerFor, type Owner } from './owner.js';
import type { RLock } from './rlock.js';
import { Seats } from './seats.js';
import { broken, checkInteger, deadline, limits, now, type WaitOptions } from './wait-options.js';
import { adopt, allocate, HEADER, remember } from './words.js';

// Every word but GONE is written under the lock alone; a sleeper only reads.
const TICKETS = HEADER; // the next ticket; seats with earlier ones are notified first
const SEATS = HEADER + 1; // up to two seats a thread, one for when it blocks and one for its async functions:
const SITTER = 0; // 2 × its Owner, + 1 for the async seat
const TICKET = 1; // drawn when it began to wait or was last notified
const WAITING = 2; // waiters of this seat that no notify has reached
const NOTIFIED = 3; // those that one has, and that have not taken the lock again yet
const GONE = 4; // those that left for good without the lock, for the next holder to take off the counts
const SIGNAL = 5; // where the seat's thread sleeps; changes with every notify for it
const SEAT_WORDS = 6;

const BLOCKING = 0;
const ASYNC = 1;
const MOST = 2 ** 31 - 1;

/**
 * A lock with a place to wait until somebody who holds it says that things have changed. The waiter
 * lets the lock go, sleeps until it is notified, and holds the lock again when wait() returns: no
 * notify between those steps is lost. Python: Condition.
 *
 * notify(n) reaches n waiters that are waiting when it is called, the longest-waiting threads first;
 * a thread's async waiters in the order in which they came. What a thread was notified of, but could
 * not act upon because it ended, goes to another waiter.
 *
 *     using held = condition.hold();
 *     condition.waitFor(() => Atomics.load(items, 0) > 0);
 */
export class Condition implements Acquirable {
  readonly #words: Int32Array;
  readonly #lock: Lock | RLock;
  readonly #inner: InnerLock;
  readonly #me: Owner;
  readonly #seats: Seats;
  readonly #mySeats: (number | undefined)[] = [undefined, undefined];
  #queue: AsyncWaiters | undefined;
  /** Async waiters of this thread that know of their notify and are on their way to the lock. */
  #underWay = 0;
  /** endings() when this thread last passed on what dead threads were notified of. */
  #swept = -1;

  /** @param lock the lock to use, which several conditions may share; default: a new Lock (Python: an RLock) */
  constructor(lock?: Lock | RLock);
  /** @internal */
  constructor(lock: Lock | RLock, words: Int32Array);
  constructor(lock: Lock | RLock = new Lock(), words = allocate(SEATS - HEADER + Seats.words(SEAT_WORDS))) {
    const inner = (lock as Partial<Lock> | null)?.[INNER];
    if (inner === undefined) throw new TypeError(broken('lock', 'a Lock or an RLock', lock));
    this.#words = words;
    this.#lock = lock;
    this.#inner = inner;
    this.#me = ownerFor(words);
    this.#seats = new Seats(words, SEATS, SEAT_WORDS);
  }

  // The lock's

  acquire(timeout?: number): boolean {
    return this.#lock.acquire(timeout);
  }

  acquireAsync(options?: WaitOptions): Promise<boolean> {
    return this.#lock.acquireAsync(options);
  }

  /** Lets the condition's lock go. LockStateError as the lock has it. */
  release(): void {
    this.#lock.release();
  }

  hold(): Disposable {
    return hold(this);
  }

  holdAsync(options?: { signal?: AbortSignal }): Promise<Disposable> {
    return holdAsync(this, options);
  }

  // Notifying

  /**
   * Wakes `count` (default 1) of those who wait now, or all if they are fewer. LockStateError if this
   * thread does not hold the lock.
   */
  notify(count = 1): void {
    checkInteger('count', count, 1, MOST);
    this.#assertHeld('notify');
    this.#sweep();
    this.#notify(count);
  }

  /** Wakes all who wait now. LockStateError if this thread does not hold the lock. */
  notifyAll(): void {
    this.#assertHeld('notifyAll');
    this.#sweep();
    this.#notify(MOST);
  }

  #notify(count: number): void {
    for (let left = count; left > 0; ) {
      const seat = this.#longestWaiting();
      if (seat === undefined) return;
      const reached = count === MOST ? this.#words[seat + WAITING] : 1;
      this.#words[seat + WAITING] -= reached;
      this.#words[seat + TICKET] = this.#drawTicket();
      Atomics.add(this.#words, seat + NOTIFIED, reached);
      Atomics.add(this.#words, seat + SIGNAL, 1);
      if (seat === this.#mySeats[ASYNC]) this.#queue!.lookSoon();
      else wake(this.#words, seat + SIGNAL);
      left -= reached;
    }
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
    return this.#words[TICKETS]++;
  }

  // Waiting, blocking

  /**
   * Lets the lock go, blocks until notified, takes the lock again. The lock is held when it returns
   * or throws, unless it throws an AbandonedLockError. LockStateError if this thread does not hold it.
   *
   * @returns false if `timeout` milliseconds passed first
   */
  wait(timeout?: number): boolean {
    const until = deadline(timeout);
    this.#assertHeld('wait');
    const seat = this.#sitDown(BLOCKING);
    for (;;) {
      const depth = this.#inner.letGo();
      const inTime = this.#sleep(seat, until);
      try {
        this.#inner.retake(depth);
      } catch (error) {
        Atomics.add(this.#words, seat + GONE, 1);
        throw error;
      }
      this.#sweep();
      if (this.#getUp(seat, !inTime)) return true;
      if (!inTime) return false;
    }
  }

  /** Until there is reason to take the lock: a notify (true), the end of the time (false), or a thread's end. */
  #sleep(seat: number, until: number): boolean {
    for (;;) {
      const signal = Atomics.load(this.#words, seat + SIGNAL);
      if (Atomics.load(this.#words, seat + NOTIFIED) > 0 || this.#mustLook()) return true;
      const left = until === Infinity ? Infinity : until - now();
      if (left <= 0) return false;
      sleep(this.#words, seat + SIGNAL, signal, left);
    }
  }

  /**
   * Waits until `predicate` is true, which is called with the lock held: at once and after every
   * notify.
   *
   * @returns what the predicate last returned: false if `timeout` milliseconds passed first
   */
  waitFor(predicate: () => boolean, timeout?: number): boolean {
    const until = deadline(timeout);
    checkPredicate(predicate);
    this.#assertHeld('waitFor');
    while (!predicate()) {
      if (until !== Infinity && until <= now()) return false;
      if (!this.wait(until === Infinity ? undefined : Math.max(until - now(), 0))) return predicate();
    }
    return true;
  }

  // Waiting, asynchronous

  /** As wait(), without blocking the event loop. Rejects with `signal.reason`, the lock held again. */
  async waitAsync(options?: WaitOptions): Promise<boolean> {
    const given = limits(options);
    this.#assertHeld('waitAsync');
    const seat = this.#sitDown(ASYNC);
    const queue = (this.#queue ??= new AsyncWaiters(this.#words, seat + SIGNAL, () => undefined));
    for (;;) {
      const depth = this.#inner.letGo();
      let notified = false;
      const attempt = (): boolean => {
        notified = Atomics.load(this.#words, seat + NOTIFIED) > this.#underWay;
        if (notified) this.#underWay++;
        return notified || this.#mustLook();
      };
      let inTime = true;
      let aborted: { readonly reason: unknown } | undefined;
      try {
        inTime = await queue.wait(attempt, given);
      } catch (reason) {
        aborted = { reason };
      }
      try {
        await this.#inner.retakeAsync(depth);
      } catch (error) {
        Atomics.add(this.#words, seat + GONE, 1);
        throw error;
      } finally {
        if (notified) this.#underWay--;
      }
      this.#sweep();
      const leaving = !inTime || aborted !== undefined;
      const reached = this.#getUp(seat, leaving, this.#underWay);
      if (aborted !== undefined) {
        if (reached) this.#notify(1); // it was not for this one
        throw aborted.reason;
      }
      if (reached) return true;
      if (leaving) return false;
    }
  }

  /** As waitFor(), without blocking the event loop. */
  async waitForAsync(predicate: () => boolean, options?: WaitOptions): Promise<boolean> {
    const { until, signal } = limits(options);
    checkPredicate(predicate);
    this.#assertHeld('waitForAsync');
    while (!predicate()) {
      const timeout = until === Infinity ? undefined : until - now();
      if (timeout !== undefined && timeout <= 0) return false;
      if (!(await this.waitAsync({ timeout, signal }))) return predicate();
    }
    return true;
  }

  // Seats; everything here runs under the lock, but for #mustLook

  /** Counts one waiter more. */
  #sitDown(kind: typeof BLOCKING | typeof ASYNC): number {
    const words = this.#words;
    this.#sweep();
    const seat = (this.#mySeats[kind] ??= this.#seats.take(this.#me * 2 + kind, () => false));
    this.#settle(seat);
    if (words[seat + WAITING] === 0) words[seat + TICKET] = this.#drawTicket();
    words[seat + WAITING]++;
    return seat;
  }

  /**
   * Counts one waiter less if it was notified (true), or else if it is `leaving`. `reserved` notifies
   * are for others of the same seat. A leaving one takes a notify only if all of the seat have one.
   */
  #getUp(seat: number, leaving: boolean, reserved = 0): boolean {
    const words = this.#words;
    this.#settle(seat);
    if (words[seat + NOTIFIED] > reserved) {
      Atomics.sub(words, seat + NOTIFIED, 1);
      return true;
    }
    if (leaving) words[seat + WAITING]--;
    return false;
  }

  /** Takes those off the counts who left without the lock. */
  #settle(seat: number): void {
    const gone = Atomics.exchange(this.#words, seat + GONE, 0);
    if (gone === 0) return;
    const waiting = Math.min(gone, this.#words[seat + WAITING]);
    this.#words[seat + WAITING] -= waiting;
    Atomics.sub(this.#words, seat + NOTIFIED, gone - waiting);
  }

  /** Clears the seats of threads that have ended, and passes on what they were notified of. */
  #sweep(): void {
    const words = this.#words;
    const ended = endings(words);
    if (ended === this.#swept) return;
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
    if (unheard > 0) this.#notify(unheard);
  }

  /** Whether a sleeper should go for the lock without a notify: to sweep, or to learn that it is abandoned. */
  #mustLook(): boolean {
    const ended = endings(this.#words);
    if (ended === this.#swept) return false;
    const dead = [...this.#seats].some((seat) => {
      const sitter = Atomics.load(this.#words, seat + SITTER);
      return sitter !== 0 && Atomics.load(this.#words, seat + NOTIFIED) > 0 && hasEnded(this.#words, sitter >> 1);
    });
    return dead || this.#inner.mutex.abandoned;
  }

  #assertHeld(method: string): void {
    if (this.#inner.mutex.isMine) return;
    throw new LockStateError(
      `The Condition's lock is ${this.#inner.mutex.describe()}: ${method}() is for the thread that holds it. ` +
        'Call acquire() first.',
    );
  }

  // Sharing and showing

  /** @internal */
  [SHARE](): Shared {
    remember(this.#words, this);
    return { type: 'Condition', data: { memory: this.#words.buffer, lock: this.#lock } };
  }

  /** @internal */
  [inspect.custom](): string {
    let waiting = 0;
    for (const seat of this.#seats) waiting += Math.max(this.#words[seat + WAITING], 0);
    return `Condition { waiting: ${waiting}, lock: ${inspect(this.#lock)} }`;
  }
}

function checkPredicate(predicate: unknown): void {
  if (typeof predicate !== 'function') throw new TypeError(broken('predicate', 'a function', predicate));
}

registerShareable('Condition', ({ memory, lock }: { memory: SharedArrayBuffer; lock: Lock | RLock }) =>
  adopt(memory, (words) => new Condition(lock, words)),
);
