/**
 * How items get into a queue: who puts them waits for the lock and for room. README.md has the words, and why no
 * wake-up is lost; what happens under the lock is the ring's (ring.ts).
 */

import { QueueClosedError, QueueFullError } from '../errors.js';
import type { Eventcount } from '../sync/eventcount.js';
import { deadline, limits, now, type WaitOptions } from '../sync/wait-options.js';
import { MAXSIZE, WANTED } from './layout.js';
import { encode, forget, type Encoded } from './messages.js';
import { Put, type Ring } from './ring.js';

/** How long, in milliseconds, a put that tries once may wait for another's to end, which takes microseconds. */
const ONE_PUT = 1000;

/** What became of a put that waits for no lock. Busy: another's was in the way. */
type Outcome = 'put' | 'full' | 'busy';

export class Puts {
  readonly #words: Int32Array;
  readonly #maxsize: number;
  readonly #ring: Ring;
  readonly #filled: Eventcount;
  readonly #room: Eventcount;

  constructor(words: Int32Array, ring: Ring, filled: Eventcount, room: Eventcount) {
    this.#words = words;
    this.#maxsize = words[MAXSIZE];
    this.#ring = ring;
    this.#filled = filled;
    this.#room = room;
  }

  // Blocking

  put(item: unknown, timeout: number | undefined): void {
    const until = timeout === undefined ? Infinity : deadline(timeout);
    const message = typeof item === 'number' ? item : encode(item);
    let isPut = false;
    try {
      isPut = this.#put(message, until) || (until !== 0 && this.#room.wait(() => this.#put(message, until), until));
    } finally {
      if (!isPut) this.#giveUp(message);
    }
    if (!isPut) throw this.#isFull(timeout);
  }

  /** False if the queue is full, or another's put is in the way until `until`. */
  #put(message: number | Encoded, until: number): boolean {
    if (!this.#ring.lock(until === 0 ? now() + ONE_PUT : until)) return false;
    return this.#putLocked(message);
  }

  // Asynchronous

  async putAsync(item: unknown, options: WaitOptions | undefined): Promise<void> {
    const { until, timeout, signal } = limits(options);
    let message = typeof item === 'number' ? item : encode(item);
    let outcome = 'busy' as Outcome;
    const once = until === 0;
    const attempt = (): boolean => {
      outcome = this.#putIfFree(message);
      return outcome === 'put' || (once && outcome === 'full');
    };
    try {
      // Who tries once waits behind nobody, unless another's put is in the way.
      const done =
        (once && attempt()) || this.#room.waitAsync(attempt, { until: once ? now() + ONE_PUT : until, signal });
      // Only the first attempts are made within the call; the next encode() may be sooner than those after them.
      if (typeof message === 'object') {
        message = { ...message, bytes: new Uint8Array(message.bytes.subarray(0, message.length)) };
      }
      await done;
    } finally {
      if (outcome !== 'put') this.#giveUp(message);
    }
    if (outcome !== 'put') throw this.#isFull(timeout);
  }

  /** For the event loop, which waits for no lock. */
  #putIfFree(message: number | Encoded): Outcome {
    if (!this.#ring.tryLock()) {
      // Whoever holds it looks at WANTED after letting go, unless it has let go by now.
      Atomics.store(this.#words, WANTED, 1);
      if (!this.#ring.tryLock()) return 'busy';
    }
    return this.#putLocked(message) ? 'put' : 'full';
  }

  // Both

  /** With the lock, which it lets go. False if the queue is full. */
  #putLocked(message: number | Encoded): boolean {
    let outcome: Put;
    try {
      outcome =
        typeof message === 'number'
          ? this.#ring.putNumber(message)
          : this.#ring.putBytes(message.bytes, message.length, message.form);
    } finally {
      this.#ring.unlock();
      if (Atomics.load(this.#words, WANTED) !== 0) this.#wakeWanting();
    }
    if (outcome === Put.Done) {
      this.#filled.wake(1);
      return true;
    }
    if (outcome === Put.Full) return false;
    if (outcome === Put.Closed) throw isClosed();
    throw outcome === Put.NoRoom ? this.#hasNoRoom() : this.#isTooLarge();
  }

  /** Async waiters only: blocked ones wait for the lock at the lock. */
  #wakeWanting(): void {
    Atomics.store(this.#words, WANTED, 0);
    this.#room.wake(0);
  }

  /** A wake-up that came too late for this put, as another's was in the way, is for the next that waits. */
  #giveUp(message: number | Encoded): void {
    this.#room.wake(1);
    if (typeof message === 'object') forget(message);
  }

  // Refusals

  #isFull(timeout: number | undefined): QueueFullError {
    if (this.#maxsize === 0) {
      return new QueueFullError(
        `Within ${timeout} ms the put of another thread was always in the way: allow more time. If that thread has ` +
          'ended, its end is known once the thread that started it has heard of it.',
      );
    }
    const most = this.#maxsize === 1 ? '1 item' : `${this.#maxsize} items`;
    return new QueueFullError(
      `The queue still had its ${most} after ${timeout} ms: take some, or make it with a larger \`maxsize\``,
    );
  }

  #hasNoRoom(): QueueFullError {
    return new QueueFullError(
      `The queue's ${this.#ring.size} items take nearly all of the ${this.#ring.mostBytes} bytes that a queue can ` +
        'have: take items faster than they are put, or make the queue with a `maxsize`, so that put() waits',
    );
  }

  #isTooLarge(): RangeError {
    return new RangeError(
      `Expected \`item\` to take less than ${this.#ring.tooLong} bytes: put it in a SharedArray or a SharedMemory, ` +
        'and that into the queue',
    );
  }
}

function isClosed(): QueueClosedError {
  return new QueueClosedError('The queue is closed: nothing can be put into it any more');
}
