/** One of the two ways to hold an RWLock. */

import { inspect } from 'node:util';
import { hold, holdAsync, type Acquirable } from './acquirable.js';
import { deadline, type WaitOptions } from './wait-options.js';

/** What the side has its lock do. */
export interface Ways {
  acquire(until: number): boolean;
  acquireAsync(options: WaitOptions | undefined): Promise<boolean>;
  release(): void;
  /** For util.inspect. */
  describe(): string;
}

export class Side implements Acquirable {
  readonly #ways: Ways;

  constructor(ways: Ways) {
    this.#ways = ways;
  }

  acquire(timeout?: number): boolean {
    return this.#ways.acquire(deadline(timeout));
  }

  async acquireAsync(options?: WaitOptions): Promise<boolean> {
    return this.#ways.acquireAsync(options);
  }

  release(): void {
    this.#ways.release();
  }

  hold(): Disposable {
    return hold(this);
  }

  holdAsync(options?: { signal?: AbortSignal | undefined }): Promise<Disposable> {
    return holdAsync(this, options);
  }

  /** @internal */
  [inspect.custom](): string {
    return this.#ways.describe();
  }
}
