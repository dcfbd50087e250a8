/** What start() does: looks at all that is to travel, refuses what cannot, and starts the thread. */
import { GranuleError } from '../errors.js';
import { prepareMessage } from '../tasks/codec/message.js';
import { currentProcess } from '../tasks/current-process.js';
import type { ResolvedTask } from '../tasks/spec.js';
import { Child } from './child.js';
import { bootstrap } from './phase.js';
import { fieldsOf, locate } from './subclass.js';

/** A process that has not been started. */
export interface Plan {
  readonly name: string;
  readonly daemon: boolean;
  readonly lineage: string;
  readonly task: ResolvedTask | undefined;
  readonly args: readonly unknown[];
  /** Of a subclass with a run() of its own, which is to be called in the thread. */
  readonly instance: object | undefined;
  /** The method whose caller the stack of an error shows. */
  readonly from: (...args: never[]) => unknown;
}

/** Throws what start() throws, and then nothing has left and no thread has been started. */
export function launch({ name, daemon, lineage, task, args: given, instance, from }: Plan): Child {
  refuseWhileLoading(name);
  const location = instance && locate(instance);
  // All is looked at before anything leaves.
  const sending = { taken: new Set<object>() };
  const fields = instance && prepareMessage(fieldsOf(instance), 'this', sending);
  const args = prepareMessage(given, 'args', sending);
  const site: { stack?: string } = {};
  Error.captureStackTrace(site, from);
  return new Child({
    name,
    daemon,
    lineage,
    target: task?.spec,
    args,
    subclass: location && { ...location, fields: fields! },
    label: location === undefined ? (task?.spec.label ?? 'nothing') : `${location.name}.run`,
    callStack: site.stack,
  });
}

/** Python: "An attempt has been made to start a new process before … has finished its bootstrapping phase". */
function refuseWhileLoading(name: string): void {
  if (bootstrap.loading === undefined) return;
  throw new GranuleError(
    `Process ${name} cannot be started while ${currentProcess().name} loads ${bootstrap.loading}: every process ` +
      'loads afresh the module that it runs, and each would start the next. Start processes in a function, or guard ' +
      "the line by `if (isMainThread)`, from 'node:worker_threads'.",
  );
}
