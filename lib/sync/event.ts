import { inspect } from 'node:util';
import { registerShareable, SHARE, type Shared } from '../tasks/shareable.js';
import { Eventcount, EVENTCOUNT_WORDS } from './eventcount.js';
import { deadline, limits, type WaitOptions } from './wait-options.js';
import { adopt, allocate, HEADER, isWords, remember } from './words.js';

const STATE = HEADER; // odd: set, even: clear; set() and clear() add one by compare-exchange, if it changes anything
const CHANGED = HEADER + 1; // an eventcount: the event was set

/**
 * A flag that threads wait for. Who waits when it is set goes on, even if it is cleared again before
 * that thread has woken up. Python: Event.
 */
export class Event {
  readonly #words: Int32Array;
  readonly #changed: Eventcount;

  constructor();
  /** @internal */
  constructor(words: Int32Array);
  constructor(given?: Int32Array) {
    const words = isWords(given) ? given : allocate(1 + EVENTCOUNT_WORDS);
    this.#words = words;
    this.#changed = new Eventcount(words, CHANGED);
  }

  /** Whether waits pass at once. Python: `is_set`. */
  isSet(): boolean {
    return isOdd(Atomics.load(this.#words, STATE));
  }

  /** Lets everybody go who waits, and whoever comes until clear(). */
  set(): void {
    const state = Atomics.load(this.#words, STATE);
    // Where the exchange fails, another thread has set it at this moment.
    if (!isOdd(state) && Atomics.compareExchange(this.#words, STATE, state, (state + 1) | 0) === state) {
      this.#changed.wake();
    }
  }

  /** From here on waits wait until `set()`. Python: `clear`. */
  clear(): void {
    const state = Atomics.load(this.#words, STATE);
    if (isOdd(state)) Atomics.compareExchange(this.#words, STATE, state, (state + 1) | 0);
  }

  /** Whoever finds it clear waits until it has changed: the first change is a set(). */
  #attempt(): () => boolean {
    const start = Atomics.load(this.#words, STATE);
    return () => isOdd(start) || Atomics.load(this.#words, STATE) !== start;
  }

  // Blocking

  /**
   * Blocks the thread until the event is set.
   *
   * @param timeout milliseconds; none: waits for ever; 0: only looks
   * @returns false if the timeout passed first
   */
  wait(timeout?: number): boolean {
    const until = deadline(timeout);
    const attempt = this.#attempt();
    return attempt() || this.#changed.wait(attempt, until);
  }

  // Asynchronous

  /** As wait(), without blocking the event loop. Rejects with `signal.reason`. */
  async waitAsync(options?: WaitOptions): Promise<boolean> {
    return this.#changed.waitAsync(this.#attempt(), limits(options));
  }

  // Sharing and showing

  /** @internal */
  [SHARE](): Shared {
    remember(this.#words, this);
    return { type: 'Event', data: this.#words.buffer };
  }

  /** @internal */
  [inspect.custom](): string {
    return `Event { ${this.isSet() ? 'set' : 'not set'} }`;
  }
}

function isOdd(state: number): boolean {
  return (state & 1) !== 0;
}

registerShareable('Event', (memory: SharedArrayBuffer) => adopt(memory, (words) => new Event(words)));
