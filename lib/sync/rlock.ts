import { inspect } from 'node:util';
import { LockStateError } from '../errors.js';
import { registerShareable, SHARE, type Shared } from '../tasks/shareable.js';
import { hold, holdAsync, type Acquirable } from './acquirable.js';
import { INNER, type InnerLock } from './inner-lock.js';
import { ownerFor } from './owner.js';
import { Mutex, MUTEX_WORDS } from './mutex.js';
import { deadline, limits, NO_LIMITS, type WaitOptions } from './wait-options.js';
import { adopt, allocate, HEADER, isWords, remember } from './words.js';

// Words: the mutex's, and
const DEPTH = HEADER + MUTEX_WORDS; // how often the owner holds it; read and written by the owner alone

/**
 * Owned by a thread, which may take it again, and releases it as often as it took it. Two async
 * functions on one thread therefore share it: to keep those apart, use Lock. Python: RLock.
 *
 * Becomes abandoned as a Lock does.
 */
export class RLock implements Acquirable {
  readonly #words: Int32Array;
  readonly #mutex: Mutex;

  constructor();
  /** @internal */
  constructor(words: Int32Array);
  constructor(given?: Int32Array) {
    const words = isWords(given) ? given : allocate(MUTEX_WORDS + 1);
    this.#words = words;
    this.#mutex = new Mutex(words, HEADER, ownerFor(words), 'RLock');
  }

  get locked(): boolean {
    return this.#mutex.owner !== 0;
  }

  /** A thread ended holding it. */
  get abandoned(): boolean {
    return this.#mutex.abandoned;
  }

  /**
   * Makes an abandoned lock free again, for who has set right what it guards; does nothing to a free
   * one. LockStateError while a living thread holds it.
   */
  reset(): void {
    this.#mutex.reset();
  }

  // Blocking

  acquire(timeout?: number): boolean {
    if (this.#mutex.isMine) {
      if (timeout !== undefined) deadline(timeout);
      this.#words[DEPTH]++;
      return true;
    }
    if (!this.#mutex.lock(timeout)) return false;
    this.#words[DEPTH] = 1;
    return true;
  }

  /** LockStateError unless this thread owns it. */
  release(): void {
    if (!this.#mutex.isMine) {
      throw new LockStateError(
        `The RLock is ${this.#mutex.describe()}: only the thread that acquired it can release it, as often as it did`,
      );
    }
    if (--this.#words[DEPTH] === 0) this.#mutex.unlock();
  }

  hold(): Disposable {
    return hold(this);
  }

  // Asynchronous

  async acquireAsync(options?: WaitOptions): Promise<boolean> {
    return this.#mutex.lockAsync(limits(options), this.#enter);
  }

  holdAsync(options?: { signal?: AbortSignal | undefined }): Promise<Disposable> {
    return holdAsync(this, options);
  }

  /** An attempt: several async waiters of the thread that gets it succeed together. */
  readonly #enter = (): boolean => {
    if (this.#mutex.isMine) {
      this.#words[DEPTH]++;
      return true;
    }
    if (!this.#mutex.tryLock()) return false;
    this.#words[DEPTH] = 1;
    return true;
  };

  // For Condition

  /** @internal */
  get [INNER](): InnerLock {
    return {
      mutex: this.#mutex,
      letGo: () => {
        const depth = this.#words[DEPTH];
        this.#mutex.unlock();
        return depth;
      },
      retake: (depth) => {
        this.#mutex.lock(undefined);
        this.#words[DEPTH] = depth;
      },
      // Other code of this thread may have taken it meanwhile.
      retakeAsync: async (depth) => {
        await this.#mutex.lockAsync(NO_LIMITS, this.#enter);
        this.#words[DEPTH] += depth - 1;
      },
    };
  }

  // Sharing and showing

  /** @internal */
  [SHARE](): Shared {
    remember(this.#words, this);
    return { type: 'RLock', data: this.#words.buffer };
  }

  /** @internal */
  [inspect.custom](): string {
    const depth = this.#mutex.isMine ? `, depth: ${this.#words[DEPTH]}` : '';
    return `RLock { ${this.#mutex.describe()}${depth} }`;
  }
}

registerShareable('RLock', (memory: SharedArrayBuffer) => adopt(memory, (words) => new RLock(words)));
