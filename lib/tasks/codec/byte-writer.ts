import { Buffer } from 'node:buffer';
import { Asides } from './asides.js';
import { ALIGNED_FROM, SHORT_STRING, SMALL_INTEGER, Tag } from './format.js';

const FIRST_SIZE = 4096;
/** What a writer keeps whatever it is used for. */
const KEPT_SIZE = 1 << 20;
/** What a writer keeps while its records are that large. */
const MOST_KEPT = 1 << 24;
/** More than a tag takes together with any number, length or short string. */
const SLACK = 48;

/** From here on one copy less is worth what it takes. */
const ASIDE_FROM = 1 << 13;

const beyondLatin1 = /[^\0-\xff]/;

/** Bytes that grow, and how numbers, strings and lengths lie in them. What goes into them is its subclass's. */
export class ByteWriter {
  /** The first `length` bytes are records, without what was set aside. Replaced when they outgrow it. */
  bytes: Uint8Array = new Uint8Array(0);
  length = 0;
  readonly #asides = new Asides();
  /** The same memory: Buffer knows how to write long strings. */
  #buffer: Buffer = Buffer.alloc(0);
  #view = new DataView(this.#buffer.buffer);
  /** While `length` is not above it, there is room for SLACK bytes. */
  #limit = -1;

  constructor() {
    this.#resize(FIRST_SIZE);
  }

  /** How many bytes the records are with what was set aside, and so where the next one begins. */
  get extent(): number {
    return this.length + this.#asides.size;
  }

  /** Copies all of the records to `at`, a multiple of 8. Once check() has passed. */
  copyTo(target: Uint8Array, at: number): void {
    const { bytes, length } = this;
    if (this.#asides.size > 0) this.#asides.weave(bytes.subarray(0, length), target, at);
    else if (length < 64) for (let i = 0; i < length; i++) target[at + i] = bytes[i];
    else target.set(bytes.subarray(0, length), at);
  }

  /** SerializationError if something that was set aside is gone. */
  check(): void {
    this.#asides.check();
  }

  /** Forgets the record that began at `length`. */
  protected cut(length: number): void {
    this.length = length;
    this.#asides.cut(length);
  }

  /** Forgets the records. Memory is given back: all beyond 16 MB, and by and by what is not used again. */
  reset(): void {
    const { length } = this;
    this.#asides.clear();
    const size = this.bytes.length;
    this.length = 0;
    if (size > MOST_KEPT) this.#resize(FIRST_SIZE);
    else if (size > KEPT_SIZE && length < size / 4) this.#resize(size / 2);
  }

  #resize(size: number): void {
    const buffer = Buffer.from(new ArrayBuffer(size));
    buffer.set(this.bytes.subarray(0, this.length));
    this.bytes = buffer;
    this.#buffer = buffer;
    this.#view = new DataView(buffer.buffer);
    this.#limit = size - SLACK;
  }

  /** Makes room for `size` bytes, and for any tag with its number after them. */
  protected room(size: number): void {
    const end = this.length + size;
    if (end > this.#limit) this.#resize(Math.max(end + SLACK, this.bytes.length * 2));
  }

  /** Makes room for a tag with a number, a length or a short string. */
  protected roomForOne(): void {
    if (this.length > this.#limit) this.room(0);
  }

  protected byte(byte: number): void {
    this.#buffer[this.length++] = byte;
  }

  protected number(value: number): void {
    const buffer = this.#buffer;
    const at = this.length;
    if ((value | 0) !== value || (value === 0 && 1 / value < 0)) {
      buffer[at] = Tag.Double;
      this.#view.setFloat64(at + 1, value, true);
      this.length = at + 9;
    } else if (value >= 0 && value < SMALL_INTEGER) {
      buffer[at] = value;
      this.length = at + 1;
    } else if (value >= -0x80 && value < 0x80) {
      buffer[at] = Tag.Int8;
      buffer[at + 1] = value;
      this.length = at + 2;
    } else if (value >= -0x8000 && value < 0x8000) {
      buffer[at] = Tag.Int16;
      this.#view.setInt16(at + 1, value, true);
      this.length = at + 3;
    } else {
      buffer[at] = Tag.Int32;
      this.#view.setInt32(at + 1, value, true);
      this.length = at + 5;
    }
  }

  protected float64(value: number): void {
    this.#view.setFloat64(this.length, value, true);
    this.length += 8;
  }

  protected float64s(values: readonly number[]): void {
    this.room(values.length * 8);
    const view = this.#view;
    let at = this.length;
    for (let i = 0; i < values.length; i++, at += 8) view.setFloat64(at, values[i], true);
    this.length = at;
  }

  protected int32s(values: readonly number[]): void {
    this.room(values.length * 4);
    const view = this.#view;
    let at = this.length;
    for (let i = 0; i < values.length; i++, at += 4) view.setInt32(at, values[i], true);
    this.length = at;
  }

  protected bigint(value: bigint): void {
    if (BigInt.asIntN(64, value) === value) {
      this.byte(Tag.BigInt64);
      this.#view.setBigInt64(this.length, value, true);
      this.length += 8;
    } else {
      this.byte(Tag.BigInt);
      this.string(value.toString(16));
    }
  }

  protected string(value: string): void {
    const { length } = value;
    if (length > SHORT_STRING) {
      this.#longString(value);
      return;
    }
    this.roomForOne();
    const buffer = this.#buffer;
    let at = this.length;
    buffer[at++] = Tag.ShortString + length;
    for (let i = 0; i < length; i++) {
      const unit = value.charCodeAt(i);
      if (unit > 0xff) {
        this.#longString(value);
        return;
      }
      buffer[at++] = unit;
    }
    this.length = at;
  }

  #longString(value: string): void {
    const wide = beyondLatin1.test(value);
    const size = wide ? value.length * 2 : value.length;
    this.room(size + SLACK);
    this.byte(wide ? Tag.Utf16 : Tag.Latin1);
    this.varint(value.length);
    this.#buffer.write(value, this.length, size, wide ? 'utf16le' : 'latin1');
    this.length += size;
  }

  protected varint(value: number): void {
    let rest = value;
    while (rest >= 0x80) {
      this.byte((rest % 0x80) + 0x80);
      rest = Math.floor(rest / 0x80);
    }
    this.byte(rest);
  }

  /** As format.ts has it. `aside`: it may be set aside. */
  protected memory(bytes: Uint8Array, aside: boolean): void {
    const isAside = aside && bytes.length >= ASIDE_FROM;
    this.room(isAside ? SLACK : bytes.length + SLACK);
    this.varint(bytes.length);
    if (bytes.length >= ALIGNED_FROM) {
      const skipped = 7 - (this.extent % 8);
      this.byte(skipped);
      for (let i = 0; i < skipped; i++) this.byte(0);
    }
    if (isAside) this.#asides.add(this.length, bytes);
    else this.copy(bytes);
  }

  protected copy(bytes: Uint8Array): void {
    this.room(bytes.length);
    this.#buffer.set(bytes, this.length);
    this.length += bytes.length;
  }
}
