/** What a thread needs to have a task: plain and cloneable. */
export type TaskSpec =
  | { readonly kind: 'module'; readonly module: string; readonly name: string; readonly label: string }
  | { readonly kind: 'source'; readonly source: string; readonly strict: boolean; readonly label: string };

/** `key` tells tasks apart for the cost model. */
export interface ResolvedTask {
  readonly spec: TaskSpec;
  readonly key: string;
}

/**
 * What to send for a task. A TypeError, which calls the argument `what`, for what no thread can run.
 * The same function or reference gives the same object.
 */
export function resolveTask(task: unknown, what = 'task'): ResolvedTask {
  throw new TypeError(`not yet: ${what} ${typeof task}`);
}
