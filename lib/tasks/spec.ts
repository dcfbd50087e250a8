import { ANONYMOUS } from './evaluate.js';
import { functionSource, isSloppy } from './function-source.js';
import { isFileUrl, isTaskModule, isTaskReference } from './reference.js';
import { broken } from './show.js';

/** What a thread needs to have a task: plain and cloneable. `label` is the task's name for people. */
export type TaskSpec = ModuleSpec | SourceSpec;

export interface ModuleSpec {
  readonly kind: 'module';
  /** A file: URL. */
  readonly module: string;
  /** The export's name. */
  readonly name: string;
  readonly label: string;
}

export interface SourceSpec {
  readonly kind: 'source';
  /** An expression whose value is the function. */
  readonly source: string;
  /** Whether it is strict code. */
  readonly strict: boolean;
  readonly label: string;
}

/** `key` tells tasks apart: equal for two functions with the same name and source. */
export interface ResolvedTask {
  readonly spec: TaskSpec;
  readonly key: string;
}

const resolved = new WeakMap<object, ResolvedTask>();

/**
 * What to send for a task. A TypeError, which calls the argument `what`, for what no thread can run.
 * The same function or reference gives the same object, without looking at it again.
 */
export function resolveTask(task: unknown, what = 'task'): ResolvedTask {
  if (typeof task !== 'function' && (typeof task !== 'object' || task === null)) throw notATask(task, what);
  let result = resolved.get(task);
  if (result === undefined) {
    result = typeof task === 'function' ? resolveFunction(task, what) : resolveReference(task, what);
    resolved.set(task, result);
  }
  return result;
}

function resolveReference(task: object, what: string): ResolvedTask {
  if (!isTaskReference(task)) throw notATask(task, what);
  const { module, name } = task;
  if (!isFileUrl(module)) {
    throw new TypeError(`${broken(`${what}.module`, 'a file: URL', module)}. Name it by taskModule().`);
  }
  if (name === 'then') {
    throw new TypeError(
      `Expected \`${what}.name\` to be an export's name, got 'then': import() takes a module with such an export ` +
        'for a promise. Export the function under another name.',
    );
  }
  return { spec: { kind: 'module', module, name, label: name }, key: `${module}#${name}` };
}

/**
 * Accepted functions by text, which tells every kind apart: a function in a call, as in
 * `pool.map(x => x * x, …)`, is made anew each time, and checking a text means compiling it.
 */
const texts = new Map<string, ResolvedTask>();
const MAX_TEXTS = 1024;

function resolveFunction(task: { readonly name: unknown }, what: string): ResolvedTask {
  const text = `${String(task.name)}\n${isSloppy(task)}\n${Function.prototype.toString.call(task)}`;
  let result = texts.get(text);
  if (result === undefined) {
    const { source, strict, name } = functionSource(task, what);
    const label = name === '' ? ANONYMOUS : name;
    const key = `source:${label}:${strict ? '' : 'sloppy:'}${source}`;
    result = { spec: { kind: 'source', source, strict, label }, key };
    if (texts.size >= MAX_TEXTS) texts.clear();
    texts.set(text, result);
  }
  return result;
}

function notATask(task: unknown, what: string): TypeError {
  if (isTaskModule(task)) {
    return new TypeError(
      `Expected \`${what}\` to be one function of the module, got all that taskModule() gives: name one, as in ` +
        'const { work } = taskModule(…)',
    );
  }
  return new TypeError(broken(what, 'a function or a reference that taskModule() made', task));
}
