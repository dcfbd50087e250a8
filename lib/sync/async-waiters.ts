/**
 * The asynchronous waiters of one thread on one word.
 *
 * `waitAsync` cannot be cancelled, so waiters do not get one each: they queue here, in plain
 * JavaScript, where leaving the queue is exact, behind at most one that is under way. Whenever it
 * resolves, and at every slow tick, the waiters at the head of the queue try again, in order.
 *
 * The word is an *epoch*: whoever may have made an attempt succeed adds one to it and wakes all who
 * wait on it, in every thread. No wake-up is lost, because the epoch is read before the attempt:
 * either the attempt sees the change, or the epoch that came with it differs from the one read, and
 * `changed` refuses to wait.
 */

import { clearInterval, clearTimeout, setImmediate, setInterval, setTimeout } from 'node:timers';
import { onAbort } from '../tasks/on-abort.js';
import { changed, SLOW_TICK } from './futex.js';
import { now, type Limits } from './wait-options.js';

/** True once what is waited for is had; throws if it never will be. Does nothing that needs undoing before that. */
export type Attempt = () => boolean;

/** setTimeout keeps its delay in an Int32, and fires at once where it does not fit. */
const LONGEST_TIMER = 2 ** 31 - 1;

/**
 * Functions that hand a lock to and fro within a thread would do so in microtasks for ever; every so
 * often the event loop gets its turn.
 */
const TURN_AFTER = 64;
let handovers = 0;

/** There may be very many of them, most without timer and signal: no closures of its own. */
class Waiter {
  readonly attempt: Attempt;
  readonly resolve: (got: boolean) => void;
  readonly reject: (reason: unknown) => void;
  timer: NodeJS.Timeout | undefined;
  unheed: (() => void) | undefined;
  before: Waiter | undefined;
  after: Waiter | undefined;

  constructor(attempt: Attempt, resolve: (got: boolean) => void, reject: (reason: unknown) => void) {
    this.attempt = attempt;
    this.resolve = resolve;
    this.reject = reject;
  }
}

export class AsyncWaiters {
  readonly #words: Int32Array;
  readonly #epoch: number;
  readonly #announce: () => void;
  #head: Waiter | undefined;
  #tail: Waiter | undefined;
  /** A `waitAsync` of this queue is under way. */
  #armed = false;
  #soon = false;

  /** `announce` is called before each attempt, for wakers that wake only where somebody waits. */
  constructor(words: Int32Array, epoch: number, announce: () => void) {
    this.#words = words;
    this.#epoch = epoch;
    this.#announce = announce;
  }

  get empty(): boolean {
    return this.#head === undefined;
  }

  /**
   * Resolves with true when `attempt` succeeds, with false when `until` passes; rejects with the
   * signal's reason. Waiters of one thread succeed in the order in which they came.
   */
  wait(attempt: Attempt, { until, signal }: Limits): Promise<boolean> {
    return new Promise((resolve, reject) => {
      const waiter = new Waiter(attempt, resolve, reject);
      if (signal !== undefined) waiter.unheed = onAbort(signal, (reason) => { this.#abort(waiter, reason); });
      if (until !== Infinity) this.#startTimer(waiter, until);
      this.#append(waiter);
      // Behind others there is nothing to try: they are served first.
      if (this.#head === waiter) this.look();
    });
  }

  /** As look(), once the code that runs now has finished. */
  lookSoon(): void {
    if (this.#soon) return;
    this.#soon = true;
    const look = (): void => {
      this.#soon = false;
      this.look();
    };
    if (++handovers % TURN_AFTER === 0) setImmediate(look);
    else queueMicrotask(look);
  }

  /** Serves the queue from its head, as far as attempts succeed, and sees to it that it is looked at again. */
  look(): void {
    while (this.#head !== undefined) {
      const seen = Atomics.load(this.#words, this.#epoch);
      this.#announce();
      this.#serve();
      if (this.#head === undefined || this.#armed) return;
      const woken = changed(this.#words, this.#epoch, seen);
      if (woken === undefined) continue;
      this.#armed = true;
      void woken.then(() => {
        this.#armed = false;
        this.look();
      });
      return;
    }
  }

  #serve(): void {
    for (let waiter = this.#head; waiter !== undefined; waiter = this.#head) {
      let got: boolean;
      try {
        got = waiter.attempt();
      } catch (reason) {
        this.#remove(waiter);
        waiter.reject(reason);
        continue;
      }
      if (!got) return;
      this.#remove(waiter);
      waiter.resolve(true);
    }
  }

  #abort(waiter: Waiter, reason: unknown): void {
    this.#remove(waiter);
    waiter.reject(reason);
    this.look(); // the next in the queue may want something else than this one
  }

  #startTimer(waiter: Waiter, until: number): void {
    const left = Math.max(until - now(), 0);
    waiter.timer = setTimeout(() => {
      if (now() < until) {
        this.#startTimer(waiter, until);
        return;
      }
      this.#remove(waiter);
      waiter.resolve(false);
      this.look();
    }, Math.min(Math.ceil(left), LONGEST_TIMER));
  }

  #append(waiter: Waiter): void {
    waiter.before = this.#tail;
    if (this.#tail === undefined) {
      this.#head = waiter;
      startTicking(this);
    } else {
      this.#tail.after = waiter;
    }
    this.#tail = waiter;
  }

  /** Out of the queue, and out of what could still end its wait. */
  #remove(waiter: Waiter): void {
    const { before, after } = waiter;
    if (waiter.timer !== undefined) clearTimeout(waiter.timer);
    waiter.unheed?.();
    if (before === undefined) this.#head = after;
    else before.after = after;
    if (after === undefined) this.#tail = before;
    else after.before = before;
    if (this.#head === undefined) stopTicking(this);
  }
}

// ─────────────────────────── The slow tick ───────────────────────────
// One timer a thread, for all of its queues. It is also what keeps the program alive while somebody
// waits, and only then: waitAsync by itself does not.

const waiting = new Set<AsyncWaiters>();
let ticking: NodeJS.Timeout | undefined;

function startTicking(waiters: AsyncWaiters): void {
  waiting.add(waiters);
  ticking ??= setInterval(() => {
    for (const one of waiting) one.look();
  }, SLOW_TICK);
}

function stopTicking(waiters: AsyncWaiters): void {
  waiting.delete(waiters);
  if (waiting.size > 0) return;
  clearInterval(ticking);
  ticking = undefined;
}
