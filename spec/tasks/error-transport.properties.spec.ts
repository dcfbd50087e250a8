import { isDeepStrictEqual, types } from 'node:util';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { Decoder } from '#lib/tasks/codec/decoder.js';
import { Encoder } from '#lib/tasks/codec/encoder.js';
import { decodeError, encodeError } from '#lib/tasks/error-transport.js';
import type { ErrorWire } from '#lib/tasks/error-transport.js';

/** The two ways a wire goes to another thread. */
const ways: [string, (wire: ErrorWire) => ErrorWire][] = [
  ['structured clone', (wire) => structuredClone(wire)],
  [
    'the codec',
    (wire) => {
      const encoder = new Encoder();
      expect(encoder.write(wire, 'error')).toBe(true);
      return new Decoder().read(encoder.bytes, 0) as ErrorWire;
    },
  ],
];

/** Data that structured clone keeps. Invalid dates are left out: they do not equal themselves. */
const data = fc.anything({
  values: [
    fc.boolean(),
    fc.integer(),
    fc.double(),
    fc.bigInt(),
    fc.string({ unit: 'binary' }),
    fc.constantFrom(null, undefined),
    fc.date({ noInvalidDate: true }),
  ],
  withMap: true,
  withSet: true,
  withSparseArray: true,
  withTypedArray: true,
  withBoxedValues: true,
  maxDepth: 3,
});

const classes = [Error, EvalError, RangeError, ReferenceError, SyntaxError, TypeError, URIError];
const keys = fc
  .string({ unit: 'grapheme' })
  .filter((key) => !['stack', 'message', 'name', 'cause', 'errors'].includes(key));

/** Errors with data of every kind, errors among it, and causes. */
const { error: errors } = fc.letrec<{ error: Error; cause: unknown }>((tie) => ({
  error: fc
    .record(
      {
        type: fc.constantFrom(...classes),
        message: fc.string(),
        name: fc.option(fc.string(), { nil: undefined }),
        cause: tie('cause'),
        properties: fc.array(fc.tuple(keys, fc.oneof(data, tie('error')), fc.boolean()), { maxLength: 4 }),
      },
      { requiredKeys: ['type', 'message'] },
    )
    .map(({ type, message, name, cause, properties = [] }) => {
      const error = new type(message, cause === undefined ? undefined : { cause });
      if (name !== undefined) error.name = name;
      for (const [key, value, enumerable] of properties) {
        Object.defineProperty(error, key, { value, enumerable, writable: true, configurable: true });
      }
      return error;
    }),
  cause: fc.oneof({ depthSize: 'small', withCrossShrink: true }, data, tie('error')),
}));

/** All that a program can see of an error, as data. */
function visible(value: unknown): unknown {
  if (!types.isNativeError(value)) return value;
  const own = Object.getOwnPropertyNames(value).filter((key) => key !== 'stack').sort();
  const properties = own.map((key) => {
    const property = Object.getOwnPropertyDescriptor(value, key);
    return [key, visible(property?.value), property?.enumerable];
  });
  return { type: (Object.getPrototypeOf(value) as Error).constructor, name: value.name, properties };
}

/** Things that throw when they are touched, or cannot cross. */
const hostile = fc.constantFrom<() => unknown>(
  () => () => 1,
  () => Symbol('s'),
  () => Promise.resolve(),
  () => new WeakSet(),
  () => new SharedArrayBuffer(8),
  () => new Int32Array(new SharedArrayBuffer(8)),
  () => new Proxy({}, { ownKeys: boom }),
  () => new Proxy(new Error('x'), { get: boom, getPrototypeOf: boom }),
  () => new Proxy([], { get: boom }),
  () => Object.defineProperty({}, 'x', { get: boom, enumerable: true }),
  () => Object.defineProperty(new Error('x'), 'message', { get: boom }),
  () => Object.defineProperty(new Error('x'), 'stack', { get: boom }),
  () => Object.freeze(Object.assign(new TypeError('x'), { f: boom })),
  () => ({ then: boom, toJSON: boom, constructor: null }),
  () => Object.create({ constructor: { name: boom } }),
  () => Object.assign(Object.create(null) as object, { __proto__: 1 }),
  () => new Map([[boom, boom]]),
  () => new Date(NaN),
  () => {
    const ring: Record<string, unknown> = {};
    ring['self'] = [ring];
    return ring;
  },
);
function boom(): never {
  throw new Error('boom');
}

describe.each(ways)('error transport over %s', (_, send) => {
  const cross = (thrown: unknown): unknown => decodeError(send(encodeError(thrown)));

  test('every error arrives with its class, name, message, own properties and causes', () => {
    fc.assert(
      fc.property(errors, (error) => {
        expect(visible(cross(error))).toEqual(visible(error));
      }),
      { seed: 20_261_120, numRuns: 300 },
    );
  });

  test('all data that is thrown arrives', () => {
    fc.assert(
      fc.property(data, (value) => {
        expect(isDeepStrictEqual(cross(value), value)).toBe(true);
      }),
      { seed: 20_261_120, numRuns: 300 },
    );
  });

  test('whatever is thrown, encoding does not throw, and what it makes is plain data', () => {
    const anything = fc.oneof(hostile.map((make) => make()), data);
    const thrown = fc.oneof(
      anything,
      fc.array(anything),
      fc.tuple(fc.constantFrom(...classes), fc.array(fc.tuple(fc.string(), anything))).map(([Type, properties]) => {
        const error = new Type('x');
        for (const [key, value] of properties) Object.defineProperty(error, key, { value, configurable: true });
        return error;
      }),
    );
    fc.assert(
      fc.property(thrown, (value) => {
        const wire = encodeError(value);
        const task = { name: 'f', index: 1, threadId: 2 };
        decodeError(send(wire), { task, callStack: new Error('x').stack });
      }),
      { seed: 20_261_120, numRuns: 1000 },
    );
  });
});
