/**
 * Where an imap takes its items from: asked for one at a time, and closed if it is left before its end.
 *
 * It may call back while it is asked: pull the iterator, leave it, abort the call. So it is not asked again before it
 * has answered; what it answers once it is left goes nowhere; and a sync one is closed when it has answered, as a
 * generator cannot be closed by what it calls.
 */
import { shown } from '../tasks/show.js';
import { isAsync, iterate, type Source } from './sources.js';

export interface ItemTaker {
  take(item: unknown): void;
  /** There is no more. */
  ended(): void;
  failed(error: unknown): void;
  /** An async source has answered, by one of the others. */
  answered(): void;
}

export class ImapSource {
  readonly isAsync: boolean;
  /** It will give nothing more: it has ended, has thrown, or was left. */
  over = false;
  readonly #items: Source<unknown>;
  readonly #taker: ItemTaker;
  /** `undefined` until it is opened, and when it has come to its own end: then it is not to be closed. */
  #iterator: Iterator<unknown> | AsyncIterator<unknown> | undefined;
  #asked = false;

  constructor(items: Source<unknown>, taker: ItemTaker) {
    this.#items = items;
    this.#taker = taker;
    this.isAsync = isAsync(items);
  }

  /** Throws what the source throws. */
  open(): void {
    this.#iterator = iterate(this.#items);
  }

  /** May be asked for an item. */
  get isReady(): boolean {
    return !this.#asked && !this.over;
  }

  /** Asks for an item. A sync source answers before this returns. */
  ask(): void {
    let answer: IteratorResult<unknown> | Promise<IteratorResult<unknown>>;
    this.#asked = true;
    try {
      answer = this.#iterator!.next();
    } catch (error) {
      this.#threw(error);
      if (this.isAsync) this.#taker.answered();
      return;
    }
    if (!this.isAsync) {
      this.#gave(answer as IteratorResult<unknown>);
      return;
    }
    Promise.resolve(answer).then(
      (result) => {
        this.#gave(result);
        this.#taker.answered();
      },
      (error: unknown) => {
        this.#threw(error);
        this.#taker.answered();
      },
    );
  }

  /** Leaves it; resolves when it is closed. */
  async close(): Promise<void> {
    if (this.over) return;
    this.over = true;
    if (this.#asked && !this.isAsync) await Promise.resolve();
    const closing = this.#iterator?.return?.();
    // An async generator that is busy closes when it is done; nobody should wait for that.
    if (this.#asked) Promise.resolve(closing).catch(() => undefined);
    else await closing;
  }

  #gave(answer: IteratorResult<unknown>): void {
    let result: IteratorResult<unknown>;
    try {
      result = read(answer);
    } catch (error) {
      this.#threw(error);
      return;
    }
    this.#asked = false;
    if (result.done === true) this.#iterator = undefined;
    if (this.over) return;
    if (result.done !== true) this.#taker.take(result.value);
    else {
      this.over = true;
      this.#taker.ended();
    }
  }

  #threw(error: unknown): void {
    this.#asked = false;
    this.#iterator = undefined;
    if (this.over) return;
    this.over = true;
    this.#taker.failed(error);
  }
}

/** What the source's next() gave, whose getters may throw, and which may be no object at all. */
function read(given: IteratorResult<unknown>): IteratorResult<unknown> {
  if (typeof given !== 'object' || (given as unknown) === null) {
    throw new TypeError(`Expected the source's next() to give an object such as { value, done }, got ${shown(given)}`);
  }
  const done = given.done === true;
  return { done, value: done ? undefined : given.value };
}
