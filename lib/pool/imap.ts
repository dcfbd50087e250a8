/**
 * The lazy map: takes items from its source only as far ahead of its consumer as `bufferSize`, sends them
 * to the engine in chunks, and hands results out one by one.
 *
 * It holds a thread only for chunks under way, so an iterator that nobody pulls comes to rest when its
 * window is full. A chunk is cut when it has the size that the cost model asks for, when the window is full,
 * or when the source makes us wait: a slow source does not hold back what it has given.
 */
import { TimeoutError } from '../errors.js';
import { AsyncContext } from './async-context.js';
import type { TaskCost } from './cost-model.js';
import type { ToldCall } from './observers.js';
import { onAbort } from '../tasks/on-abort.js';
import { shown } from '../tasks/show.js';
import type { MapSettings } from './options.js';
import { claimSize, SCHEDULES } from './schedules.js';
import { isAsync, iterate, type Source } from './sources.js';
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

interface Chunk {
  readonly size: number;
  /** Results not yet handed out, from `at` on; `undefined` while under way. */
  results: readonly PromiseSettledResult<unknown>[] | undefined;
  at: number;
  cancel: (error: unknown) => void;
}

interface Waiter<R> {
  resolve(result: IteratorResult<R, undefined>): void;
  reject(error: unknown): void;
}

const AUTO = SCHEDULES.indexOf('auto');
/** So that a source of many cheap items is not asked for all of them at once. */
const MOST_CHUNK = 4096;

export class Imap<R> implements AsyncIterableIterator<R, undefined, unknown> {
  readonly #order: ImapOrder;
  /** Under way or with results, in the order in which they will be handed out. */
  readonly #chunks: Chunk[] = [];
  readonly #waiters: Waiter<R>[] = [];
  #source: Iterator<unknown> | AsyncIterator<unknown> | undefined;
  #state: 'new' | 'started' | 'over' = 'new';
  #sourceEnded = false;
  #pulling = false;
  #sendPlanned = false;
  /** Comes after all results: the source threw, or the call was aborted or cannot go on. */
  #failure: { readonly error: unknown } | undefined;
  #gathered: unknown[] = [];
  #taken = 0;
  #sent = 0;
  #handedOut = 0;
  #done = 0;
  #lastChunk = 0;
  #told: ToldCall | undefined;
  /** The call's async context: chunks settle in that of whoever woke the pool, pulls come from anywhere. */
  readonly #context = new AsyncContext();
  #stopTimer = (): void => undefined;
  #stopListening = (): void => undefined;

  constructor(order: ImapOrder) {
    this.#order = order;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  next(): Promise<IteratorResult<R, undefined>> {
    if (this.#state === 'new') this.#inContext(() => this.#start());
    return new Promise((resolve, reject) => {
      this.#waiters.push({ resolve, reject });
      this.#handOut();
      if (this.#mayPull()) this.#inContext(() => this.#fill());
      else this.#fill();
    });
  }

  /** Leaves: cancels what is under way and closes the source. */
  async return(): Promise<IteratorResult<R, undefined>> {
    const wasOver = this.#state === 'over';
    this.#end();
    for (const waiter of this.#waiters.splice(0)) waiter.resolve({ done: true, value: undefined });
    if (!wasOver) await this.#closeSource();
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
    const { items, settings, call } = this.#order;
    const { signal, timeout } = settings;
    this.#state = 'started';
    this.#told = this.#order.tell();
    try {
      if (signal?.aborted === true) {
        this.#fail(signal.reason);
        return;
      }
      this.#source = iterate(items);
      if (signal !== undefined) {
        this.#stopListening = onAbort(signal, (reason) => {
          this.#fail(reason);
        });
      }
    } catch (error) {
      this.#fail(error);
      return;
    }
    this.#stopTimer = startTimer(timeout, () => {
      this.#fail(new TimeoutError(`${call} was not done within its timeout of ${timeout} ms`));
    });
  }

  /** Ends at once, with an error for the next pull. */
  #fail(error: unknown): void {
    if (this.#state === 'over') return;
    this.#end({ error });
    this.#failure = { error };
    this.#handOut();
    this.#closeSource().catch(() => undefined);
  }

  #end(failure?: { readonly error: unknown }): void {
    if (this.#state === 'over') return;
    this.#state = 'over';
    this.#told?.end(failure !== undefined, failure?.error);
    this.#stopTimer();
    this.#stopListening();
    this.#gathered = [];
    const left = new Error('the iterator was left');
    // The last first: a thread that is let go by one must not find the next still to be had.
    for (const chunk of this.#chunks.splice(0).reverse()) if (chunk.results === undefined) chunk.cancel(left);
  }

  async #closeSource(): Promise<void> {
    if (this.#sourceEnded || this.#source === undefined) return;
    this.#sourceEnded = true;
    const source = this.#source;
    const closing = this.#inContext(() => source.return?.());
    // An async generator that is busy closes when it is done; nobody should wait for that.
    if (this.#pulling) Promise.resolve(closing).catch(() => undefined);
    else await closing;
  }

  /** Items that may be taken from the source before the consumer takes results. */
  #window(): number {
    const { settings, threads } = this.#order;
    return settings.bufferSize > 0 ? settings.bufferSize : 2 * threads * this.#chunkSize();
  }

  #chunkSize(): number {
    const { settings, cost, threads } = this.#order;
    if (settings.chunksize !== 'auto') return settings.chunksize;
    const known = cost.asynchronous ? 0 : cost.nsPerItem;
    const size = Math.min(MOST_CHUNK, claimSize(AUTO, 2 ** 30, threads, 1, this.#lastChunk, known));
    if (settings.bufferSize === 0) return size;
    return Math.max(1, Math.min(size, Math.floor(settings.bufferSize / (2 * threads))));
  }

  /** The source is to be asked for its next item. */
  #mayPull(): boolean {
    if (this.#pulling || this.#state !== 'started' || this.#sourceEnded) return false;
    return this.#taken - this.#handedOut < this.#window();
  }

  /** Takes items while there is room, without waiting where the source does not make us wait. */
  #fill(): void {
    while (this.#mayPull()) {
      let pulled: IteratorResult<unknown> | Promise<IteratorResult<unknown>>;
      try {
        pulled = this.#source!.next();
      } catch (error) {
        this.#sourceFailed(error);
        break;
      }
      if (isAsync(this.#order.items)) {
        this.#pulling = true;
        this.#sendSoon();
        Promise.resolve(pulled).then(
          (result) => {
            this.#pulling = false;
            if (this.#state === 'started') this.#take(result);
            this.#fill();
          },
          (error: unknown) => {
            this.#pulling = false;
            this.#sourceFailed(error);
          },
        );
        return;
      }
      this.#take(pulled as IteratorResult<unknown>);
    }
    // Where chunks for all threads fit in, less than a chunk waits until it is one, or nothing is left to hand out: the
    // consumer makes room by an item at a time.
    const fits = this.#window() >= 2 * this.#order.threads * this.#chunkSize();
    if (!fits || this.#sourceEnded || this.#chunks.length === 0) this.#send();
    this.#handOut();
  }

  #take(given: IteratorResult<unknown>): void {
    let result: IteratorResult<unknown>;
    try {
      result = read(given);
    } catch (error) {
      this.#sourceFailed(error);
      return;
    }
    if (result.done === true) {
      this.#sourceEnded = true;
      // The last items were told when nobody knew yet that they were the last.
      if (this.#done === this.#taken && this.#taken > 0) this.#inContext(() => this.#tell());
      return;
    }
    this.#taken++;
    this.#gathered.push(result.value);
    if (this.#gathered.length >= this.#chunkSize()) this.#send();
  }

  /** The source threw: what it gave before is still run and handed out. */
  #sourceFailed(error: unknown): void {
    if (this.#state === 'over') return;
    this.#sourceEnded = true;
    this.#failure ??= { error };
    this.#send();
    this.#handOut();
  }

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
    if (items.length === 0 || this.#state !== 'started') return;
    this.#gathered = [];
    this.#lastChunk = items.length;
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
    const chunk: Chunk = { size: items.length, results: undefined, at: 0, cancel: () => undefined };
    // It may settle, and end the iteration, before `run` returns.
    this.#chunks.push(chunk);
    try {
      chunk.cancel = this.#order.run(items, first, (failed, value) => {
        this.#inContext(() => this.#settled(chunk, failed, value));
      });
    } catch (error) {
      this.#chunks.pop();
      throw error;
    }
  }

  #runOrRefuse(item: unknown, index: number): void {
    try {
      this.#run([item], index);
    } catch (error) {
      this.#refuse(error);
    }
  }

  #refuse(reason: unknown): void {
    this.#chunks.push({ size: 1, results: [{ status: 'rejected', reason }], at: 0, cancel: () => undefined });
    this.#done++;
  }

  #settled(chunk: Chunk, failed: boolean, value: unknown): void {
    if (this.#state === 'over') return;
    if (failed) {
      // Not an item's failure: the task does not load, or the pool is gone.
      this.#fail(value);
      return;
    }
    chunk.results = value as readonly PromiseSettledResult<unknown>[];
    this.#done += chunk.size;
    if (!this.#order.ordered) {
      // First come, first served: behind those that have results already.
      const at = this.#chunks.indexOf(chunk);
      this.#chunks.splice(at, 1);
      const firstUnderWay = this.#chunks.findIndex((other) => other.results === undefined);
      this.#chunks.splice(firstUnderWay < 0 ? this.#chunks.length : firstUnderWay, 0, chunk);
    }
    if (!this.#tell()) return;
    this.#handOut();
    this.#fill();
  }

  /** Tells how far it is; false if that ended the iteration. */
  #tell(): boolean {
    try {
      this.#order.settings.onProgress?.(this.#done, this.#sourceEnded ? this.#taken : undefined);
      return true;
    } catch (error) {
      this.#fail(error);
      return false;
    }
  }

  /** Gives waiting pulls what is ready. */
  #handOut(): void {
    while (this.#waiters.length > 0) {
      const chunk = this.#chunks[0];
      if (chunk?.results !== undefined) {
        const waiter = this.#waiters.shift()!;
        const result = chunk.results[chunk.at++];
        this.#handedOut++;
        if (chunk.at === chunk.size) this.#chunks.shift();
        if (result.status === 'fulfilled') waiter.resolve({ done: false, value: result.value as R });
        else waiter.reject(result.reason);
        continue;
      }
      if (chunk !== undefined || this.#gathered.length > 0) return;
      if (this.#state === 'started' && !this.#sourceEnded) return;
      const waiter = this.#waiters.shift()!;
      const failure = this.#failure;
      this.#failure = undefined;
      this.#end(failure);
      if (failure !== undefined) waiter.reject(failure.error);
      else waiter.resolve({ done: true, value: undefined });
    }
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
