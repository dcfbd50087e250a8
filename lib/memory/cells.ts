/**
 * A cell: one element in shared memory, every access to which is one atomic step.
 *
 * Atomics takes integers only, so floats go through integers of their size with the same bits. A step
 * on a cell is ordered with other steps on it, and only with those: same memory, same width.
 */

import type { Family, TypeOfCode } from './type-codes.js';

export interface Cell<T> {
  load(): T;
  store(value: T): void;
  /** Adds, wrapping around as the type does, and returns the old value. */
  add(delta: T): T;
  /** Stores `replacement` if the cell holds `expected`; returns the old value. */
  compareExchange(expected: T, replacement: T): T;
}

/** The cell at that byte, which is a multiple of 8. */
export function cellAt({ View, family }: TypeOfCode, memory: SharedArrayBuffer, byte: number): Cell<never> {
  const cells: Record<Family, () => unknown> = {
    integer: () => new Integer(new View(memory, byte, 1) as Int32Array<SharedArrayBuffer>),
    bigint: () => new BigInteger(new View(memory, byte, 1) as BigInt64Array<SharedArrayBuffer>),
    boolean: () => new Flag(new Uint8Array(memory, byte, 1)),
    float: () =>
      View.BYTES_PER_ELEMENT === 4
        ? new Float<number>(new Int32Array(memory, byte, 1), float32)
        : new Float<bigint>(new BigInt64Array(memory, byte, 1), float64),
  };
  return cells[family]() as Cell<never>;
}

class Integer implements Cell<number> {
  readonly #at: Int32Array<SharedArrayBuffer>;

  constructor(at: Int32Array<SharedArrayBuffer>) {
    this.#at = at;
  }
  load(): number {
    return Atomics.load(this.#at, 0);
  }
  store(value: number): void {
    Atomics.store(this.#at, 0, value);
  }
  add(delta: number): number {
    return Atomics.add(this.#at, 0, delta);
  }
  compareExchange(expected: number, replacement: number): number {
    return Atomics.compareExchange(this.#at, 0, expected, replacement);
  }
}

class BigInteger implements Cell<bigint> {
  readonly #at: BigInt64Array<SharedArrayBuffer>;

  constructor(at: BigInt64Array<SharedArrayBuffer>) {
    this.#at = at;
  }
  load(): bigint {
    return Atomics.load(this.#at, 0);
  }
  store(value: bigint): void {
    Atomics.store(this.#at, 0, value);
  }
  add(delta: bigint): bigint {
    return Atomics.add(this.#at, 0, delta);
  }
  compareExchange(expected: bigint, replacement: bigint): bigint {
    return Atomics.compareExchange(this.#at, 0, expected, replacement);
  }
}

/** C's bool: whatever is not 0 is 1, sums included. */
class Flag implements Cell<boolean> {
  readonly #at: Uint8Array<SharedArrayBuffer>;

  constructor(at: Uint8Array<SharedArrayBuffer>) {
    this.#at = at;
  }
  load(): boolean {
    return Atomics.load(this.#at, 0) !== 0;
  }
  store(value: boolean): void {
    Atomics.store(this.#at, 0, Number(value));
  }
  add(delta: boolean): boolean {
    return Atomics.or(this.#at, 0, Number(delta)) !== 0;
  }
  compareExchange(expected: boolean, replacement: boolean): boolean {
    return Atomics.compareExchange(this.#at, 0, Number(expected), Number(replacement)) !== 0;
  }
}

/** A float's bits as an integer of its size, and back. */
interface Format<I extends number | bigint> {
  bits(value: number): I;
  value(bits: I): number;
  /** The number that is stored for `value`. */
  rounded(value: number): number;
}

const scratch32 = new Float32Array(1);
const bits32 = new Int32Array(scratch32.buffer);
const float32: Format<number> = {
  bits(value) {
    scratch32[0] = value;
    return bits32[0];
  },
  value(bits) {
    bits32[0] = bits;
    return scratch32[0];
  },
  rounded: Math.fround,
};

const scratch64 = new Float64Array(1);
const bits64 = new BigInt64Array(scratch64.buffer);
const float64: Format<bigint> = {
  bits(value) {
    scratch64[0] = value;
    return bits64[0];
  },
  value(bits) {
    bits64[0] = bits;
    return scratch64[0];
  },
  rounded: (value) => value,
};

/** Atomics' functions over the integer that stands for the float: number for f, bigint for d. */
type Bits<I extends number | bigint> = I extends bigint
  ? BigInt64Array<SharedArrayBuffer>
  : Int32Array<SharedArrayBuffer>;

class Float<I extends number | bigint> implements Cell<number> {
  readonly #at: Int32Array<SharedArrayBuffer>;
  readonly #format: Format<number>;

  constructor(at: Bits<I>, format: Format<I>) {
    // One of the two pairs; that they match is what the parameters' types say.
    this.#at = at as Int32Array<SharedArrayBuffer>;
    this.#format = format as unknown as Format<number>;
  }
  load(): number {
    return this.#format.value(Atomics.load(this.#at, 0));
  }
  store(value: number): void {
    Atomics.store(this.#at, 0, this.#format.bits(value));
  }
  add(delta: number): number {
    for (;;) {
      const bits = Atomics.load(this.#at, 0);
      const old = this.#format.value(bits);
      if (this.#replace(bits, old + delta)) return old;
    }
  }
  /** Compares numbers, not bits: 0 is -0, and NaN is NaN. */
  compareExchange(expected: number, replacement: number): number {
    const sought = this.#format.rounded(expected);
    for (;;) {
      const bits = Atomics.load(this.#at, 0);
      const old = this.#format.value(bits);
      const found = old === sought || (Number.isNaN(old) && Number.isNaN(sought));
      if (!found || this.#replace(bits, replacement)) return old;
    }
  }
  #replace(bits: number, value: number): boolean {
    return Atomics.compareExchange(this.#at, 0, bits, this.#format.bits(value)) === bits;
  }
}
