/**
 * The format of one value: a record that says its own length and needs nothing but itself, so that any
 * thread can decode any item from its offset, and a result is published as soon as its last byte is written.
 * It is spoken only between threads of one program: no versions, no byte order but little-endian.
 *
 *   0x00…0x3f          the integer 0…63
 *   0x40…0x5f  bytes   a string of 0…31 Latin-1 characters
 *   0x60…0x7f  …       the tags from Undefined on, then what each says
 *
 * - `n` is a varint: 7 bits a byte, low first, the high bit says that more follow.
 * - `value` is a value in this same format; `text` is a value that is a string.
 * - `entries` are (text, value) pairs up to an End.
 * - Objects are numbered as they open, from 0: Reference n is the n-th one again. So what is shared stays
 *   shared and cycles close. A record that holds a Reference has SHARES set in its first byte: the
 *   others spare their reader the table.
 * - A `block` is a key list: two 32-bit words that no other key list of the program has (the writer's
 *   thread, and a count there), the block's length in bytes and the number of keys (2 bytes each), the
 *   keys as texts. A writer keeps the block of every key list it meets and copies it; a reader that knows
 *   the two words takes the keys from memory. Within one record a list is spelled out once and later
 *   named by its number, from 0.
 * - Numbers lie at whatever offset they come to; only the bytes of a view are copied, never aliased.
 * - `memory` is n and n bytes; from ALIGNED_FROM bytes on a byte that says how many follow it that mean nothing, and
 *   those, stand between, so that what is long begins at a multiple of 8 from where the writer began. V8 copies to and
 *   from shared memory by words only where both sides lie so, and else byte by byte.
 */
export const Tag = {
  /** plus its length */
  ShortString: 0x40,
  Undefined: 0x60,
  Null: 0x61,
  True: 0x62,
  False: 0x63,
  /** No value, where an element is missing, or a property that a getter removed while the object was written. */
  Hole: 0x64,
  /** Ends entries. */
  End: 0x65,
  /** int8 */
  Int8: 0x66,
  /** int16 */
  Int16: 0x67,
  /** int32 */
  Int32: 0x68,
  /** float64; NaN and -0 are what they were. */
  Double: 0x69,
  /** int64 */
  BigInt64: 0x6a,
  /** text: '-' if below 0, then hexadecimal digits. */
  BigInt: 0x6b,
  /** n, then n bytes. */
  Latin1: 0x6c,
  /** n, then n 16-bit units, lone surrogates included. */
  Utf16: 0x6d,
  /** n, then n values or Holes. */
  Array: 0x6e,
  /** n, then n float64: an array of numbers alone, so without holes. */
  Float64s: 0x6f,
  /** n, then n int32: the same, where all fit. */
  Int32s: 0x7f,
  /** n, then n values or Holes, then entries: an array with properties of its own, such as a RegExp's match. */
  ArrayWith: 0x70,
  /** n, the length, then entries for elements and properties alike. */
  SparseArray: 0x71,
  /** block, then a value or Hole for each key. */
  Shape: 0x72,
  /** n, the number of a block of this record, then a value or Hole for each key. */
  ShapeAgain: 0x73,
  /** entries: an object of many keys, or of keys that no other object had yet. */
  Dictionary: 0x74,
  /** n */
  Reference: 0x75,
  /** n, then n pairs of values. */
  Map: 0x76,
  /** n, then n values. */
  Set: 0x77,
  /** float64; NaN is the invalid date. */
  Date: 0x78,
  /** text source, text flags. */
  RegExp: 0x79,
  /** value: a boxed primitive. */
  Boxed: 0x7a,
  /** text class, then stack, message and name (text or Undefined each), then entries: cause, errors, own properties. */
  Error: 0x7b,
  /** value maxByteLength or undefined, memory. */
  ArrayBuffer: 0x7c,
  /** byte view type, memory: a view of part of a buffer, or a Buffer, with memory of its own. */
  View: 0x7d,
  /** byte view type, then an ArrayBuffer or a Reference to one: a view of all of it. */
  WholeView: 0x7e,
  /** n, an object that travels beside the record (lib/channels). Never the first byte of one: see SHARES. */
  Foreign: 0x80,
} as const;

/** In the first byte of a record: it holds at least one Reference. */
export const SHARES = 0x80;

/** One byte of these says what views memory. The order is the format's. */
export const viewTypes = [
  'Buffer',
  'DataView',
  'Int8Array',
  'Uint8Array',
  'Uint8ClampedArray',
  'Int16Array',
  'Uint16Array',
  'Int32Array',
  'Uint32Array',
  'Float32Array',
  'Float64Array',
  'BigInt64Array',
  'BigUint64Array',
  'Float16Array',
] as const;

/** Integers from 0 below it are their own tag. */
export const SMALL_INTEGER = 0x40;

/** Latin-1 strings up to this length have it in their tag. */
export const SHORT_STRING = 0x1f;

/** Bytes from which on memory begins at a multiple of 8. */
export const ALIGNED_FROM = 256;

/** Bytes from which on each copy of memory that can be spared is worth some trouble. */
export const LARGE = 1 << 16;

/** An object of more keys than this is a Dictionary. */
export const MAX_KEYS = 64;

/**
 * Deeper values are refused, because the reader may have less stack left than the writer. Structured clone gives up
 * between 1 600 and 3 000 on a main thread.
 */
export const MAX_DEPTH = 1000;
