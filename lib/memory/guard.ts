/** The lock that a Value or a SharedArray comes with. */

import { LockStateError } from '../errors.js';
import { innerOf } from '../sync/inner-lock.js';
import type { Lock } from '../sync/lock.js';
import { RLock } from '../sync/rlock.js';
import { readOptions } from '../tasks/option-names.js';
import { broken } from '../tasks/show.js';

/** Which lock a Value or a SharedArray gets. */
export interface LockOptions {
  /** true (default): an RLock of its own; false: none; or the Lock or RLock to use, which others may use too. */
  lock?: boolean | Lock | RLock | undefined;
}

/** The lock that the options ask for, made if need be: now, so that every thread has the same. */
export function guardOf(options: LockOptions | undefined): Lock | RLock | undefined {
  const { lock = true } = readOptions(options, '{ lock: false }', 'lock');
  if (typeof lock === 'boolean') return lock ? new RLock() : undefined;
  if (innerOf(lock) === undefined) {
    throw new TypeError(broken('lock', 'true, false, a Lock or an RLock', lock));
  }
  return lock;
}

/** LockStateError if there is none. */
export function demand(lock: Lock | RLock | undefined, owner: string): Lock | RLock {
  if (lock === undefined) {
    throw new LockStateError(`The ${owner} was made with { lock: false } and has no lock: leave that out to have one`);
  }
  return lock;
}
