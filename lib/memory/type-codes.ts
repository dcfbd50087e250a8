/** Type codes, as in Python's array and ctypes, and what they stand for here. */

import { broken } from '../tasks/show.js';

/**
 * Signed and unsigned integers of 8 (`b`, `B`), 16 (`h`, `H`), 32 (`i`, `I`; `l` and `L` are the same) and 64 bits
 * (`q`, `Q`, which hold bigints), `f`(loat32), `d`(ouble) and `?` (boolean).
 */
export type TypeCode = '?' | 'b' | 'B' | 'h' | 'H' | 'i' | 'I' | 'l' | 'L' | 'q' | 'Q' | 'f' | 'd';

/** What a Value of that code holds. */
export type ValueOf<C extends TypeCode> = C extends 'q' | 'Q' ? bigint : C extends '?' ? boolean : number;

/** What an element of a SharedArray of that code is. `?`: 0 or 1. */
export type ElementOfCode<C extends TypeCode> = C extends 'q' | 'Q' ? bigint : number;

/** The typed array over a SharedArray of that code. */
export type ViewOf<C extends TypeCode> = C extends 'b'
  ? Int8Array<SharedArrayBuffer>
  : C extends 'B' | '?'
    ? Uint8Array<SharedArrayBuffer>
    : C extends 'h'
      ? Int16Array<SharedArrayBuffer>
      : C extends 'H'
        ? Uint16Array<SharedArrayBuffer>
        : C extends 'i' | 'l'
          ? Int32Array<SharedArrayBuffer>
          : C extends 'I' | 'L'
            ? Uint32Array<SharedArrayBuffer>
            : C extends 'q'
              ? BigInt64Array<SharedArrayBuffer>
              : C extends 'Q'
                ? BigUint64Array<SharedArrayBuffer>
                : C extends 'f'
                  ? Float32Array<SharedArrayBuffer>
                  : Float64Array<SharedArrayBuffer>;

export type View = ViewOf<TypeCode>;

export interface ViewConstructor {
  readonly BYTES_PER_ELEMENT: number;
  new (memory: SharedArrayBuffer, offset: number, length: number): View;
}

/** What values of a code are to JavaScript, and what is asked of them. */
export type Family = 'boolean' | 'integer' | 'bigint' | 'float';

export interface TypeOfCode {
  readonly View: ViewConstructor;
  readonly family: Family;
}

const TYPES: Readonly<Record<TypeCode, TypeOfCode>> = {
  '?': { View: Uint8Array, family: 'boolean' },
  b: { View: Int8Array, family: 'integer' },
  B: { View: Uint8Array, family: 'integer' },
  h: { View: Int16Array, family: 'integer' },
  H: { View: Uint16Array, family: 'integer' },
  i: { View: Int32Array, family: 'integer' },
  I: { View: Uint32Array, family: 'integer' },
  l: { View: Int32Array, family: 'integer' },
  L: { View: Uint32Array, family: 'integer' },
  q: { View: BigInt64Array, family: 'bigint' },
  Q: { View: BigUint64Array, family: 'bigint' },
  f: { View: Float32Array, family: 'float' },
  d: { View: Float64Array, family: 'float' },
};

const CODES = Object.keys(TYPES)
  .map((code) => `'${code}'`)
  .join(', ');

/** TypeError, with the list, unless it is a type code. */
export function typeOfCode(code: unknown): TypeOfCode {
  if (typeof code !== 'string' || !Object.hasOwn(TYPES, code)) {
    throw new TypeError(broken('code', `one of the type codes ${CODES}`, code));
  }
  return TYPES[code as TypeCode];
}

/**
 * TypeError or RangeError unless a value of that family can be made of `value`. Integers of any size can: they wrap
 * around as the type does.
 */
export function checkValue(family: Family, name: string | (() => string), value: unknown): void {
  const { type, rule } = DEMANDS[family];
  if (typeof value !== type) throw new TypeError(broken(nameOf(name), rule, value));
  if (family === 'integer' && !Number.isInteger(value)) throw new RangeError(broken(nameOf(name), rule, value));
}

const DEMANDS: Readonly<Record<Family, { readonly type: string; readonly rule: string }>> = {
  boolean: { type: 'boolean', rule: 'true or false' },
  integer: { type: 'number', rule: 'an integer' },
  bigint: { type: 'bigint', rule: "a bigint, as codes 'q' and 'Q' have it" },
  float: { type: 'number', rule: 'a number' },
};

function nameOf(name: string | (() => string)): string {
  return typeof name === 'string' ? name : name();
}
