import { inspect } from 'node:util';
import { registerShareable, SHARE, type Shared } from '../tasks/shareable.js';
import { hold, holdAsync, type Acquirable } from './acquirable.js';
import { INNER, type InnerLock } from './inner-lock.js';
import { ownerFor } from './owner.js';
import { Mutex, MUTEX_WORDS } from './mutex.js';
import { limits, NO_LIMITS, type WaitOptions } from './wait-options.js';
import { adopt, allocate, HEADER, isWords, remember } from './words.js';

// Words: the mutex's, nothing else (mutex.ts).

/**
 * Mutual exclusion between threads, and between async functions of one thread. Not recursive: who
 * holds it and acquires it again waits for itself. Python: Lock.
 *
 * A thread that ends while holding it, in whatever way, makes it *abandoned*: whoever waits for it or
 * acquires it gets an AbandonedLockError until reset(). Threads that granule did not start are not
 * watched, nor do they learn of others' ends; with them, it stays locked. A task that fails on a
 * thread that lives on does not release it either: prefer `using held = lock.hold()`.
 */
export class Lock implements Acquirable {
  readonly #words: Int32Array;
  readonly #mutex: Mutex;

  constructor();
  /** @internal */
  constructor(words: Int32Array);
  constructor(given?: Int32Array) {
    const words = isWords(given) ? given : allocate(MUTEX_WORDS);
    this.#words = words;
    this.#mutex = new Mutex(words, HEADER, ownerFor(words), 'Lock');
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
    return this.#mutex.lock(timeout);
  }

  /** Any thread may release it. LockStateError if it is not held. */
  release(): void {
    this.#mutex.unlock();
  }

  hold(): Disposable {
    return hold(this);
  }

  // Asynchronous

  async acquireAsync(options?: WaitOptions): Promise<boolean> {
    return this.#mutex.lockAsync(limits(options));
  }

  holdAsync(options?: { signal?: AbortSignal | undefined }): Promise<Disposable> {
    return holdAsync(this, options);
  }

  // For Condition

  /** @internal */
  get [INNER](): InnerLock {
    const mutex = this.#mutex;
    return {
      mutex,
      letGo: () => {
        mutex.unlock();
        return 1;
      },
      retake: () => {
        mutex.lock(undefined);
      },
      retakeAsync: async () => {
        await mutex.lockAsync(NO_LIMITS);
      },
    };
  }

  // Sharing and showing

  /** @internal */
  [SHARE](): Shared {
    remember(this.#words, this);
    return { type: 'Lock', data: this.#words.buffer };
  }

  /** @internal */
  [inspect.custom](): string {
    return `Lock { ${this.#mutex.describe()} }`;
  }
}

registerShareable('Lock', (memory: SharedArrayBuffer) => adopt(memory, (words) => new Lock(words)));
