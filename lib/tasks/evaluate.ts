import type { SourceSpec } from './spec.js';

/** A task as a runner calls it. */
export type Runnable = (...args: any[]) => unknown;

/** The label of a function without a name. */
export const ANONYMOUS = '(anonymous)';

/** Where a source task's stack frames say they are. */
export function sourceUrl(label: string): string {
  return `granule-task:${label.replace(/[()'"]/g, '').replace(/\s/g, '_')}`;
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
