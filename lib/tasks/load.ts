import { types } from 'node:util';
import { evaluateSource, type Runnable } from './evaluate.js';
import { explainFile } from './explain.js';
import { isClass } from './function-source.js';
import type { ModuleSpec, TaskSpec } from './spec.js';

/**
 * The function a spec stands for: imports the module, or evaluates the source. Rejects with the
 * module's own error each time it is asked, and with a TypeError if the module has no such function.
 */
export async function loadTask(spec: TaskSpec): Promise<Runnable> {
  return spec.kind === 'source' ? evaluateSource(spec) : pick(await load(spec), spec);
}

/** A class whose instances a thread makes. */
export type Constructable = new (...args: any[]) => object;

/** The class that a module exports under that name; rejects as loadTask() does. */
export async function loadClass(spec: ModuleSpec): Promise<Constructable> {
  return pickClass(await load(spec), spec);
}

async function load({ module }: ModuleSpec): Promise<Record<string, unknown>> {
  try {
    return (await import(module)) as Record<string, unknown>;
  } catch (error) {
    nameModule(error, module);
    explainFile(error, module);
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
  throw notExported('function', module, name, value, listExports(exports, isRunnable, ['function', 'functions']));
}

function pickClass(exports: Record<string, unknown>, { module, name }: ModuleSpec): Constructable {
  const value = exportOf(exports, name);
  if (isConstructable(value)) return value;
  throw notExported('class', module, name, value, listExports(exports, isConstructable, ['class', 'classes']));
}

function notExported(what: string, module: string, name: string, value: unknown, others: string): TypeError {
  const found =
    value === undefined
      ? `has no export '${name}'`
      : `exports ${isConstructable(value) ? 'a class' : `a value of type ${typeof value}`} as '${name}'`;
  return new TypeError(`Expected a ${what} '${name}' in ${module}, which ${found}. ${others}`);
}

function isRunnable(value: unknown): value is Runnable {
  return typeof value === 'function' && !isClass(value);
}

/** A class, also as a compiler writes it for older engines: a function with methods in its prototype. */
function isConstructable(value: unknown): value is Constructable {
  if (typeof value !== 'function') return false;
  if (isClass(value)) return true;
  const { prototype } = value as { readonly prototype?: unknown };
  if (typeof prototype !== 'object' || prototype === null) return false;
  return Object.getOwnPropertyNames(prototype).length > 1 && !types.isGeneratorFunction(value);
}

function listExports(
  exports: Record<string, unknown>,
  fits: (value: unknown) => boolean,
  [one, many]: readonly [string, string],
): string {
  const inner: unknown = exports['default'];
  const innerNames = typeof inner === 'object' && inner !== null ? Object.keys(inner) : [];
  const names = [...new Set([...Object.keys(exports), ...innerNames])];
  const fitting = names.filter((name) => fits(exportOf(exports, name)));
  if (fitting.length > 0) return `The ${many} it exports: ${fitting.sort().join(', ')}.`;
  return names.length > 0 ? `It exports no ${one}, only ${names.sort().join(', ')}.` : 'It exports nothing.';
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
