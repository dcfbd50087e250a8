import { isClass } from './function-source.js';
import { ANONYMOUS, sourceUrl } from './spec.js';
import type { ModuleSpec, SourceSpec, TaskSpec } from './spec.js';

export { explain } from './explain.js';

/** A task as a runner calls it. */
export type Runnable = (...args: any[]) => unknown;

/**
 * The function a spec stands for: imports the module, or evaluates the source. Rejects with the
 * module's own error each time it is asked, and with a TypeError if the module has no such function.
 */
export async function loadTask(spec: TaskSpec): Promise<Runnable> {
  return spec.kind === 'source' ? evaluateSource(spec) : pick(await load(spec), spec);
}

/** Evaluated functions by text, so that a task sent again runs the code that is optimized already. */
const evaluated = new Map<string, Runnable>();
const MAX_EVALUATED = 1024;

/**
 * Evaluates in the global scope: nothing of granule's is in reach. Indirect eval rather than node:vm,
 * whose compiled functions cannot import() without an experimental warning (Node 20 to 24).
 */
export function evaluateSource({ source, strict, label }: SourceSpec): Runnable {
  const name = label === ANONYMOUS ? '' : label;
  // An anonymous function takes the name of the property it is the value of; a named one keeps its own.
  const key = JSON.stringify(name);
  const code =
    `(function (__name) { ${strict ? "'use strict'; " : ''}return ({ [${key}]: ${source}\n})[${key}]; })` +
    `\n//# sourceURL=${sourceUrl(label)}`;
  let task = evaluated.get(code);
  if (task === undefined) {
    task = ((0, eval)(code) as (name: typeof setName) => Runnable)(setName);
    if (evaluated.size >= MAX_EVALUATED) evaluated.clear();
    evaluated.set(code, task);
  }
  return task;
}

/** esbuild and tsx wrap the functions they compile in calls of this helper, `__name(fn, 'square')`. */
function setName<F extends object>(fn: F, name: string): F {
  return Object.defineProperty(fn, 'name', { value: name, configurable: true });
}

async function load({ module }: ModuleSpec): Promise<Record<string, unknown>> {
  try {
    return (await import(module)) as Record<string, unknown>;
  } catch (error) {
    nameModule(error, module);
    throw error;
  }
}

/** The stack of a SyntaxError does not tell the file it is in (Node 20 to 24): adds the frame that is missing. */
function nameModule(error: unknown, module: string): void {
  try {
    const failure = error as Error;
    if (typeof failure.stack === 'string' && !failure.stack.includes(module)) {
      failure.stack = `${failure.stack}\n    at import (${module})`;
    }
  } catch {
    // Not an error, or one that does not let itself be changed: it is the module's all the same.
  }
}

function pick(exports: Record<string, unknown>, { module, name }: ModuleSpec): Runnable {
  const value = exportOf(exports, name);
  if (isRunnable(value)) return value;
  const found =
    value === undefined
      ? `has no export '${name}'`
      : `exports ${typeof value === 'function' ? 'a class' : `a value of type ${typeof value}`} as '${name}'`;
  throw new TypeError(`Expected a function '${name}' in ${module}, which ${found}. ${listExports(exports)}`);
}

function isRunnable(value: unknown): value is Runnable {
  return typeof value === 'function' && !isClass(value);
}

function listExports(exports: Record<string, unknown>): string {
  const inner: unknown = exports['default'];
  const innerNames = typeof inner === 'object' && inner !== null ? Object.keys(inner) : [];
  const names = [...new Set([...Object.keys(exports), ...innerNames])];
  const functions = names.filter((name) => isRunnable(exportOf(exports, name)));
  if (functions.length > 0) return `The functions it exports: ${functions.sort().join(', ')}.`;
  return names.length > 0 ? `It exports no function, only ${names.sort().join(', ')}.` : 'It exports nothing.';
}

/**
 * A CommonJS module's exports are all in its `default`; which of them are named exports too is
 * guessed by Node from the text, and the guess misses some. A compiled ES module has its own
 * `default` in there.
 */
function exportOf(exports: Record<string, unknown>, name: string): unknown {
  const value = exports[name];
  if (typeof value === 'function' || (value !== undefined && name !== 'default')) return value;
  const inner: unknown = exports['default'];
  if (inner === null || (typeof inner !== 'object' && typeof inner !== 'function')) return value;
  return Object.hasOwn(inner, name) ? (inner as Record<string, unknown>)[name] : value;
}
