import { types } from 'node:util';
import * as errors from '../errors.js';

/** A class whose instances cross as what they are. */
export type ErrorClass = new (...args: never[]) => Error;

/** The language's classes; a Node without SuppressedError takes it for an Error. */
const BUILT_IN = new Map<string, ErrorClass>();
for (const name of [
  'Error',
  'EvalError',
  'RangeError',
  'ReferenceError',
  'SyntaxError',
  'TypeError',
  'URIError',
  'AggregateError',
  'SuppressedError',
]) {
  addBuiltIn(globalThis, name);
}
for (const name of ['CompileError', 'LinkError', 'RuntimeError']) {
  addBuiltIn(Reflect.get(globalThis, 'WebAssembly'), name);
}

/** granule's classes by `code`, which is theirs alone. */
const OWN = new Map<unknown, ErrorClass>();
for (const type of Object.values(errors)) {
  OWN.set(new type('', { exitCode: undefined, threadId: undefined }).code, type);
}
const OWN_BY_NAME = new Map([...OWN.values()].map((type) => [nameOf(type), type]));

/** The class of an error's type, as this module's realm has it. */
export function errorClass(type: string): ErrorClass {
  return OWN_BY_NAME.get(type) ?? BUILT_IN.get(type) ?? Error;
}

/** The name that instances of a type have from their prototype. */
export function nameOf(type: ErrorClass): string {
  return (type.prototype as Error).name;
}

/** The type an error is rebuilt as: found by the prototypes' constructors, because it may be of any realm. */
export function errorType(error: object): string {
  if (isDOMException(error)) return 'DOMException';
  const own = ownType(error);
  if (own !== undefined) return own;
  for (let at = prototypeOf(error); at !== null; at = prototypeOf(at)) {
    const made: unknown = Object.getOwnPropertyDescriptor(at, 'constructor')?.value;
    if (typeof made === 'function' && BUILT_IN.has(made.name) && isNative(made)) return made.name;
  }
  return 'Error';
}

/** The class of granule's an error is an instance of, of this copy of the package or another. */
function ownType(error: object): string | undefined {
  try {
    const { code, name } = error as { code?: unknown; name?: unknown };
    const type = OWN.get(code);
    return type !== undefined && name === nameOf(type) ? nameOf(type) : undefined;
  } catch {
    return undefined; // its accessors throw: ours have none
  }
}

/** An Error of any realm, an object of the old style that only inherits from Error, or a DOMException. */
export function isError(value: object): boolean {
  if (types.isNativeError(value) || isDOMException(value)) return true;
  for (let at = prototypeOf(value); at !== null; at = prototypeOf(at)) {
    const made: unknown = Object.getOwnPropertyDescriptor(at, 'constructor')?.value;
    if (typeof made === 'function' && made.name === 'Error' && isNative(made)) return true;
  }
  return false;
}

/** By its brand: isNativeError() does not count it, and its class may be a test framework's copy. */
export function isDOMException(value: object): value is DOMException {
  try {
    // The tag first: a brand that fails costs an error of its own.
    if (Object.prototype.toString.call(value) !== '[object DOMException]') return false;
    brand.call(value);
    return true;
  } catch {
    return false;
  }
}
const brand = Object.getOwnPropertyDescriptor(DOMException.prototype, 'code')?.get as (this: unknown) => number;

function addBuiltIn(home: unknown, name: string): void {
  if (typeof home !== 'object' || home === null) return; // V8 without its compilers has no WebAssembly
  const type: unknown = Reflect.get(home, name);
  if (typeof type === 'function') BUILT_IN.set(name, type as ErrorClass);
}

function prototypeOf(value: object): object | null {
  return Object.getPrototypeOf(value) as object | null;
}

function isNative(type: object): boolean {
  return Function.prototype.toString.call(type).endsWith('{ [native code] }');
}
