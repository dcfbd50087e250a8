import type { TaskSpec } from './spec.js';

/** The function a spec stands for; rejects with the module's own error, each time. */
export async function loadTask(spec: TaskSpec): Promise<(...args: any[]) => unknown> {
  throw new TypeError(`not yet: ${spec.label}`);
}

/** `error` as the user should see it: a source task's free variable gets a message that says what to do. */
export function explain(error: unknown, _spec: TaskSpec): unknown {
  return error;
}
