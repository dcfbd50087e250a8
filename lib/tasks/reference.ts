import { isAbsolute } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { optionsOf } from './own-options.js';
import { shown } from './show.js';

/** A function that a thread runs. It may be async. */
export type TaskFunction<A extends readonly any[] = any[], R = any> = (...args: A) => R | PromiseLike<R>;

/**
 * Names an export of a module. The thread imports that module; the caller does so only under
 * execution 'inline' or 'adaptive'.
 */
export interface TaskReference<A extends readonly any[] = any[], R = any> {
  /** A file: URL. */
  readonly module: string;
  /** The export's name. */
  readonly name: string;
  /** For inference only; never present. */
  readonly signature?: (...args: A) => R;
}

/**
 * What every call that runs code in a thread takes: a reference (preferred: typed, debuggable,
 * may use imports), or a self-contained function, which is sent as source. A function that turns
 * out to close over something fails with an error that names the missing variable and says why.
 * Native and bound functions are refused with a TypeError at the call.
 */
export type Task<A extends readonly any[] = any[], R = any> = TaskFunction<A, R> | TaskReference<A, R>;

/** The references of a module's exported functions, by name. */
export type TaskModule<M> = {
  readonly [K in keyof M as M[K] extends (...args: any[]) => any ? K : never]: M[K] extends (
    ...args: infer A
  ) => infer R
    ? TaskReference<A, Awaited<R>>
    : never;
};

/**
 * Typed references to a module's exported functions, without importing it.
 *
 *     const { square } = taskModule<typeof import('./tasks.js')>(new URL('./tasks.js', import.meta.url));
 *     await pool.map(square, [1, 2, 3]);
 *
 * Whether the module exports such a function is seen when a thread loads it. There is no reference for
 * an export called `then`: import() takes a module that has one for a promise.
 *
 * @param url a file: URL, as object or string, or an absolute path; anything else is a TypeError
 */
export function taskModule<M>(url: URL | string): TaskModule<M> {
  const module = moduleUrl(url);
  const references = new Map<string, TaskReference>();
  const all = new Proxy(Object.create(null) as object, {
    get(_target, name) {
      if (typeof name === 'symbol' || name === 'then') return undefined;
      let reference = references.get(name);
      if (reference === undefined) {
        reference = Object.freeze({ module, name });
        references.set(name, reference);
      }
      return reference;
    },
    set: () => false,
    defineProperty: () => false,
    setPrototypeOf: () => false,
  });
  modules.add(all);
  return all as TaskModule<M>;
}

/** What taskModule() has made, to tell it from other objects. */
const modules = new WeakSet<object>();

/** Whether `value` is all of a module's references, where one is meant. */
export function isTaskModule(value: unknown): boolean {
  return typeof value === 'object' && value !== null && modules.has(value);
}

/** Whether `value` has the shape of a TaskReference; what it names is checked by resolveTask(). */
export function isTaskReference(value: unknown): value is TaskReference {
  if (typeof value !== 'object' || value === null) return false;
  const { module, name } = optionsOf(value as Record<'module' | 'name', unknown>, 'module', 'name');
  return typeof module === 'string' && typeof name === 'string';
}

/** Whether `text` is a file: URL that leads to a path on this machine. */
export function isFileUrl(text: string): boolean {
  if (!/^file:\/\//i.test(text)) return false;
  try {
    fileURLToPath(text);
    return true;
  } catch {
    return false; // another host's file, or an encoded slash
  }
}

/** A module as threads import it: a file: URL. TypeError for what is neither that nor an absolute path. */
export function moduleUrl(url: unknown): string {
  const text = typeof url === 'object' && url !== null && 'href' in url ? url.href : url;
  if (typeof text === 'string') {
    if (isFileUrl(text)) return new URL(text).href;
    if (isAbsolute(text)) return pathToFileURL(text).href;
  }
  throw new TypeError(
    `Expected a file: URL or an absolute path, got ${shown(text)}. For a file next to this one: ` +
      `new URL('./tasks.js', import.meta.url), or in CommonJS require.resolve('./tasks.js')`,
  );
}
