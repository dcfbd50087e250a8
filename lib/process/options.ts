/** What a Process can be told, and the checks of it. */
import { MOST_ARGS } from '../tasks/most-args.js';
import { broken } from '../tasks/show.js';
import type { Task } from '../tasks/reference.js';

/** What a process runs, and how. */
export interface ProcessOptions<A extends readonly any[] = any[]> {
  /** What the process runs. Default: nothing; a subclass's run() is its own. */
  target?: Task<A, unknown>;
  /** The target's arguments. They travel as a task's do: copied, move()d, or shared. */
  args?: readonly [...A];
  /** Default 'Process-1', 'Process-2', …; of a subclass its own name; in a process its place: 'Process-2:1'. */
  name?: string;
  /** A daemon does not keep the program alive, and ends with it. Default false. */
  daemon?: boolean;
}

/** The options, all of them. TypeError for a value that none can be. */
export function checkOptions(given: unknown): { name: string | undefined; daemon: boolean; args: readonly unknown[] } {
  if (typeof given !== 'object' || given === null) {
    throw new TypeError(broken('options', 'an object such as { target, args: [1] }', given));
  }
  const { name, daemon = false, args = [] } = given as Record<string, unknown>;
  if (name !== undefined && (typeof name !== 'string' || name === '')) {
    throw new TypeError(broken('name', 'a string that is not empty', name));
  }
  if (!Array.isArray(args)) throw new TypeError(broken('args', "an array of the target's arguments", args));
  if (args.length > MOST_ARGS) throw new RangeError(broken('args', `an array of at most ${MOST_ARGS} arguments`, args));
  return { name, daemon: checkDaemon(daemon), args: [...(args as unknown[])] };
}

export function checkDaemon(value: unknown): boolean {
  if (typeof value !== 'boolean') throw new TypeError(broken('daemon', 'true or false', value));
  return value;
}
