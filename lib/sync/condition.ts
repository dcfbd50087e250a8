import { inspect, types } from 'node:util';
import { LockStateError } from '../errors.js';
import { registerShareable, SHARE, type Shared } from '../tasks/shareable.js';
import { broken } from '../tasks/show.js';
import { hold, holdAsync, type Acquirable } from './acquirable.js';
import { AsyncWaiters } from './async-waiters.js';
import { ALL, ASYNC, BLOCKING, ConditionSeats, type SeatKind } from './condition-seats.js';
import { sleep, wake } from './futex.js';
import { innerOf, type InnerLock } from './inner-lock.js';
import { Lock } from './lock.js';
import { ownerFor } from './owner.js';
import type { RLock } from './rlock.js';
import { checkInteger, deadline, limits, now, type WaitOptions } from './wait-options.js';
import { adopt, allocate, HEADER, isWords, remember } from './words.js';

// Words: who waits (condition-seats.ts), and nothing else; the lock has memory of its own.

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
  readonly #seats: ConditionSeats;
  #queue: AsyncWaiters | undefined;
  /** Async waiters of this thread that know of their notify and are on their way to the lock. */
  #underWay = 0;

  /** @param lock the lock to use, which several conditions may share; default: a new Lock (Python: an RLock) */
  constructor(lock?: Lock | RLock);
  /** @internal */
  constructor(lock: Lock | RLock, words: Int32Array);
  constructor(lock: Lock | RLock = new Lock(), given?: Int32Array) {
    const words = isWords(given) ? given : allocate(ConditionSeats.words);
    const inner = innerOf(lock);
    if (inner === undefined) throw new TypeError(broken('lock', 'a Lock or an RLock', lock));
    this.#words = words;
    this.#lock = lock;
    this.#inner = inner;
    this.#seats = new ConditionSeats(words, HEADER, ownerFor(words));
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

  holdAsync(options?: { signal?: AbortSignal | undefined }): Promise<Disposable> {
    return holdAsync(this, options);
  }

  // Notifying

  /**
   * Wakes `count` (default 1) of those who wait now, or all if they are fewer. LockStateError if this
   * thread does not hold the lock.
   */
  notify(count = 1): void {
    checkInteger('count', count, 1, ALL);
    this.#assertHeld('notify');
    this.#sweep();
    this.#notify(count);
  }

  /** Wakes all who wait now. LockStateError if this thread does not hold the lock. */
  notifyAll(): void {
    this.#assertHeld('notifyAll');
    this.#sweep();
    this.#notify(ALL);
  }

  #notify(count: number): void {
    this.#seats.reach(count, (seat) => {
      if (this.#seats.isMyAsync(seat)) this.#queue!.lookSoon();
      else wake(this.#words, this.#seats.signal(seat));
    });
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
        this.#seats.leaveWithoutLock(seat);
        throw error;
      }
      this.#sweep();
      if (this.#seats.getUp(seat, !inTime)) return true;
      if (!inTime) return false;
    }
  }

  /** Until there is reason to take the lock: a notify (true), the end of the time (false), or a thread's end. */
  #sleep(seat: number, until: number): boolean {
    const signal = this.#seats.signal(seat);
    for (;;) {
      const seen = Atomics.load(this.#words, signal);
      if (this.#seats.notified(seat) > 0 || this.#mustLook()) return true;
      const left = until === Infinity ? Infinity : until - now();
      if (left <= 0) return false;
      sleep(this.#words, signal, seen, left);
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
    const queue = (this.#queue ??= new AsyncWaiters(this.#words, this.#seats.signal(seat), () => undefined));
    for (;;) {
      const depth = this.#inner.letGo();
      let notified = false;
      const attempt = (): boolean => {
        notified = this.#seats.notified(seat) > this.#underWay;
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
        this.#seats.leaveWithoutLock(seat);
        throw error;
      } finally {
        if (notified) this.#underWay--;
      }
      this.#sweep();
      const leaving = !inTime || aborted !== undefined;
      const reached = this.#seats.getUp(seat, leaving, this.#underWay);
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

  // Under the lock, but for #mustLook

  #sitDown(kind: SeatKind): number {
    this.#sweep();
    return this.#seats.sitDown(kind);
  }

  /** Passes on what threads that have ended were notified of. */
  #sweep(): void {
    const unheard = this.#seats.sweep();
    if (unheard > 0) this.#notify(unheard);
  }

  /** Whether a sleeper should go for the lock without a notify: to sweep, or to learn that it is abandoned. */
  #mustLook(): boolean {
    return this.#seats.mayBeSwept && (this.#seats.unheard || this.#inner.mutex.abandoned);
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
    return `Condition { waiting: ${this.#seats.waiting}, lock: ${inspect(this.#lock)} }`;
  }
}

function checkPredicate(predicate: unknown): void {
  if (typeof predicate !== 'function') throw new TypeError(broken('predicate', 'a function', predicate));
  // A promise would be as good as true.
  if (types.isAsyncFunction(predicate)) {
    throw new TypeError('Expected `predicate` to be a function that returns true or false, got an async function');
  }
}

registerShareable('Condition', ({ memory, lock }: { memory: SharedArrayBuffer; lock: Lock | RLock }) =>
  adopt(memory, (words) => new Condition(lock, words)),
);
