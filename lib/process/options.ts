/** What a Process can be told, and the checks of it. */
import { MOST_ARGS } from '../tasks/most-args.js';
import { isTaskReference } from '../tasks/reference.js';
import { readOptions } from '../tasks/option-names.js';
import { broken } from '../tasks/show.js';
import type { Task } from '../tasks/reference.js';

/** What a process runs, and how. */
export interface ProcessOptions<A extends readonly any[] = any[]> {
  /** What the process runs. Default: nothing; a subclass's run() is its own. */
  target?: Task<A, unknown> | undefined;
  /** The target's arguments. They travel as a task's do: copied, move()d, or shared. */
  args?: readonly [...A] | undefined;
  /** Default 'Process-1', 'Process-2', …; of a subclass its own name; in a process its place: 'Process-2:1'. */
  name?: string | undefined;
  /** A daemon does not keep the program alive, and ends with it. Default false. */
  daemon?: boolean | undefined;
}

const EXAMPLE = '{ target, args: [1] }';

/** What a process was told. */
export interface Given {
  readonly target: unknown;
  readonly name: string | undefined;
  readonly daemon: boolean;
  readonly args: readonly unknown[];
}

/** The options, all of them; the target as it is. TypeError for a value that none can be. */
export function checkOptions(given: unknown): Given {
  if (isTaskReference(given)) {
    throw new TypeError(broken('options', `an object such as ${EXAMPLE}`, given));
  }
  const options = readOptions(given as Record<keyof Given, unknown>, EXAMPLE, 'target', 'name', 'daemon', 'args');
  const { target, name, daemon = false, args = [] } = options;
  if (name !== undefined && (typeof name !== 'string' || name === '')) {
    throw new TypeError(broken('name', 'a string that is not empty', name));
  }
  if (!Array.isArray(args)) throw new TypeError(broken('args', "an array of the target's arguments", args));
  if (args.length > MOST_ARGS) throw new RangeError(broken('args', `an array of at most ${MOST_ARGS} arguments`, args));
  return { target, name, daemon: checkDaemon(daemon), args: [...(args as unknown[])] };
}

export function checkDaemon(value: unknown): boolean {
  if (typeof value !== 'boolean') throw new TypeError(broken('daemon', 'true or false', value));
  return value;
}
