/**
 * Mutual exclusion with an owner, in four words that may lie anywhere in shared memory. Lock and
 * RLock are made of it, and so is what granule locks for itself.
 *
 *   STATE   0: free; else the Owner (memory.ts) that holds it
 *   …       an eventcount, where everybody waits for STATE to become 0
 *
 * STATE goes 0 → owner by the acquirer's compare-exchange and back to 0 by the releaser's. A release
 * hands nothing over: it frees the lock and wakes one blocked thread (only one can succeed) and the
 * async waiters; whoever comes first takes it, the woken one or somebody passing by. As long as
 * somebody sleeps, whoever takes it also wakes the next when letting go.
 *
 * *Abandoned* is not a state of its own but a fact: the owner in STATE has ended. Thread tokens are
 * never used again, so once true it stays true until somebody writes STATE, which only reset() does.
 * Who asks first finds out that the owner has ended, then that STATE still names it: what was read
 * before that, the owner may have let go as it came to its end.
 */

import { AbandonedLockError, LockStateError } from '../errors.js';
import { Eventcount, EVENTCOUNT_WORDS } from './eventcount.js';
import { hasEnded, threadName, type Owner } from './owner.js';
import { deadline, type Limits } from './wait-options.js';

export const MUTEX_WORDS = 1 + EVENTCOUNT_WORDS;

const FREE = 0;

/**
 * How often a blocking acquire looks before it sleeps: while the owner is within a step or two of letting go. Longer
 * looks make contending threads take turns, which costs more than sleeping does (docs/design/sync.md).
 */
const SPINS = 10;

export class Mutex {
  readonly #words: Int32Array;
  readonly #state: number;
  readonly #me: Owner;
  readonly #freed: Eventcount;
  readonly #name: string;

  /** `words` is the memory with the header, `name` what messages call the lock. */
  constructor(words: Int32Array, base: number, me: Owner, name: string) {
    this.#words = words;
    this.#state = base;
    this.#me = me;
    this.#freed = new Eventcount(words, base + 1);
    this.#name = name;
  }

  /** The holder; 0 if it is free. */
  get owner(): Owner {
    return Atomics.load(this.#words, this.#state);
  }

  get isMine(): boolean {
    return Atomics.load(this.#words, this.#state) === this.#me;
  }

  get abandoned(): boolean {
    return this.#wasLost(this.owner);
  }

  /** Whether that owner, as it was found, ended holding it: it may have let go since, and ended after that. */
  #wasLost(owner: Owner): boolean {
    return owner !== FREE && hasEnded(this.#words, owner) && this.owner === owner;
  }

  /** AbandonedLockError if it is abandoned, whether or not there is time left. */
  lock(timeout: number | undefined): boolean {
    const until = timeout === undefined ? Infinity : deadline(timeout);
    if (Atomics.compareExchange(this.#words, this.#state, FREE, this.#me) === FREE) return true;
    return this.#lockSlowly(until);
  }

  #lockSlowly(until: number): boolean {
    if (until !== 0) {
      for (let i = 0; i < SPINS; i++) {
        if (Atomics.load(this.#words, this.#state) === FREE && this.#take()) return true;
      }
    }
    return this.#freed.wait(this.tryLock, until);
  }

  /** `attempt` is tried whenever the lock may have become free; by default it takes it. */
  lockAsync(limits: Limits, attempt = this.tryLock): Promise<boolean> {
    return this.#freed.waitAsync(attempt, limits);
  }

  #take(): boolean {
    return Atomics.compareExchange(this.#words, this.#state, FREE, this.#me) === FREE;
  }

  /** Takes it if it is free. AbandonedLockError if it is abandoned. */
  readonly tryLock = (): boolean => {
    const owner = Atomics.compareExchange(this.#words, this.#state, FREE, this.#me);
    if (owner === FREE) return true;
    if (this.#wasLost(owner)) throw this.#abandonedBy(owner);
    return false;
  };

  /** By any thread, as long as it is held: LockStateError if it is not, AbandonedLockError if its owner has ended. */
  unlock(): void {
    if (Atomics.compareExchange(this.#words, this.#state, this.#me, FREE) !== this.#me) this.#unlockForAnother();
    this.#freed.wake(1);
  }

  #unlockForAnother(): void {
    for (;;) {
      const { owner } = this;
      if (owner === FREE) {
        throw new LockStateError(`The ${this.#name} is not held: release() goes with an acquire() that returned true`);
      }
      if (this.#wasLost(owner)) throw this.#abandonedBy(owner);
      if (Atomics.compareExchange(this.#words, this.#state, owner, FREE) === owner) return;
    }
  }

  /** Frees an abandoned lock; does nothing to a free one. LockStateError while a living thread holds it. */
  reset(): void {
    for (;;) {
      const { owner } = this;
      if (owner === FREE) return;
      if (!hasEnded(this.#words, owner)) {
        throw new LockStateError(
          `The ${this.#name} is held by ${threadName(owner)}, which is alive: ` +
            'reset() is for a lock whose owner has ended',
        );
      }
      if (Atomics.compareExchange(this.#words, this.#state, owner, FREE) === owner) break;
    }
    this.#freed.wake();
  }

  /** Takes an abandoned lock over from its dead owner, for what such a death cannot leave half-done. */
  takeOver(): boolean {
    const { owner } = this;
    return (
      owner !== FREE &&
      hasEnded(this.#words, owner) &&
      Atomics.compareExchange(this.#words, this.#state, owner, this.#me) === owner
    );
  }

  /** Blocks until this thread holds it, be it from a dead owner: for what such a death leaves whole or mendable. */
  lockOrTakeOver(): 'locked' | 'taken over' {
    for (;;) {
      try {
        this.lock(undefined);
        return 'locked';
      } catch (error) {
        if (!(error instanceof AbandonedLockError)) throw error;
        if (this.takeOver()) return 'taken over';
      }
    }
  }

  #abandonedBy(owner: Owner): AbandonedLockError {
    return new AbandonedLockError(
      `The ${this.#name} was held by ${threadName(owner)} when that thread ended. What it guards may be ` +
        'half-changed: set it right, then call reset().',
    );
  }

  /** For util.inspect: `unlocked`, `locked, owner: thread 3`, `abandoned by thread 3`. */
  describe(): string {
    const { owner } = this;
    if (owner === FREE) return 'unlocked';
    return this.#wasLost(owner) ? `abandoned by ${threadName(owner)}` : `locked, owner: ${threadName(owner)}`;
  }
}
