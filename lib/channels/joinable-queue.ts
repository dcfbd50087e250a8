import { Eventcount } from '../sync/eventcount.js';
import { deadline, limits, type WaitOptions } from '../sync/wait-options.js';
import { adopt } from '../sync/words.js';
import { registerShareable } from '../tasks/shareable.js';
import { ALL_DONE, DONE, SETTLED } from './layout.js';
import { Queue, type QueueData, type QueueParts } from './queue.js';

/**
 * A queue that knows when its items have been worked off: whoever takes one calls taskDone() when it is
 * through, and join() waits until that has been said of every item that was put. Python: JoinableQueue.
 *
 * A thread that ends with an item that it took never says so: join() then waits until somebody else does.
 */
export class JoinableQueue<T = unknown> extends Queue<T> {
  readonly #words: Int32Array;
  readonly #allDone: Eventcount;

  /**
   * @param maxsize items that there may be; default, and 0: no limit
   * @throws TypeError unless it is a number, RangeError unless it is an integer from 0 up
   */
  constructor(maxsize?: number);
  /** @internal */
  constructor(parts: QueueParts);
  constructor(what?: number | QueueParts) {
    super(what as number);
    this.#words = this.words;
    this.#allDone = new Eventcount(this.#words, ALL_DONE);
  }

  /** One item that was taken is done. RangeError if that was said of all that were put. Python: `task_done()`. */
  taskDone(): void {
    for (;;) {
      const done = Atomics.load(this.#words, DONE);
      if (this.puts === done) {
        throw new RangeError('taskDone() was called more often than items were put: call it once for each get()');
      }
      if (Atomics.compareExchange(this.#words, DONE, done, (done + 1) | 0) === done) break;
    }
    if (!this.#isDone()) return;
    Atomics.add(this.#words, SETTLED, 1);
    this.#allDone.wake();
  }

  /** In this order: while DONE is what was read, there can only be more puts. */
  #isDone(): boolean {
    const done = Atomics.load(this.#words, DONE);
    return this.puts === done;
  }

  /** Who waits goes on when all was done once, even if more has been put before it has woken up. */
  #attempt(): () => boolean {
    const settled = Atomics.load(this.#words, SETTLED);
    return () => this.#isDone() || Atomics.load(this.#words, SETTLED) !== settled;
  }

  /**
   * Blocks the thread until all items that were put are done.
   *
   * @param timeout milliseconds; none: waits for ever; 0: only looks
   * @returns false if the timeout passed first
   */
  join(timeout?: number): boolean {
    const until = deadline(timeout);
    const attempt = this.#attempt();
    return attempt() || this.#allDone.wait(attempt, until);
  }

  /** As join(), without blocking the event loop. Rejects with `signal.reason`. */
  async joinAsync(options?: WaitOptions): Promise<boolean> {
    return this.#allDone.waitAsync(this.#attempt(), limits(options));
  }

  /** @internal */
  protected override get sharedAs(): string {
    return 'JoinableQueue';
  }

  /** @internal */
  protected override get shown(): string {
    return `${super.shown}, unfinished: ${(this.puts - Atomics.load(this.#words, DONE)) >>> 0}`;
  }
}

registerShareable('JoinableQueue', ({ memory, ring }: QueueData) =>
  adopt(memory, (words) => new JoinableQueue({ words, ring })),
);
