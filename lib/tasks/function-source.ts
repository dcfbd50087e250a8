import { inspect, types } from 'node:util';
import { Script } from 'node:vm';

/** A function's text, ready to be evaluated elsewhere. */
export interface FunctionSource {
  /** One expression whose value is the function. */
  readonly source: string;
  /** Whether it is to be evaluated as strict code, as everything in an ES module is. */
  readonly strict: boolean;
  /** The function's name, '' for a function without. */
  readonly name: string;
}

/**
 * The text of `fn` as an expression. A TypeError for what has no text, or whose text means nothing
 * elsewhere: native code, bound functions and proxies, classes, generators, accessors, and functions
 * that lean on the function or class around them (`super`, private names, an arrow's `arguments`).
 */
export function functionSource(fn: object, what: string): FunctionSource {
  const text = Function.prototype.toString.call(fn);
  const given = (fn as { name?: unknown }).name;
  const name = typeof given === 'string' ? given : '';
  refuseUnsendable(fn, text, name, what);
  const sloppy = isSloppy(fn);
  const forms = [text, methodAsFunction(text)].filter((form) => form !== undefined);
  const modes = sloppy ? [false] : [true, false];
  let reason: unknown;
  for (const source of forms) {
    for (const strict of modes) {
      const error = syntaxError(`${strict ? "'use strict';" : ''}(${source}\n)`);
      if (error === undefined) {
        refuseOuterArguments(source, name, what);
        return { source, strict, name };
      }
      // The reason that counts is the likeliest reading's: the last form, in the mode it was written in.
      if (strict || sloppy) reason = error;
    }
  }
  const why = /^[gs]et /.test(name) ? 'it is an accessor' : (reason as Error).message;
  throw new TypeError(
    `Expected \`${what}\` to be a function that can be sent as source, but ${quoted(name)} means nothing outside ` +
      `its place: ${why}. Export a function from a module and name it with taskModule().`,
    { cause: reason },
  );
}

/** Up to V8 13 a sloppy function has a `caller` of its own; later ones answer null where strict ones throw. */
const OWN_CALLER = Number.parseInt(process.versions.v8, 10) < 14;

/** Only a plain `function` tells. Others are taken as strict if they can be. */
export function isSloppy(fn: object): boolean {
  if (OWN_CALLER) return Object.hasOwn(fn, 'caller');
  if (!Object.hasOwn(fn, 'prototype')) return false; // an arrow, a method: the look would throw, which is slow
  try {
    void (fn as { readonly caller?: unknown }).caller;
    return true;
  } catch {
    return false;
  }
}

/** Whether calling `fn` without `new` can only throw. */
export function isClass(fn: object): boolean {
  // A class's `prototype` is read-only, a frozen function's too; a method called `class` has none.
  return (
    Object.getOwnPropertyDescriptor(fn, 'prototype')?.writable === false &&
    /^class\b/.test(Function.prototype.toString.call(fn))
  );
}

function refuseUnsendable(fn: object, text: string, name: string, what: string): void {
  if (types.isProxy(fn)) {
    throw new TypeError(
      `Expected \`${what}\` to be a function with a source, got a Proxy of one. Pass the function itself.`,
    );
  }
  if (/^function[^{}]*\{\s*\[native code\]\s*\}$/.test(text)) {
    throw new TypeError(
      name.startsWith('bound ')
        ? `Expected \`${what}\` to be a function with a source, but ${quoted(name)} was made by bind(), and what it ` +
          'is bound to cannot be read. Pass the original function, and the bound arguments as `args`.'
        : `Expected \`${what}\` to be a function with a source, but ${quoted(name)} is native code. ` +
          `Wrap it in a function that calls it, as in (x) => Math.sqrt(x).`,
    );
  }
  if (isClass(fn)) {
    throw new TypeError(
      `Expected \`${what}\` to be a function, got class ${quoted(name)}, which cannot be called. ` +
        `Export a function that makes the instance and returns plain data, and name it with taskModule().`,
    );
  }
  if (types.isGeneratorFunction(fn)) {
    throw new TypeError(
      `Expected \`${what}\` to be a function, got the generator function ${quoted(name)}, whose iterator cannot ` +
        `cross to another thread. Return an array: [...${name || 'generate'}()].`,
    );
  }
}

/**
 * An arrow's `arguments` are those of the function around it, which stays behind. The engine finds
 * such a use exactly: a class field's initializer may not contain one.
 */
function refuseOuterArguments(source: string, name: string, what: string): void {
  if (!/\barguments\b/.test(source)) return;
  const error = syntaxError(`(class { static field = (${source}\n); })`);
  if (error !== undefined && /\barguments\b/.test(error.message)) {
    throw new TypeError(
      `Expected \`${what}\` to be self-contained, but the arrow function ${quoted(name)} uses the \`arguments\` of ` +
        'the function around it. Declare parameters instead: (...args) => …',
    );
  }
}

function syntaxError(code: string): Error | undefined {
  try {
    new Script(code); // compiles, does not run
    return undefined;
  } catch (error) {
    return error as Error;
  }
}

/**
 * A method's text, `async square(x) {…}`, as the function expression `async function (x) {…}`:
 * the key is dropped, because a computed one would be evaluated again, and with other variables.
 * undefined if the text is no method's; an accessor is none.
 */
function methodAsFunction(text: string): string | undefined {
  let at = skipBlank(text, 0);
  let prefix = '';
  const word = /^(async|get|set)\b/.exec(text.slice(at))?.[0];
  if (word !== undefined) {
    const next = skipBlank(text, at + word.length);
    if (text[next] !== '(') {
      if (word !== 'async') return undefined;
      prefix = 'async ';
      at = next;
    }
  }
  const key = skipKey(text, at);
  const parameters = skipBlank(text, key);
  return key > at && text[parameters] === '(' ? `${prefix}function ${text.slice(parameters)}` : undefined;
}

/** The index after a property's key. */
function skipKey(text: string, start: number): number {
  const first = text[start];
  if (first === '"' || first === "'") return skipString(text, start);
  if (first !== '[') return start + (/^[^\s(/]*/.exec(text.slice(start))?.[0].length ?? 0);
  let depth = 0;
  for (let at = start; at < text.length; at++) {
    const character = text[at];
    if ('([{'.includes(character)) depth++;
    else if (')]}'.includes(character)) depth--;
    else if ('"\'`'.includes(character)) at = skipString(text, at) - 1;
    else if (character === '/') at = Math.max(at, skipBlank(text, at) - 1);
    if (depth === 0) return at + 1;
  }
  return text.length;
}

/** The index after a string literal; a template's `${}` is skipped as text. */
function skipString(text: string, start: number): number {
  let at = start + 1;
  while (at < text.length && text[at] !== text[start]) at += text[at] === '\\' ? 2 : 1;
  return at + 1;
}

/** The index after white space and comments. */
function skipBlank(text: string, start: number): number {
  const blank = /(?:\s|\/\/[^\n\r\u2028\u2029]*|\/\*[^]*?\*\/)*/y;
  blank.lastIndex = start;
  return start + (blank.exec(text)?.[0].length ?? 0);
}

function quoted(name: string): string {
  return name === '' ? '(anonymous)' : inspect(name);
}
