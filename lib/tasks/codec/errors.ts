/**
 * Errors inside values. As structured clone: class (the nearest built-in one), message, stack, cause; beyond it:
 * an AggregateError's errors, the name of a subclass, and own properties that are primitives (code, errno, path).
 */
import { types } from 'node:util';

export interface ErrorParts {
  /** 'DOMException', or the nearest built-in class. */
  readonly type: string;
  readonly stack: string | undefined;
  readonly message: string | undefined;
  /** Only where the class does not give it. */
  readonly name: string | undefined;
  /** cause and errors where present, under those names, and own properties. */
  readonly rest: Record<string, unknown>;
}

type ErrorClass = new (message?: string) => Error;
const classes = new Map<string, ErrorClass>(
  [Error, EvalError, RangeError, ReferenceError, SyntaxError, TypeError, URIError].map((type) => [type.name, type]),
);
const HIDDEN = new Set(['message', 'cause', 'errors', 'name', 'stack']);

export function errorParts(error: Error): ErrorParts {
  const { message, name, stack } = error as { message: unknown; name: unknown; stack: unknown };
  const type = typeOf(error);
  const rest: Record<string, unknown> = Object.create(null);
  if (Object.hasOwn(error, 'cause')) rest.cause = error.cause;
  if (type === 'AggregateError') rest.errors = (error as AggregateError).errors;
  if (type !== 'DOMException') {
    for (const key of Object.keys(error)) {
      if (HIDDEN.has(key)) continue;
      const value = (error as unknown as Record<string, unknown>)[key];
      if (isPrimitive(value)) define(rest, key, value, true);
    }
  }
  return {
    type,
    stack: typeof stack === 'string' ? stack : undefined,
    message: message !== '' || Object.hasOwn(error, 'message') ? String(message) : undefined,
    name: name !== type && typeof name === 'string' ? name : undefined,
    rest,
  };
}

/** An error of that class without cause and other properties: those are set as they are known. */
export function makeError(parts: Omit<ErrorParts, 'rest'>): Error {
  const { type, message, name, stack } = parts;
  const error = type === 'DOMException' ? new DOMException(message, name) : bare(type);
  if (type !== 'DOMException') {
    if (message !== undefined) setPart(error, 'message', message);
    if (name !== undefined) setPart(error, 'name', name);
  }
  setPart(error, 'stack', stack);
  return error;
}

/** Without a stack: finding the frames would take longer than all the rest. */
function bare(type: string): Error {
  const limit = Error.stackTraceLimit;
  Error.stackTraceLimit = 0;
  try {
    return type === 'AggregateError' ? new AggregateError([]) : new (classes.get(type) ?? Error)();
  } finally {
    Error.stackTraceLimit = limit;
  }
}

export function setPart(error: Error, key: string, value: unknown): void {
  define(error, key, value, !HIDDEN.has(key));
}

function typeOf(error: Error): string {
  if (!types.isNativeError(error)) return 'DOMException';
  for (let at: object | null = Object.getPrototypeOf(error); at !== null; at = Object.getPrototypeOf(at)) {
    const name: unknown = Object.getOwnPropertyDescriptor(at, 'name')?.value;
    if (name === 'AggregateError' || (typeof name === 'string' && classes.has(name))) return name;
  }
  return 'Error';
}

function isPrimitive(value: unknown): boolean {
  return value === null || !(typeof value === 'object' || typeof value === 'function' || typeof value === 'symbol');
}

function define(target: object, key: string, value: unknown, enumerable: boolean): void {
  Object.defineProperty(target, key, { value, enumerable, configurable: true, writable: true });
}
