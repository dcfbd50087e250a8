import { inspect } from 'node:util';
import { QueueClosedError, QueueEmptyError } from '../errors.js';
import { Eventcount } from '../sync/eventcount.js';
import { checkInteger, deadline, limits, NO_LIMITS, type WaitOptions } from '../sync/wait-options.js';
import { adopt, allocate, isWords, remember } from '../sync/words.js';
import { registerShareable, SHARE, type Shared } from '../tasks/shareable.js';
import { FILLED, MAXSIZE, QUEUE_WORDS, ROOM } from './layout.js';
import { decode } from './messages.js';
import { Puts } from './puts.js';
import { EMPTY, ENDED, Ring } from './ring.js';
import { reserveRing } from './ring-memory.js';

/** What a queue is made of; the words name it. */
export interface QueueParts {
  readonly words: Int32Array;
  readonly ring: SharedArrayBuffer;
}

/** What a handle says. */
export interface QueueData {
  readonly memory: SharedArrayBuffer;
  readonly ring: SharedArrayBuffer;
}

/** The most items that `maxsize` can be. */
const MOST = 2 ** 31 - 1;

/** How often a blocking call looks before it sleeps: about as long as the other side takes for a message. */
const SPINS = 300;

/**
 * First in, first out, between any number of threads on either side. Python: Queue.
 *
 *     const queue = new Queue<string>();
 *     await pool.apply(producer, [queue]);   // there: queue.put('…'), which blocks while the queue is full
 *     for await (const item of queue) …      // until somebody calls close()
 *
 * Each item is a copy, made by put() as structured clone would, and goes to one taker. What lies in shared
 * memory is not copied: a Lock, a SharedArray, a Queue … arrive as objects over the same memory.
 * Items of one thread are taken in the order in which it put them. All that wait for items, or for room, are
 * served: none waits while others keep taking.
 *
 * A thread may end at any moment, in whatever way: what it had put is there, once; what it was about to
 * put is not; what it had taken is gone with it. The queue goes on. A put may then be held up until the
 * thread that started the dead one has noticed; so may a thread whose wake-up went to the dead one, by up to
 * 250 ms. Of a thread that granule did not start, nobody notices the end.
 *
 * The items waiting can have 1 GiB together, and one half of that; memory that a queue has used stays with it.
 */
export class Queue<T = unknown> {
  readonly #words: Int32Array;
  readonly #memory: SharedArrayBuffer;
  readonly #maxsize: number;
  readonly #ring: Ring;
  readonly #filled: Eventcount;
  readonly #room: Eventcount;
  readonly #puts: Puts;

  /**
   * @param maxsize items that there may be; default, and 0: no limit
   * @throws TypeError unless it is a number, RangeError unless it is an integer from 0 up
   */
  constructor(maxsize?: number);
  /** @internal */
  constructor(parts: QueueParts);
  constructor(what?: number | QueueParts) {
    const parts = isParts(what) ? what : makeQueue(what);
    this.#words = parts.words;
    this.#memory = parts.ring;
    this.#maxsize = parts.words[MAXSIZE];
    this.#ring = new Ring(parts.words, parts.ring, decode);
    this.#filled = new Eventcount(parts.words, FILLED);
    this.#room = new Eventcount(parts.words, ROOM);
    this.#puts = new Puts(parts.words, this.#ring, this.#filled, this.#room);
  }

  /** @internal */
  protected get words(): Int32Array {
    return this.#words;
  }

  /** Items that were ever put, modulo 2³². @internal */
  protected get puts(): number {
    return this.#ring.puts;
  }

  // State

  /** Items in it, exact at the moment when it is read. Python: `qsize()`. */
  get size(): number {
    return this.#ring.size;
  }

  /** Whether there is nothing to take. Python: `empty()`. */
  get empty(): boolean {
    return this.#ring.isEmpty;
  }

  /** Whether there are `maxsize` items. Python: `full()`. */
  get full(): boolean {
    return this.#ring.isFull;
  }

  // Blocking

  /**
   * Puts a copy of `item` behind the others; blocks the thread while the queue is full.
   *
   * @param timeout milliseconds; none: waits for ever; 0: tries once
   * @throws QueueFullError after the timeout, and at once where the items have 1 GiB already;
   *   QueueClosedError; SerializationError, with the path, for what cannot be copied; RangeError for an
   *   item of 512 MiB and more. Nothing is put then. Python: Full, ShutDown
   */
  put(item: T, timeout?: number): void {
    this.#puts.put(item, timeout);
  }

  /**
   * Takes the oldest item; blocks the thread while there is none.
   *
   * @param timeout milliseconds; none: waits for ever; 0: tries once
   * @throws QueueEmptyError after the timeout; QueueClosedError where none will come. Python: Empty, ShutDown
   */
  get(timeout?: number): T {
    const until = timeout === undefined ? Infinity : deadline(timeout);
    let item = this.#take();
    if (item === EMPTY && until !== 0) item = this.#takeLater(until);
    if (item === EMPTY) throw isEmpty(timeout);
    if (item === ENDED) throw isClosed();
    return item as T;
  }

  #takeLater(until: number): unknown {
    for (let i = 0; i < SPINS; i++) {
      if (this.#ring.isEmpty) continue;
      const item = this.#take();
      if (item !== EMPTY) return item;
    }
    let item: unknown = EMPTY;
    this.#filled.wait(() => (item = this.#take()) !== EMPTY, until);
    return item;
  }

  // Asynchronous

  /**
   * As put(), without blocking the event loop; rejects with `signal.reason`, and then nothing was put.
   * The copy is made at the call. One thread's calls put in their order.
   */
  putAsync(item: T, options?: WaitOptions): Promise<void> {
    return this.#puts.putAsync(item, options);
  }

  /** As get(), without blocking the event loop; rejects with `signal.reason`, and then nothing was taken. */
  async getAsync(options?: WaitOptions): Promise<T> {
    let item: unknown = EMPTY;
    const given = limits(options);
    await this.#filled.waitAsync(() => (item = this.#take()) !== EMPTY, given);
    if (item === EMPTY) throw isEmpty(given.timeout);
    if (item === ENDED) throw isClosed();
    return item as T;
  }

  /** Takes items as they come, until the queue is closed and empty. Several loops share the items. */
  async *[Symbol.asyncIterator](): AsyncIterableIterator<T> {
    for (;;) {
      let item: unknown = EMPTY;
      await this.#filled.waitAsync(() => (item = this.#take()) !== EMPTY, NO_LIMITS);
      if (item === ENDED) return;
      yield item as T;
    }
  }

  // Closing

  /**
   * No more puts, in any thread: QueueClosedError, also for those that wait. What is in it can still be
   * taken; after that, get() throws a QueueClosedError and iteration ends. May be called again.
   * Python 3.13: `shutdown()`.
   */
  close(): void {
    if (!this.#ring.close()) return;
    this.#filled.wake();
    this.#room.wake();
  }

  /** A message, or EMPTY, or ENDED. */
  #take(): unknown {
    let item: unknown;
    try {
      item = this.#ring.take();
    } catch (error) {
      this.#room.wake(1); // it was taken, whatever it was
      throw error;
    }
    if (this.#maxsize > 0 && item !== EMPTY) this.#room.wake(1);
    return item;
  }

  // Sharing and showing

  /** @internal */
  [SHARE](): Shared {
    remember(this.#words, this);
    const memory = this.#words.buffer as SharedArrayBuffer;
    return { type: this.sharedAs, data: { memory, ring: this.#memory } satisfies QueueData };
  }

  /** @internal */
  protected get sharedAs(): string {
    return 'Queue';
  }

  /** @internal */
  protected get shown(): string {
    const limit = this.#maxsize > 0 ? `, maxsize: ${this.#maxsize}` : '';
    return `size: ${this.size}${limit}, ${this.#ring.isClosed ? 'closed' : 'open'}`;
  }

  /** @internal */
  [inspect.custom](): string {
    return `${this.sharedAs} { ${this.shown} }`;
  }
}

function isParts(what: number | QueueParts | undefined): what is QueueParts {
  return typeof what === 'object' && what !== null && isWords(what.words);
}

function makeQueue(maxsize: number | undefined): QueueParts {
  if (maxsize !== undefined) checkInteger('maxsize', maxsize, 0, MOST);
  const words = allocate(QUEUE_WORDS);
  words[MAXSIZE] = maxsize ?? 0;
  Ring.begin(words);
  return { words, ring: reserveRing() };
}

function isEmpty(timeout: number | undefined): QueueEmptyError {
  return new QueueEmptyError(`No item came within ${timeout} ms: allow more time, or see that somebody puts`);
}

function isClosed(): QueueClosedError {
  return new QueueClosedError('The queue is closed and empty: nothing will come any more');
}

registerShareable('Queue', ({ memory, ring }: QueueData) => adopt(memory, (words) => new Queue({ words, ring })));
