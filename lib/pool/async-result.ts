/** The handle of a call under way: `applyAsync`, `mapAsync`, `starmapAsync`. */
import { inspect } from 'node:util';
import { TimeoutError } from '../errors.js';
import { check, WAIT } from './option-rules.js';
import { callbacksOf, type Callbacks } from './options.js';
import { startTimer } from './timer.js';

/** Somebody who waits with a time limit, or for the end only. */
type Waiter = () => void;

/**
 * A call's result to come. Python: `multiprocessing.pool.AsyncResult`.
 *
 * It may be awaited itself. When the call settles, in this order: `ready()` turns true, the callback runs,
 * then whoever waits goes on. An exception that the callback throws is an uncaught exception of the program
 * (`process.on('uncaughtException')`) and changes nothing here.
 *
 * A failure that somebody has seen, by `wait()`, `successful()`, `errorCallback` or a handler of
 * `get()` or `then()`, is not an unhandled rejection; a failure that nobody looked at is one.
 */
export class AsyncResult<R> implements PromiseLike<R> {
  readonly #outcome: Promise<R>;
  readonly #waiters = new Set<Waiter>();
  #state: 'pending' | 'fulfilled' | 'rejected' = 'pending';

  /** `call` settles as the call does; made by the pool. */
  constructor(call: PromiseLike<R>, callbacks?: Callbacks<R>) {
    const { callback, errorCallback } = callbacksOf(callbacks);
    this.#outcome = Promise.resolve(call).then(
      (value) => {
        this.#state = 'fulfilled';
        if (callback) report(callback, value);
        this.#release();
        return value;
      },
      (error: unknown) => {
        this.#state = 'rejected';
        if (errorCallback) report(errorCallback, error);
        if (errorCallback || this.#waiters.size > 0) this.#see();
        this.#release();
        throw error;
      },
    );
  }

  /**
   * The result, or the call's error. After `timeout` milliseconds (0: now) without either: TimeoutError,
   * and the call itself goes on. Default Infinity. Keeps the program alive while it waits.
   */
  get(timeout?: number): Promise<R> {
    const limit = checkWait(timeout);
    if (this.#state !== 'pending' || limit === Infinity) return this.#outcome;
    return new Promise((resolve, reject) => {
      this.#watch(
        limit,
        () => resolve(this.#outcome),
        () => reject(new TimeoutError(`The result is not ready after ${limit} ms; the call goes on`)),
      );
    });
  }

  /** Resolves when the call has settled, however it did, or after `timeout` milliseconds. Never rejects. */
  wait(timeout?: number): Promise<void> {
    const limit = checkWait(timeout);
    if (this.#state !== 'pending') {
      this.#see();
      return Promise.resolve();
    }
    return new Promise((resolve) => this.#watch(limit, resolve, resolve));
  }

  /** Has the call settled? */
  ready(): boolean {
    return this.#state !== 'pending';
  }

  /** Did it settle without an error? An Error while it is not ready. Python: ValueError. */
  successful(): boolean {
    if (this.#state === 'pending') {
      throw new Error('The result is not ready: await wait() or get() first, or ask ready()');
    }
    if (this.#state === 'rejected') this.#see();
    return this.#state === 'fulfilled';
  }

  /** `await result` is `await result.get()`. */
  then<A = R, B = never>(
    onFulfilled?: ((value: R) => A | PromiseLike<A>) | null,
    onRejected?: ((error: unknown) => B | PromiseLike<B>) | null,
  ): Promise<A | B> {
    return this.#outcome.then(onFulfilled, onRejected);
  }

  /** @internal */
  [inspect.custom](): string {
    return `AsyncResult { ${this.#state} }`;
  }

  /** Waiters, because a handler of the promise's own would count as seeing a failure that came after the limit. */
  #watch(limit: number, settled: Waiter, expired: () => void): void {
    if (limit === 0) return expired();
    const waiter = (): void => {
      cancel();
      settled();
    };
    this.#waiters.add(waiter);
    const cancel = startTimer(limit, () => {
      this.#waiters.delete(waiter);
      expired();
    });
  }

  #release(): void {
    for (const waiter of this.#waiters) waiter();
    this.#waiters.clear();
  }

  /** Tells Node that the failure has been seen. */
  #see(): void {
    this.#outcome.catch(() => {});
  }
}

function checkWait(timeout: number | undefined): number {
  if (timeout === undefined) return Infinity;
  check('timeout', timeout, WAIT);
  return timeout;
}

/** In a microtask of its own, where a throw is an uncaught exception instead of this promise's. */
function report<T>(callback: (value: T) => void, value: T): void {
  try {
    callback(value);
  } catch (error) {
    queueMicrotask(() => {
      throw error;
    });
  }
}
