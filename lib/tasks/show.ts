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
