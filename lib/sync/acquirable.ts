/** What everything has that is acquired and released. */

import type { WaitOptions } from './wait-options.js';

/** What can be held: locks, semaphores, the two sides of an RWLock, conditions. */
export interface Acquirable {
  /**
   * Blocks the thread until held. No `timeout` (in milliseconds): waits for ever; 0: tries once.
   *
   * @returns false if the timeout passed first
   */
  acquire(timeout?: number): boolean;

  /**
   * Waits without blocking the event loop, and keeps the program alive meanwhile. Gives up cleanly:
   * after a timeout (false) or an abort (rejects with `signal.reason`) nothing is held or owed.
   */
  acquireAsync(options?: WaitOptions): Promise<boolean>;

  /** Lets it go. LockStateError where it is not held. */
  release(): void;

  /** `using held = lock.hold();` releases at the end of the block. */
  hold(): Disposable;

  /** `using held = await lock.holdAsync();` */
  holdAsync(options?: { signal?: AbortSignal | undefined }): Promise<Disposable>;
}

/** What hold() returns: releases once, however often it is disposed of. */
export class Hold implements Disposable {
  #held: { release(): void } | undefined;

  constructor(held: { release(): void }) {
    this.#held = held;
  }

  [Symbol.dispose](): void {
    const held = this.#held;
    this.#held = undefined;
    held?.release();
  }
}

export function hold(what: Acquirable): Disposable {
  what.acquire();
  return new Hold(what);
}

export async function holdAsync(what: Acquirable, options?: { signal?: AbortSignal | undefined }): Promise<Disposable> {
  // What is no object is refused below.
  if ((options as WaitOptions | null | undefined)?.timeout !== undefined) {
    throw new TypeError(
      'holdAsync() takes no `timeout`, because what it returns is held. Use acquireAsync(), which tells whether it is.',
    );
  }
  await what.acquireAsync(options);
  return new Hold(what);
}
