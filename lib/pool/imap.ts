/**
 * The lazy map: takes items from its source only as far ahead of its consumer as `bufferSize`, sends them
 * to the engine in chunks, and hands results out one by one.
 *
 * It holds a thread only for chunks under way, so an iterator that nobody pulls comes to rest when its
 * window is full. A chunk is cut when it has the size that the cost model asks for, when the window is full,
 * or when the source makes us wait: a slow source does not hold back what it has given.
 *
 * What it calls may call it: the source, an item's getters, onProgress, those who are told. Each of them may end the
 * iteration; what they come back to looks whether it is over before it goes on.
 */
import { TimeoutError } from '../errors.js';
import { AsyncContext } from './async-context.js';
import type { TaskCost } from './cost-model.js';
import type { ToldCall } from './observers.js';
import { ImapResults, type Chunk } from './imap-results.js';
import { SignalHold } from './imap-signal.js';
import { ImapSizes } from './imap-sizes.js';
import { ImapSource } from './imap-source.js';
import type { MapSettings } from './options.js';
import type { Source } from './sources.js';
import { startTimer } from './timer.js';

export interface ImapOrder {
  readonly items: Source<unknown>;
  readonly settings: MapSettings;
  readonly ordered: boolean;
  readonly threads: number;
  readonly cost: TaskCost;
  /** For messages: 'imap(square)'. */
  readonly call: string;
  /** Tells of the call's start. */
  readonly tell: () => ToldCall | undefined;
  /** Runs a chunk, all items whatever fails; settles with PromiseSettledResults. Returns how to cancel it. */
  run(
    chunk: readonly unknown[],
    firstIndex: number,
    settle: (failed: boolean, value: unknown) => void,
  ): (error: unknown) => void;
}

/** What chunks are told that are under way when the iteration ends; nobody hears of it. */
const LEFT = new Error('the iterator was left');

export class Imap<R> implements AsyncIterableIterator<R, undefined, unknown> {
  readonly #order: ImapOrder;
  readonly #source: ImapSource;
  readonly #results: ImapResults<R>;
  readonly #sizes: ImapSizes;
  #state: 'new' | 'started' | 'over' = 'new';
  #sendPlanned = false;
  /** Comes after all results: the source threw, or the call was aborted or cannot go on. */
  #failure: { readonly error: unknown } | undefined;
  /** Taken from the source and not sent. */
  #gathered: unknown[] = [];
  #taken = 0;
  #sent = 0;
  #done = 0;
  #told: ToldCall | undefined;
  /** The call's async context: chunks settle in that of whoever woke the pool, pulls come from anywhere. */
  readonly #context = new AsyncContext();
  #stopTimer = (): void => undefined;
  #hold: SignalHold<Imap<R>> | undefined;

  constructor(order: ImapOrder) {
    this.#order = order;
    this.#results = new ImapResults(order.ordered);
    this.#sizes = new ImapSizes(order.settings, order.threads, order.cost);
    this.#source = new ImapSource(order.items, {
      take: (item) => {
        this.#taken++;
        this.#gathered.push(item);
        if (this.#gathered.length >= this.#sizes.chunk()) this.#send();
      },
      ended: () => {
        // The last items were told when nobody knew yet that they were the last.
        if (this.#done === this.#taken && this.#taken > 0) this.#inContext(() => this.#tell());
      },
      // What it gave before is still run and handed out.
      failed: (error) => (this.#failure = { error }),
      answered: () => {
        this.#fill();
      },
    });
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  next(): Promise<IteratorResult<R, undefined>> {
    if (this.#state === 'new') this.#inContext(() => this.#start());
    return new Promise((resolve, reject) => {
      this.#results.pull({ resolve, reject });
      this.#handOut();
      if (this.#mayAsk()) this.#inContext(() => this.#fill());
      else this.#fill();
    });
  }

  /** Leaves: cancels what is under way and closes the source. */
  async return(): Promise<IteratorResult<R, undefined>> {
    this.#failure = undefined;
    this.#end();
    this.#results.end();
    await this.#closeSource();
    return { done: true, value: undefined };
  }

  async throw(error: unknown): Promise<IteratorResult<R, undefined>> {
    await this.return();
    throw error;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.return();
  }

  #inContext<T>(what: () => T): T {
    return this.#context.runInAsyncScope(what);
  }

  #start(): void {
    const { settings, call } = this.#order;
    const { signal, timeout } = settings;
    this.#state = 'started';
    this.#told = this.#order.tell();
    try {
      if (signal?.aborted === true) {
        this.#fail(signal.reason);
        return;
      }
      if (signal !== undefined) {
        this.#hold = new SignalHold<Imap<R>>(signal, this, Imap.#aborted);
      }
      this.#stopTimer = startTimer(timeout, () => {
        this.#fail(new TimeoutError(`${call} was not done within its timeout of ${timeout} ms`));
      });
      this.#source.open();
    } catch (error) {
      this.#fail(error);
    }
  }

  /** Ends at once, with an error for the next pull. */
  #fail(error: unknown): void {
    if (this.#state === 'over') return;
    this.#failure = { error };
    this.#end(this.#failure);
    this.#handOut();
    this.#closeSource().catch(() => undefined);
  }

  static #aborted<R>(iteration: Imap<R>, reason: unknown): void {
    iteration.#fail(reason);
  }

  #end(failure?: { readonly error: unknown }): void {
    if (this.#state === 'over') return;
    this.#state = 'over';
    this.#told?.end(failure !== undefined, failure?.error);
    this.#stopTimer();
    this.#hold?.leave();
    this.#hold = undefined;
    this.#gathered = [];
    this.#results.drop(LEFT);
  }

  #closeSource(): Promise<void> {
    return this.#inContext(() => this.#source.close());
  }

  /** The source is to be asked for its next item. */
  #mayAsk(): boolean {
    if (this.#state !== 'started' || !this.#source.isReady) return false;
    return this.#taken - this.#results.given < this.#sizes.window();
  }

  /** Takes items while there is room, without waiting where the source does not make us wait. */
  #fill(): void {
    while (this.#mayAsk()) {
      this.#source.ask();
      if (this.#source.isAsync) {
        this.#sendSoon();
        return;
      }
    }
    // Where chunks for all threads fit in, less than a chunk waits until it is one, or nothing is left to hand out: the
    // consumer makes room by an item at a time.
    if (!this.#sizes.fit() || this.#source.over || this.#results.isEmpty) this.#send();
    this.#handOut();
  }

  /** What an async source has given goes out where it does not give more in this turn of the event loop. */
  #sendSoon(): void {
    if (this.#sendPlanned) return;
    this.#sendPlanned = true;
    setImmediate(() => {
      this.#sendPlanned = false;
      this.#send();
      this.#handOut();
    });
  }

  #send(): void {
    const items = this.#gathered;
    if (items.length === 0) return;
    this.#gathered = [];
    this.#sizes.lastChunk = items.length;
    const first = this.#sent;
    this.#sent += items.length;
    try {
      this.#run(items, first);
    } catch (error) {
      // An item cannot cross: each is tried by itself, so that only the bad one fails.
      if (items.length > 1) for (let i = 0; i < items.length; i++) this.#runOrRefuse(items[i], first + i);
      else this.#refuse(error);
    }
  }

  #run(items: readonly unknown[], first: number): void {
    // It may settle, and end the iteration, before `run` returns.
    const chunk = this.#results.add(items.length);
    try {
      chunk.cancel = this.#order.run(items, first, (failed, value) => {
        this.#inContext(() => this.#settled(chunk, failed, value));
      });
    } catch (error) {
      this.#results.withdraw(chunk);
      throw error;
    }
    // So may what is read of an item.
    if (this.#state === 'over') chunk.cancel(LEFT);
  }

  #runOrRefuse(item: unknown, index: number): void {
    if (this.#state === 'over') return;
    try {
      this.#run([item], index);
    } catch (error) {
      this.#refuse(error);
    }
  }

  #refuse(reason: unknown): void {
    if (this.#state === 'over') return;
    this.#results.add(1, [{ status: 'rejected', reason }]);
    this.#done++;
  }

  #settled(chunk: Chunk, failed: boolean, value: unknown): void {
    if (this.#state === 'over') return;
    if (failed) {
      // Not an item's failure: the task does not load, or the pool is gone.
      this.#fail(value);
      return;
    }
    this.#done += chunk.size;
    this.#results.settled(chunk, value as readonly PromiseSettledResult<unknown>[]);
    if (!this.#tell()) return;
    this.#handOut();
    this.#fill();
  }

  /** Tells how far it is; false if that ended the iteration. */
  #tell(): boolean {
    try {
      this.#order.settings.onProgress?.(this.#done, this.#source.over ? this.#taken : undefined);
      return true;
    } catch (error) {
      this.#fail(error);
      return false;
    }
  }

  /** Gives waiting pulls what is ready, or the end. */
  #handOut(): void {
    this.#results.handOut();
    if (this.#hold !== undefined) this.#hold.awaited = this.#results.isAwaited ? this : undefined;
    if (!this.#results.isAwaited || !this.#results.isEmpty || this.#gathered.length > 0) return;
    if (this.#state === 'started' && !this.#source.over) return;
    const failure = this.#failure;
    this.#failure = undefined;
    this.#results.end(failure);
    this.#end(failure);
  }
}
