/**
 * A slot of a ShareableList: four words, and the bytes of its value elsewhere in the block.
 *
 *   KIND      what it holds, one of KINDS
 *   LENGTH    bytes of a string or of bytes; 0 or 1 for a boolean
 *   START     where in the block its value is, in units of 8 bytes; written once
 *   CAPACITY  bytes that it has room for; written once
 *
 * Read and written under the list's lock. A write makes it null until the value is whole, so whoever takes the lock
 * over from a thread that ended finds null, or all of a value.
 */

import { types } from 'node:util';
import { broken } from '../tasks/show.js';

const KIND = 0;
const LENGTH = 1;
export const START = 2;
export const CAPACITY = 3;
export const SLOT_WORDS = 4;

export const ALIGNMENT = 8;

const KINDS = ['null', 'boolean', 'number', 'bigint', 'string', 'bytes'] as const;
type Kind = (typeof KINDS)[number];
const LONGEST_BIGINT = 64;

/** A value as a slot keeps it. */
export interface Slot {
  readonly kind: Kind;
  /** Of a string or bytes. */
  readonly bytes: number;
}

/** As CPython's: a string or bytes of a multiple of 8 have 8 to spare. */
export function capacityOf({ kind, bytes }: Slot): number {
  if (kind !== 'string' && kind !== 'bytes') return ALIGNMENT;
  return ALIGNMENT * (Math.floor(bytes / ALIGNMENT) + 1);
}

/** TypeError for what no slot can hold, RangeError for a bigint that is too large. */
export function slotOf(value: unknown, name: string): Slot {
  switch (typeof value) {
    case 'boolean':
    case 'number':
      return { kind: typeof value as Kind, bytes: 0 };
    case 'bigint':
      if (BigInt.asIntN(LONGEST_BIGINT, value) !== value) {
        throw new RangeError(broken(name, 'a bigint of 64 bits, from -2n ** 63n to 2n ** 63n - 1n', value));
      }
      return { kind: 'bigint', bytes: 0 };
    case 'string':
      // UTF-8 has no way to write it, and would keep another string.
      if (/\p{Surrogate}/u.test(value)) throw new TypeError(broken(name, 'a string without lone surrogates', value));
      return { kind: 'string', bytes: Buffer.byteLength(value) };
    default:
      if (value === null) return { kind: 'null', bytes: 0 };
      if (types.isUint8Array(value)) return { kind: 'bytes', bytes: value.byteLength };
      throw new TypeError(broken(name, 'null, a boolean, number, bigint, string or Uint8Array', value));
  }
}

export function write(
  block: Uint8Array<SharedArrayBuffer>,
  words: Int32Array,
  at: number,
  value: unknown,
  slot: Slot,
): void {
  const place = words[at + START] * ALIGNMENT;
  const view = new DataView(block.buffer, block.byteOffset + place, words[at + CAPACITY]);
  Atomics.store(words, at + KIND, KINDS.indexOf('null'));
  words[at + LENGTH] = slot.bytes;
  if (slot.kind === 'boolean') words[at + LENGTH] = Number(value);
  else if (slot.kind === 'number') view.setFloat64(0, value as number, true);
  else if (slot.kind === 'bigint') view.setBigInt64(0, value as bigint, true);
  else if (slot.kind === 'string') bufferOver(view, slot.bytes).write(value as string, 'utf8');
  else if (slot.kind === 'bytes') block.set(value as Uint8Array, place);
  Atomics.store(words, at + KIND, KINDS.indexOf(slot.kind));
}

export function read(block: Uint8Array<SharedArrayBuffer>, words: Int32Array, at: number): unknown {
  const view = new DataView(block.buffer, block.byteOffset + words[at + START] * ALIGNMENT, words[at + CAPACITY]);
  const length = words[at + LENGTH];
  const kind = KINDS[Atomics.load(words, at + KIND)];
  switch (kind) {
    case 'null':
      return null;
    case 'boolean':
      return length !== 0;
    case 'number':
      return view.getFloat64(0, true);
    case 'bigint':
      return view.getBigInt64(0, true);
    case 'string':
      return bufferOver(view, length).toString('utf8');
    case 'bytes':
      return Uint8Array.from(bufferOver(view, length));
  }
}

function bufferOver(view: DataView<SharedArrayBuffer>, length: number): Buffer {
  return Buffer.from(view.buffer, view.byteOffset, length);
}

export function isSame(one: unknown, other: unknown): boolean {
  if (one === other || (Number.isNaN(one) && Number.isNaN(other))) return true;
  return types.isUint8Array(one) && types.isUint8Array(other) && Buffer.compare(one, other) === 0;
}
