import { withCaller } from './stack-frames.js';
import type { TaskErrorInfo } from './error-transport.js';
import type { Site } from './call-site.js';

/**
 * An error made on the caller's side on behalf of a call: its stack shows where the call was made instead of
 * granule's own frames, and `task` which item of it, as those of errors that came from a thread do.
 */
export function placed<E extends Error>(error: E, site: Site, task?: TaskErrorInfo): E {
  const stack = withCaller(`${error.name}: ${error.message}`, task, site.stack);
  Object.defineProperty(error, 'stack', { value: stack, configurable: true, writable: true });
  if (task !== undefined) {
    Object.defineProperty(error, 'task', { value: Object.freeze(task), configurable: true, writable: true });
  }
  return error;
}
