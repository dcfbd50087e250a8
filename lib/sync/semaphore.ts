import { inspect } from 'node:util';
import { registerShareable, SHARE, type Shared } from '../tasks/shareable.js';
import { hold, holdAsync, type Acquirable } from './acquirable.js';
import { Eventcount, EVENTCOUNT_WORDS } from './eventcount.js';
import { checkInteger, deadline, limits, type WaitOptions } from './wait-options.js';
import { adopt, allocate, HEADER, isWords, remember } from './words.js';

const VALUE = HEADER; // permits left, never below 0: an acquire takes one by compare-exchange, a release adds
const LIMIT = HEADER + 1; // what VALUE never exceeds; written once
const FREED = HEADER + 2; // an eventcount: VALUE has grown

/** The most permits there can be. */
export const MAX_PERMITS = 2 ** 31 - 1;

/** The memory of a semaphore that starts with `value` permits and never has more than `limit`. */
export function semaphoreWords(value: number, limit: number): Int32Array {
  const words = allocate(2 + EVENTCOUNT_WORDS);
  words[VALUE] = value;
  words[LIMIT] = limit;
  return words;
}

/**
 * A number of permits: acquire() takes one, or waits for one; release() gives back. Has no owner: any
 * thread may release, and what a thread that ended had taken stays taken. Python: Semaphore.
 */
export class Semaphore implements Acquirable {
  readonly #words: Int32Array;
  readonly #freed: Eventcount;

  /** @param value permits at the start, from 0 up; default 1 */
  constructor(value?: number);
  /** @internal */
  constructor(words: Int32Array);
  constructor(value: number | Int32Array = 1) {
    if (isWords(value)) {
      this.#words = value;
    } else {
      checkInteger('value', value, 0, MAX_PERMITS);
      this.#words = semaphoreWords(value, MAX_PERMITS);
    }
    this.#freed = new Eventcount(this.#words, FREED);
  }

  /** Permits left. */
  get value(): number {
    return Atomics.load(this.#words, VALUE);
  }

  readonly #take = (): boolean => {
    for (;;) {
      const value = Atomics.load(this.#words, VALUE);
      if (value === 0) return false;
      if (Atomics.compareExchange(this.#words, VALUE, value, value - 1) === value) return true;
    }
  };

  // Blocking

  acquire(timeout?: number): boolean {
    const until = deadline(timeout);
    return this.#take() || this.#freed.wait(this.#take, until);
  }

  /** Gives `count` (default 1) permits back. RangeError if there would be more than the semaphore can have. */
  release(count = 1): void {
    checkInteger('count', count, 1, MAX_PERMITS);
    const limit = this.#words[LIMIT];
    for (;;) {
      const value = Atomics.load(this.#words, VALUE);
      if (value > limit - count) {
        throw new RangeError(
          `Expected at most ${limit} permits in the ${this.#name}, got ${value} + ${count}: ` +
            'release() goes with an acquire() that returned true',
        );
      }
      if (Atomics.compareExchange(this.#words, VALUE, value, value + count) === value) break;
    }
    this.#freed.wake(count); // each of them needs one permit, so all of them can succeed
  }

  hold(): Disposable {
    return hold(this);
  }

  // Asynchronous

  async acquireAsync(options?: WaitOptions): Promise<boolean> {
    return this.#freed.waitAsync(this.#take, limits(options));
  }

  holdAsync(options?: { signal?: AbortSignal | undefined }): Promise<Disposable> {
    return holdAsync(this, options);
  }

  // Sharing and showing

  /** @internal */
  [SHARE](): Shared {
    remember(this.#words, this);
    return { type: this.#name, data: this.#words.buffer };
  }

  /** @internal */
  [inspect.custom](): string {
    const limit = this.#words[LIMIT];
    return `${this.#name} { value: ${this.value}${limit === MAX_PERMITS ? '' : ` of ${limit}`} }`;
  }

  get #name(): string {
    return this.#words[LIMIT] === MAX_PERMITS ? 'Semaphore' : 'BoundedSemaphore';
  }
}

registerShareable('Semaphore', (memory: SharedArrayBuffer) => adopt(memory, (words) => new Semaphore(words)));
