/**
 * Errors inside values. As with structured clone: class, message, stack, cause; and beyond it: an AggregateError's
 * errors, the name of a subclass, and own properties that are primitives (code, errno, path). What a task throws goes
 * another way, lib/tasks/error-transport.ts.
 */
import { errorClass, errorType, nameOf } from '../error-types.js';
import { isPrimitive } from '../primitive.js';

export interface ErrorParts {
  /** 'DOMException', or the class of the language's or granule's that it is an instance of. */
  readonly type: string;
  readonly stack: string | undefined;
  readonly message: string | undefined;
  /** Only where the class does not give it. */
  readonly name: string | undefined;
  /** Own properties: what the language gives errors, and primitives. */
  readonly rest: Record<string, unknown>;
}

/** What else the language gives errors of a class. */
const GIVEN = new Map([
  ['AggregateError', ['cause', 'errors']],
  ['SuppressedError', ['cause', 'error', 'suppressed']],
]);
const EACH = ['cause'];
const READ = new Set(['message', 'name', 'stack']);

/** Reads an error; what its accessors throw is thrown. */
export function errorParts(error: Error): ErrorParts {
  const { message, name, stack } = error as { message: unknown; name: unknown; stack: unknown };
  const type = errorType(error);
  const rest: Record<string, unknown> = Object.create(null);
  const given = GIVEN.get(type) ?? EACH;
  for (const key of given) {
    if (Object.hasOwn(error, key)) define(rest, key, (error as unknown as Record<string, unknown>)[key], true);
  }
  for (const key of Object.keys(error)) {
    if (READ.has(key) || given.includes(key)) continue;
    const value = (error as unknown as Record<string, unknown>)[key];
    if (isPrimitive(value)) define(rest, key, value, true);
  }
  const usual = type === 'DOMException' ? undefined : nameOf(errorClass(type));
  return {
    type,
    stack: typeof stack === 'string' ? stack : undefined,
    message: message !== '' || Object.hasOwn(error, 'message') ? String(message) : undefined,
    name: name !== usual && typeof name === 'string' ? name : undefined,
    rest,
  };
}

/** An error of that class, of this module's realm; the rest is to be set part by part. */
export function makeError({ type, message, name, stack }: Omit<ErrorParts, 'rest'>): Error {
  if (type === 'DOMException') {
    const exception = new DOMException(message ?? '', name ?? 'Error');
    define(exception, 'stack', stack, false);
    return exception;
  }
  // Finding out the stack takes longer than all the rest, and it would be the wrong one.
  const limit = Error.stackTraceLimit;
  Error.stackTraceLimit = 0;
  try {
    const error = construct(type, message);
    if (name !== undefined) define(error, 'name', name, false);
    error.stack = stack;
    return error;
  } finally {
    Error.stackTraceLimit = limit;
  }
}

function construct(type: string, message: string | undefined): Error {
  const Class = errorClass(type);
  if (PLAIN.has(type)) return new (Class as ErrorConstructor)(message);
  // Its own constructor may want other arguments.
  const error = Reflect.construct<[], Error>(Error, [], Class);
  if (message !== undefined) define(error, 'message', message, false);
  return error;
}
const PLAIN = new Set([Error, EvalError, RangeError, ReferenceError, SyntaxError, TypeError, URIError].map(nameOf));

/** Sets one of the rest on an error of that type. */
export function setPart(error: Error, type: string, key: string, value: unknown): void {
  define(error, key, value, !(GIVEN.get(type) ?? EACH).includes(key));
}

function define(target: object, key: string, value: unknown, enumerable: boolean): void {
  Object.defineProperty(target, key, { value, enumerable, configurable: true, writable: true });
}
