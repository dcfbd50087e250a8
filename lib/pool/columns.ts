/** Typed arrays by a wire code, for columns of a typed array's own element type. */
import type { TypedArray } from './typed-array.js';

/** A typed array seen as a column: what goes in is converted as the array does it. */
// What it takes and gives depends on its type, which only the user's task knows.
// eslint-disable-next-line @typescript-eslint/no-explicit-any
export type ElementArray = { [index: number]: any; readonly length: number };

const CONSTRUCTORS = [
  Int8Array,
  Uint8Array,
  Uint8ClampedArray,
  Int16Array,
  Uint16Array,
  Int32Array,
  Uint32Array,
  Float32Array,
  Float64Array,
  BigInt64Array,
  BigUint64Array,
] as const;
const NAMES: readonly string[] = CONSTRUCTORS.map((type) => type.name);

/** The wire code of a typed array, by its tag: `instanceof` fails for one of another realm. -1: not one of ours. */
export function typeOf(array: TypedArray): number {
  return NAMES.indexOf(Object.prototype.toString.call(array).slice(8, -1));
}

export function elementBytes(type: number): number {
  return CONSTRUCTORS[type].BYTES_PER_ELEMENT;
}

/** A fixed-length view: over growable memory a length-tracking one is 30 times slower. */
export function typedView(memory: SharedArrayBuffer, type: number, offset: number, length: number): TypedArray {
  return new (CONSTRUCTORS[type] as ViewConstructor)(memory, offset, length);
}

/** The union of constructors has no common signature that TypeScript would accept. */
type ViewConstructor = new (memory: ArrayBufferLike, offset: number, length: number) => TypedArray;
