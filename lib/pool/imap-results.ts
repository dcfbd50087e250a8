/**
 * An imap's way out: its chunks in the order in which their results are handed out, and the pulls that wait for them.
 *
 * In the order of the items; or, where that is not asked for, those that have results first, as they came.
 */
export interface Chunk {
  readonly size: number;
  /** Results not yet handed out, from `at` on; `undefined` while under way. */
  results: readonly PromiseSettledResult<unknown>[] | undefined;
  at: number;
  cancel: (error: unknown) => void;
}

interface Pull<R> {
  resolve(result: IteratorResult<R, undefined>): void;
  reject(error: unknown): void;
}

export class ImapResults<R> {
  /** Results handed out so far. */
  given = 0;
  readonly #ordered: boolean;
  readonly #chunks: Chunk[] = [];
  readonly #pulls: Pull<R>[] = [];

  constructor(ordered: boolean) {
    this.#ordered = ordered;
  }

  /** Nothing is under way, and nothing left to hand out. */
  get isEmpty(): boolean {
    return this.#chunks.length === 0;
  }
  /** A pull waits. */
  get isAwaited(): boolean {
    return this.#pulls.length > 0;
  }

  pull(pull: Pull<R>): void {
    this.#pulls.push(pull);
  }

  /** Of items that are sent now, or of one that cannot be: then its result is there. */
  add(size: number, results?: readonly PromiseSettledResult<unknown>[]): Chunk {
    const chunk: Chunk = { size, results, at: 0, cancel: () => undefined };
    this.#chunks.push(chunk);
    return chunk;
  }

  /** The chunk added last could not be sent. */
  withdraw(chunk: Chunk): void {
    if (this.#chunks.at(-1) === chunk) this.#chunks.pop();
  }

  settled(chunk: Chunk, results: readonly PromiseSettledResult<unknown>[]): void {
    chunk.results = results;
    if (this.#ordered) return;
    this.#chunks.splice(this.#chunks.indexOf(chunk), 1);
    const firstUnderWay = this.#chunks.findIndex((other) => other.results === undefined);
    this.#chunks.splice(firstUnderWay < 0 ? this.#chunks.length : firstUnderWay, 0, chunk);
  }

  /** Gives waiting pulls what is ready. */
  handOut(): void {
    while (this.#pulls.length > 0) {
      const chunk = this.#chunks[0];
      if (chunk?.results === undefined) return;
      const pull = this.#pulls.shift()!;
      const result = chunk.results[chunk.at++];
      this.given++;
      if (chunk.at === chunk.size) this.#chunks.shift();
      if (result.status === 'fulfilled') pull.resolve({ done: false, value: result.value as R });
      else pull.reject(result.reason);
    }
  }

  /** Drops all results, and cancels what is under way. */
  drop(error: unknown): void {
    // The last first: a thread that is let go by one must not find the next still to be had.
    for (const chunk of this.#chunks.splice(0).reverse()) if (chunk.results === undefined) chunk.cancel(error);
  }

  /** There will be no more results: the first pull that waits gets the failure, if there is one. */
  end(failure?: { readonly error: unknown }): void {
    for (const [i, pull] of this.#pulls.splice(0).entries()) {
      if (i === 0 && failure !== undefined) pull.reject(failure.error);
      else pull.resolve({ done: true, value: undefined });
    }
  }
}
