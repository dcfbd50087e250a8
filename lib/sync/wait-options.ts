/** The arguments that every wait takes, checked at the call. */

import { performance } from 'node:perf_hooks';
import { readOptions } from '../tasks/option-names.js';
import { broken } from '../tasks/show.js';

/** Limits of an asynchronous wait. */
export interface WaitOptions {
  /** Milliseconds, from 0 (tries once) up; default: no limit. */
  timeout?: number | undefined;
  /** Ends the wait, which rejects with `signal.reason`. */
  signal?: AbortSignal | undefined;
}

/** A wait's end: `until` on the clock of `now()`, 0 for "try once", Infinity for "no limit". */
export interface Limits {
  readonly until: number;
  /** As it was given, for messages: options are read once. */
  readonly timeout?: number | undefined;
  readonly signal: AbortSignal | undefined;
}

/** Milliseconds on a clock that is never set back. */
export function now(): number {
  return performance.now();
}

/** When a wait of `timeout` milliseconds ends. TypeError or RangeError unless it is a number from 0 up. */
export function deadline(timeout: number | undefined): number {
  if (timeout === undefined) return Infinity;
  if (typeof timeout !== 'number') throw new TypeError(broken('timeout', TIMEOUT, timeout));
  if (!(timeout >= 0)) throw new RangeError(broken('timeout', TIMEOUT, timeout));
  return timeout === 0 ? 0 : now() + timeout;
}

/** The options of an asynchronous wait. Throws the signal's reason if it has been aborted already. */
export function limits(options: WaitOptions | undefined): Limits {
  if (options === undefined) return NO_LIMITS;
  const { timeout, signal } = readOptions(options, '{ timeout: 500, signal }', 'timeout', 'signal');
  const until = deadline(timeout);
  if (signal !== undefined) {
    if (!isSignal(signal)) throw new TypeError(broken('signal', 'an AbortSignal', signal));
    if (signal.aborted) throw signal.reason;
  }
  return { until, timeout, signal };
}

/** Waits as long as it takes. */
export const NO_LIMITS: Limits = { until: Infinity, signal: undefined };
const TIMEOUT = 'a number of milliseconds from 0 up, or Infinity for no limit';

/** By shape: the signal may come from another realm or from a polyfill. */
function isSignal(value: unknown): value is AbortSignal {
  return (
    typeof value === 'object' &&
    value !== null &&
    typeof (value as AbortSignal).aborted === 'boolean' &&
    typeof (value as AbortSignal).addEventListener === 'function' &&
    typeof (value as AbortSignal).removeEventListener === 'function'
  );
}

/** TypeError or RangeError unless `value` is an integer from `least` to `most`. */
export function checkInteger(name: string, value: unknown, least: number, most: number): asserts value is number {
  const rule = `an integer from ${least} to ${most}`;
  if (typeof value !== 'number') throw new TypeError(broken(name, rule, value));
  if (!Number.isInteger(value) || value < least || value > most) throw new RangeError(broken(name, rule, value));
}
