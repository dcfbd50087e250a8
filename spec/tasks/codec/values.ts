/** Arbitrary values that structured clone keeps. */
import fc from 'fast-check';

const numbers = fc.oneof(fc.integer(), fc.integer({ min: -70, max: 140 }), fc.double(), fc.maxSafeInteger());
const strings = fc.oneof(
  fc.string({ unit: 'binary' }), // lone surrogates included
  fc.string({ minLength: 25, maxLength: 40 }),
  fc.string({ unit: 'grapheme', minLength: 10, maxLength: 60 }),
  fc.array(fc.integer({ min: 0, max: 0xff }), { maxLength: 60 }).map((units) => String.fromCharCode(...units)),
);
const keys = fc.oneof(
  fc.constantFrom('a', 'b', 'id', 'name', '', '0', '7', '__proto__', 'constructor', 'toString', 'length'),
  strings,
);
export const primitives = fc.oneof(
  numbers,
  strings,
  fc.boolean(),
  fc.constantFrom(undefined, null, NaN, -0, Infinity, -Infinity),
  fc.bigInt(),
  fc.bigInt({ min: -(2n ** 65n), max: 2n ** 65n }),
);

const bytes = fc.uint8Array({ maxLength: 40 });
const views: readonly (new (buffer: ArrayBuffer) => ArrayBufferView)[] = [
  Int8Array, Uint8Array, Uint8ClampedArray, Int16Array, Uint16Array, Int32Array, Uint32Array, Float32Array,
  Float64Array, BigInt64Array, BigUint64Array, DataView,
];

/** Objects that hold no others. Views look at all of their buffer: of the others only their part crosses. */
const leaves: fc.Arbitrary<object> = fc.oneof(
  fc.date({ noInvalidDate: false }),
  fc.constantFrom(/a(b)/giu, /[/]\//s, new RegExp('')).map((regExp) => new RegExp(regExp)),
  primitives.filter((value) => value !== undefined && value !== null).map((value) => Object(value) as object),
  bytes.map((data) => data.slice().buffer),
  fc.tuple(bytes, fc.constantFrom(...views)).map(([data, View]) => {
    return new View(data.slice(0, data.length - (data.length % 8)).buffer);
  }),
  fc
    .tuple(fc.constantFrom(Error, EvalError, RangeError, ReferenceError, SyntaxError, TypeError, URIError), strings)
    .map(([Type, message]) => new Type(message)),
);

/** What an object is to be filled with: a primitive, or one of the graph's objects by its number. */
type Part = { readonly is: unknown } | { readonly object: number };
const parts: fc.Arbitrary<Part> = fc.oneof(
  { weight: 2, arbitrary: primitives.map((is) => ({ is })) },
  { weight: 1, arbitrary: fc.nat().map((object) => ({ object })) },
);

interface Node {
  readonly made: object;
  readonly fill: (made: object, value: (part: Part) => unknown) => void;
}

const node: fc.Arbitrary<Node> = fc.oneof(
  leaves.map((made): Node => ({ made, fill: () => {} })),
  fc.tuple(fc.array(fc.tuple(keys, parts), { maxLength: 6 }), fc.boolean()).map(([entries, bare]): Node => ({
    made: bare ? (Object.create(null) as object) : {},
    fill: (made, value) => entries.forEach(([key, part]) => define(made, key, value(part))),
  })),
  // Many objects of one class, and objects as dictionaries.
  fc.array(parts, { minLength: 3, maxLength: 3 }).map(([x, y, z]): Node => ({
    made: {},
    fill: (made, value) => Object.assign(made, { x: value(x), y: value(y), z: value(z) }),
  })),
  fc
    .tuple(
      fc.array(fc.option(parts, { nil: 'hole' as const }), { maxLength: 12 }),
      fc.option(fc.dictionary(keys.filter(isNoIndex), parts, { maxKeys: 3 }), { freq: 2 }),
    )
    .map(([elements, extra]): Node => ({
      made: [],
      fill: (made, value) => {
        (made as unknown[]).length = elements.length;
        elements.forEach((part, index) => part !== 'hole' && define(made, String(index), value(part)));
        for (const key of Object.keys(extra ?? {})) if (key !== 'length') define(made, key, value(extra![key]));
      },
    })),
  fc.oneof(fc.array(numbers, { maxLength: 100 }), fc.array(fc.integer(), { maxLength: 100 })).map((elements): Node => ({
    made: elements,
    fill: () => {},
  })),
  fc.array(fc.tuple(parts, parts), { maxLength: 4 }).map((entries): Node => ({
    made: new Map<unknown, unknown>(),
    fill: (made, value) => entries.forEach(([k, v]) => (made as Map<unknown, unknown>).set(value(k), value(v))),
  })),
  fc.array(parts, { maxLength: 4 }).map((members): Node => ({
    made: new Set<unknown>(),
    fill: (made, value) => members.forEach((part) => (made as Set<unknown>).add(value(part))),
  })),
);

/** Graphs of up to 30 objects, in which anything may lead to anything: shared parts, cycles, itself. */
export const graphs: fc.Arbitrary<unknown> = fc.oneof(
  { weight: 1, arbitrary: primitives },
  {
    weight: 9,
    arbitrary: fc.array(node, { minLength: 1, maxLength: 30 }).map((nodes) => {
      const value = (part: Part): unknown => ('is' in part ? part.is : nodes[part.object % nodes.length].made);
      for (const { made, fill } of nodes) fill(made, value);
      return nodes[0].made;
    }),
  },
);

function define(object: object, key: string, value: unknown): void {
  Object.defineProperty(object, key, { value, enumerable: true, configurable: true, writable: true });
}

function isNoIndex(key: string): boolean {
  return String(Number(key) >>> 0) !== key;
}
