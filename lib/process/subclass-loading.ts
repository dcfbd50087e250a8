/** An instance of a subclass of Process, made again in its thread. */
import { types } from 'node:util';
import { REVIVE, type Revivable } from './revive.js';
import type { SubclassSpec } from './protocol.js';
import type { Runnable } from '../tasks/evaluate.js';

/** Imports the class; its constructor does not run: the fields are what it had made. */
export async function loadInstance(
  { module, name }: SubclassSpec,
  fields: Record<string, unknown>,
  target: Runnable | undefined,
  args: readonly unknown[],
): Promise<{ run(): unknown }> {
  const exports = (await import(module)) as Record<string, unknown>;
  const instance = findClass(exports, module, name)[REVIVE](target, args);
  for (const key of Object.keys(fields)) {
    Object.defineProperty(instance, key, {
      value: fields[key],
      enumerable: true,
      configurable: true,
      writable: true,
    });
  }
  return instance;
}

/** By its own name, whatever it is exported as. A CommonJS module's exports are in its `default`. */
function findClass(exports: Record<string, unknown>, module: string, name: string): Revivable {
  const inner: unknown = exports['default'];
  const all = [exports, ...(typeof inner === 'object' && inner !== null ? [inner as Record<string, unknown>] : [])];
  const candidates = all.flatMap((names) => [names[name], ...Object.values(names)]);
  const found = candidates.find((value) => typeof value === 'function' && value.name === name && REVIVE in value);
  if (found !== undefined) return found as Revivable;
  const names = [...new Set(all.flatMap((exported) => Object.keys(exported)))].sort();
  throw new TypeError(
    `Expected the class ${name} to be exported by ${module}, which is its \`static module\` and exports ` +
      `${names.length === 0 ? 'nothing' : `only ${names.join(', ')}`}. Write \`export class ${name} extends ` +
      'Process`: a process makes its object again from the module, in a thread of its own.',
  );
}

/** The error, with what to do where run() asked for a private member that the object made again does not have. */
export function explainPrivate(error: unknown, className: string): unknown {
  if (!types.isNativeError(error) || error.name !== 'TypeError') return error;
  const { message, stack } = error;
  if (!/private member|^Receiver must be|^Object must be an instance of/.test(message)) return error;
  error.message =
    `${message}: private fields and methods (#x) of ${className} do not travel to the process's thread. ` +
    'Use a field without #, which travels as an argument does.';
  if (typeof stack === 'string') error.stack = stack.replace(message, () => error.message);
  return error;
}
