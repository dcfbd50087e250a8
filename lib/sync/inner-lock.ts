/** What a Condition needs of its lock, and nobody else sees. */

import { types } from 'node:util';
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

/**
 * What a Lock or an RLock shows under INNER; undefined for all else. By shape, for the lock may come from another copy
 * of the package; not of a Proxy, which shows anything and holds nothing.
 */
export function innerOf(lock: unknown): InnerLock | undefined {
  if (typeof lock !== 'object' || lock === null || types.isProxy(lock)) return undefined;
  try {
    const inner = (lock as { [INNER]?: InnerLock })[INNER];
    return typeof inner?.letGo === 'function' ? inner : undefined;
  } catch {
    return undefined; // an object that only inherits from a Lock
  }
}
