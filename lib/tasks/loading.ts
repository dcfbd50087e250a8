/**
 * Which modules this thread is loading because a task is in them. A module that calls a task of its own as it loads,
 * as a program of one file does that forgot its guard, would have threads without end: each loads it, and each calls.
 */
import { GranuleError } from '../errors.js';
import type { TaskSpec } from './spec.js';
import { threadState } from './thread-state.js';

/** How many first loads of a module are under way, by its URL; 0: this thread has it. */
const loads = threadState('loading', () => new Map<string, number>());

/**
 * For threads that were started to run tasks: runs `load`, and says meanwhile that the task's module is being loaded.
 * Not for the thread that makes the calls: an adaptive pool loads modules there while calls of their tasks go on.
 */
export async function asLoading<T>(task: TaskSpec, load: () => Promise<T>): Promise<T> {
  if (task.kind === 'source' || loads.get(task.module) === 0) return load();
  const { module } = task;
  loads.set(module, (loads.get(module) ?? 0) + 1);
  try {
    const loaded = await load();
    loads.set(module, 0);
    return loaded;
  } catch (error) {
    const left = (loads.get(module) ?? 0) - 1;
    if (left > 0) loads.set(module, left);
    else if (left === 0) loads.delete(module);
    throw error;
  }
}

/** GranuleError where another thread would be sent to `module` while this one loads it. `what` is to be done there. */
export function refuseWhileLoading(module: string, what: string): void {
  if (loads.size === 0 || !loads.get(module)) return;
  throw new GranuleError(
    `${what} cannot be called while a thread loads ${module}: every thread loads that module afresh, and each would ` +
      'make the same call. Put tasks into a file that does not import the one that calls them, or guard the line by ' +
      "`if (isMainThread)`, from 'node:worker_threads'.",
  );
}
