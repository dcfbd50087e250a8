import { existsSync } from 'node:fs';
import { basename, dirname, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { types } from 'node:util';
import { sourceUrl } from './evaluate.js';
import { toolRemedy } from './tool-variables.js';
import type { SourceSpec, TaskSpec } from './spec.js';

/**
 * `error` as the user should see it: where a task sent as source tripped over what it left behind (a
 * variable or `this` of the code around it, a module beside it), its message and stack say so and what
 * to do. Any other error is as it was.
 */
export function explain(error: unknown, spec: TaskSpec): unknown {
  if (spec.kind !== 'source' || !types.isNativeError(error)) return error;
  try {
    const remedy = missingVariable(error, spec) ?? missingThis(error, spec) ?? missingModule(error);
    return remedy === undefined ? error : withRemedy(error, remedy);
  } catch {
    return error; // accessors of the error's own that throw
  }
}

const PASS_IT = 'Pass it through `args`, or export the function from a module and name it with taskModule().';

function missingVariable(error: Error, spec: SourceSpec): string | undefined {
  if (error.name !== 'ReferenceError') return undefined;
  const name = /^(\S+) is not defined$/.exec(error.message)?.[1];
  if (name === undefined || !isUsed(name, spec.source) || !isThrownBy(error, spec)) return undefined;
  return (
    `the task ${spec.label} was sent as source, and a source cannot close over variables. ` +
    (toolRemedy(name) ?? PASS_IT)
  );
}

function missingThis(error: Error, spec: SourceSpec): string | undefined {
  if (!/^Cannot (?:read|set) properties of undefined/.test(error.message)) return undefined;
  if (!isUsed('this', spec.source) || !isThrownBy(error, spec)) return undefined;
  return (
    `the task ${spec.label} was sent as source and uses \`this\`, which is undefined there. ` +
    'Pass what it needs through `args`, or export a function from a module and name it with taskModule().'
  );
}

/** The file that evaluates sources, which import() in a source takes for the source's own. */
const EVALUATOR = fileURLToPath(new URL('./evaluate.js', import.meta.url));

function missingModule(error: Error): string | undefined {
  const { code } = error as NodeJS.ErrnoException;
  if (code !== 'ERR_MODULE_NOT_FOUND' || !error.message.includes(`imported from ${EVALUATOR}`)) return undefined;
  // A file named by a full path or URL is simply not there.
  if (!error.message.startsWith('Cannot find package') && !error.message.includes(`'${dirname(EVALUATOR)}${sep}`)) {
    return undefined;
  }
  return (
    'a task sent as source has no file of its own from which to look for modules. Export the function from a module ' +
    "and name it with taskModule(), or pass import.meta.resolve('…') through `args`."
  );
}

/**
 * Where the file that `module` names is not there, or is one that Node.js does not load: the error says so, and what to
 * do. An error of what the module imports is left as it is.
 */
export function explainFile(error: unknown, module: string): void {
  if (!types.isNativeError(error)) return;
  const { code } = error as NodeJS.ErrnoException;
  const file = fileURLToPath(module);
  if (code === 'ERR_MODULE_NOT_FOUND' && error.message.startsWith(`Cannot find module '${file}'`)) {
    const source = file.replace(/js$/, 'ts');
    const remedy = source !== file && existsSync(source) ? compiled(basename(source)) : NOT_THERE;
    withRemedy(error, remedy, / imported from .*/);
  } else if (code === 'ERR_UNKNOWN_FILE_EXTENSION' && /\.[cm]?tsx?$/.test(file) && error.message.endsWith(file)) {
    withRemedy(error, 'threads load modules as Node.js does, without the compiler. Name the compiled file.');
  }
}

const NOT_THERE =
  'threads import this file at run time, so it has to be there then: compiled, and in a bundled program an entry ' +
  'point of its own';

function compiled(source: string): string {
  return (
    `there is ${source}, but threads load modules as Node.js does, without the compiler or the test runner of the ` +
    'program. Name the compiled file, or the .ts file on Node.js 22.18 and later.'
  );
}

/** Whether `name` stands in the source as an identifier, not as a property (`.name`). */
function isUsed(name: string, source: string): boolean {
  const escaped = name.replace(/[$\\^.*+?()[\]{}|]/g, '\\$&');
  return new RegExp(String.raw`(?<![\w$\u0080-\uffff]|(?<!\.\.)\.\s*)${escaped}(?![\w$\u0080-\uffff])`).test(source);
}

/** Whether the topmost frame is the task's: not a function of a module that it imported. */
function isThrownBy(error: Error, spec: SourceSpec): boolean {
  const top = /^ {4}at (.*)$/m.exec(String(error.stack))?.[1];
  return top === undefined || top.includes(sourceUrl(spec.label));
}

function withRemedy(error: Error, remedy: string, noise: RegExp | string = ''): Error {
  const { message, stack } = error;
  if (message.endsWith(remedy)) return error;
  // Node's own advice would be a path from the file that evaluates sources.
  error.message = `${message.replace(/\nDid you mean to import [^]*$/, '').replace(noise, '')}: ${remedy}`;
  if (typeof stack === 'string') error.stack = stack.replace(message, () => error.message);
  return error;
}
