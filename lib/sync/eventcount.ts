/**
 * An eventcount: where threads wait until an attempt of theirs succeeds (Reed and Kanodia,
 * "Synchronization with Eventcounts and Sequencers", 1979). The primitives keep their state in words
 * of their own, changed by single atomic steps; how to sleep until it changes, and how not to sleep
 * through it, is all here.
 *
 *   SLEEPERS   2 × the threads that are about to block or blocked, + 1 if async waiters may wait
 *   EPOCH      threads block on it
 *   TURNS      async waiters wait on it
 *   FROM       whose async waiters those are: 0 nobody's, a thread's token, or SEVERAL
 *
 * A waiter announces itself in SLEEPERS, reads the epoch, attempts, and sleeps only while the epoch
 * is still the one it read. A waker changes the state first, then looks at SLEEPERS, and if anybody
 * is there, changes the epoch and wakes. All steps are sequentially consistent, so either the waker
 * sees the announcement, or the attempt that follows it sees the waker's change; and if the waker
 * changes the epoch between the waiter's reading and its sleep, it does not sleep. An async waiter
 * reads TURNS before it announces itself, so that a waker may take announcements back, as long as it
 * changes TURNS after that.
 *
 * A waker that nobody waits for pays one atomic load. Whoever is woken attempts before it gives up,
 * so a wake-up is not lost to a timeout. One that is lost because its receiver was ended is made up
 * for by the slow tick of those who still sleep. A thread ended in its sleep leaves its announcement
 * behind: later wakers then wake in vain, at the price of ~50 ns.
 *
 * FROM is for speed alone: between async functions of one thread, the usual case, nothing has to be
 * woken, which would cost 4 µs a turn.
 */

import { AsyncWaiters, type Attempt } from './async-waiters.js';
import { sleep, wake } from './futex.js';
import { self } from './threads.js';
import { now, type Limits } from './wait-options.js';

export const EVENTCOUNT_WORDS = 4;

const SLEEPERS = 0;
const EPOCH = 1;
const TURNS = 2;
const FROM = 3;

const NOBODY = 0;
const SEVERAL = -1;

const ASYNC = 1;
const BLOCKED = 2;

export class Eventcount {
  readonly #words: Int32Array;
  readonly #base: number;
  #waiters: AsyncWaiters | undefined;

  constructor(words: Int32Array, base: number) {
    this.#words = words;
    this.#base = base;
  }

  /**
   * Called after every change that may let an attempt succeed. Wakes up to `count` blocked threads,
   * which must be as many as can now succeed (all, if they wait for different things), and has the
   * async waiters look.
   */
  wake(count = Infinity): void {
    if (Atomics.load(this.#words, this.#base + SLEEPERS) !== 0) this.#wakeSleepers(count);
  }

  #wakeSleepers(count: number): void {
    const words = this.#words;
    const base = this.#base;
    const sleepers = Atomics.load(words, base + SLEEPERS);
    if ((sleepers & ASYNC) !== 0) this.#wakeAsync();
    if (sleepers >= BLOCKED) {
      Atomics.add(words, base + EPOCH, 1);
      wake(words, base + EPOCH, count);
    }
  }

  #wakeAsync(): void {
    const words = this.#words;
    const base = this.#base;
    // A thread that joins them after this load makes its attempt after it, too.
    if (this.#waiters?.empty === false && Atomics.load(words, base + FROM) === self) {
      this.#waiters.lookSoon();
      return;
    }
    Atomics.and(words, base + SLEEPERS, ~ASYNC);
    Atomics.store(words, base + FROM, NOBODY);
    Atomics.add(words, base + TURNS, 1);
    wake(words, base + TURNS);
  }

  #announceAsync(): void {
    const words = this.#words;
    const base = this.#base;
    const from = Atomics.compareExchange(words, base + FROM, NOBODY, self);
    if (from !== NOBODY && from !== self) Atomics.store(words, base + FROM, SEVERAL);
    Atomics.or(words, base + SLEEPERS, ASYNC);
  }

  /** Whether async functions of this thread wait here. */
  get queued(): boolean {
    return this.#waiters?.empty === false;
  }

  /** Blocks until `attempt` succeeds (true) or `until` passes (false). Attempts at least once. */
  wait(attempt: Attempt, until: number): boolean {
    if (until === 0) return attempt();
    const words = this.#words;
    const base = this.#base;
    Atomics.add(words, base + SLEEPERS, BLOCKED);
    try {
      for (;;) {
        const epoch = Atomics.load(words, base + EPOCH);
        if (attempt()) return true;
        const left = until === Infinity ? Infinity : until - now();
        if (left <= 0) return false;
        sleep(words, base + EPOCH, epoch, left);
      }
    } finally {
      Atomics.sub(words, base + SLEEPERS, BLOCKED);
    }
  }

  /**
   * The same without blocking the event loop; rejects with the signal's reason. Async waiters of one
   * thread are served in the order in which they came; a newcomer that would try only once does not queue.
   */
  waitAsync(attempt: Attempt, limits: Limits): Promise<boolean> {
    const waiters = (this.#waiters ??= new AsyncWaiters(this.#words, this.#base + TURNS, () => {
      this.#announceAsync();
    }));
    try {
      if ((waiters.empty || limits.until === 0) && attempt()) return Promise.resolve(true);
    } catch (reason) {
      return Promise.reject(reason);
    }
    return limits.until === 0 ? Promise.resolve(false) : waiters.wait(attempt, limits);
  }
}
