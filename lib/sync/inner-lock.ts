/** What a Condition needs of its lock, and nobody else sees. */

import type { Mutex } from './mutex.js';

export const INNER: unique symbol = Symbol.for('granule.lock') as never;

export interface InnerLock {
  readonly mutex: Mutex;
  /** Lets the lock go, however often it is held; returns what retaking it needs. */
  letGo(): number;
  /** Blocks until this thread holds it as before. AbandonedLockError if it never will. */
  retake(depth: number): void;
  retakeAsync(depth: number): Promise<void>;
}
