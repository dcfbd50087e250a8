/**
 * How messages speak of a value and of the rule that it breaks: one voice in all of them. A message of one sentence
 * ends without a full stop; one that goes on ends each sentence with one.
 */
import { inspect, type InspectOptions } from 'node:util';

/**
 * A value for a message, on one level. Whatever the value is: its own inspection, or a getter that inspect() asks, may
 * throw, and a message about a wrong argument must not fail over it.
 */
export function show(value: unknown, options?: InspectOptions): string {
  try {
    return inspect(value, { depth: 0, maxStringLength: 60, maxArrayLength: 5, ...options });
  } catch {
    return 'an object that cannot be shown';
  }
}

/** A value on one line, and its type: `0 (number)`, `'x' (string)`, `[ 1, 2 ] (array)`, `null`. Never throws. */
export function shown(value: unknown): string {
  if (value === null || value === undefined) return String(value);
  if (typeof value === 'function') return 'a function';
  const text = show(value, { breakLength: Infinity });
  return `${text.length > 120 ? `${text.slice(0, 117)}...` : text} (${typeOf(value)})`;
}

/** The message for an argument that breaks its rule: "Expected `timeout` to be a number …, got '5' (string)". */
export function broken(name: string, rule: string, value: unknown): string {
  return `Expected \`${name}\` to be ${rule}, got ${shown(value)}`;
}

function typeOf(value: unknown): string {
  try {
    return Array.isArray(value) ? 'array' : typeof value;
  } catch {
    return typeof value; // a revoked Proxy
  }
}
