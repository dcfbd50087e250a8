/**
 * Which modules this thread is loading because a task is in them. A module that calls a task of its own as it loads,
 * as a program of one file does that forgot its guard, would have threads without end: each loads it, and each calls.
 */
import { GranuleError } from '../errors.js';
import { threadState } from './thread-state.js';

/** How many loads of a module are under way, by its URL. */
const loading = threadState('loading', () => new Map<string, number>());

/** Runs `load`, and says meanwhile that `module` is being loaded. */
export async function asLoading<T>(module: string, load: () => Promise<T>): Promise<T> {
  loading.set(module, (loading.get(module) ?? 0) + 1);
  try {
    return await load();
  } finally {
    const left = loading.get(module)! - 1;
    if (left === 0) loading.delete(module);
    else loading.set(module, left);
  }
}

/** GranuleError where another thread would be sent to `module` while this one loads it. `what` is to be done there. */
export function refuseWhileLoading(module: string, what: string): void {
  if (loading.size === 0 || !loading.has(module)) return;
  throw new GranuleError(
    `${what} cannot be called while a thread loads ${module}: every thread loads that module afresh, and each would ` +
      'make the same call. Put tasks into a file that does not import the one that calls them, or guard the line by ' +
      "`if (isMainThread)`, from 'node:worker_threads'.",
  );
}
