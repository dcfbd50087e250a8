import { Buffer } from 'node:buffer';
import { ALIGNED_FROM, LARGE } from './format.js';
import { copyOf } from './views.js';

const { fromCharCode } = String;
/** Longer strings are Buffer's: calling into Node costs as much as so many characters do here. */
const SHORT = 16;

/** Bytes to read from, and how numbers, strings and lengths lie in them. */
export class ByteReader {
  /** Where the last record read ends. */
  offset = 0;
  protected bytes: Uint8Array = new Uint8Array(0);
  protected view: DataView = new DataView(this.bytes.buffer);
  #source = this.bytes;
  #buffer: Buffer = Buffer.alloc(0);
  /** A reader goes back and forth between the memory of several threads. */
  readonly #known = new WeakMap<Uint8Array, Views>();

  /** Turns to `source`. */
  protected use(source: Uint8Array): void {
    if (source === this.#source) return;
    let known = this.#known.get(source);
    if (known === undefined) {
      known = viewsOf(source);
      this.#known.set(source, known);
    }
    this.#source = source;
    this.bytes = known.bytes;
    this.view = known.view;
    this.#buffer = known.buffer;
  }

  protected varint(): number {
    let value = 0;
    let scale = 1;
    for (;;) {
      const byte = this.bytes[this.offset++];
      if (!(byte >= 0x80)) return value + byte * scale;
      value += (byte - 0x80) * scale;
      scale *= 0x80;
    }
  }

  protected latin1(length: number): string {
    const start = this.offset;
    const end = start + length;
    this.offset = end;
    if (length > SHORT) return this.#buffer.toString('latin1', start, end);
    if (length <= 8) return shortString(this.bytes, start, length);
    return shortString(this.bytes, start, 8) + shortString(this.bytes, start + 8, length - 8);
  }

  protected utf16(length: number): string {
    const start = this.offset;
    this.offset = start + length * 2;
    return this.#buffer.toString('utf16le', start, this.offset);
  }

  /** As format.ts has it, copied into memory of its own. */
  protected memory(): Uint8Array<ArrayBuffer> {
    const length = this.varint();
    if (length >= ALIGNED_FROM) this.offset += 1 + this.bytes[this.offset];
    const start = this.offset;
    this.offset = start + length;
    if (length < LARGE) return this.bytes.slice(start, start + length);
    return copyOf(this.bytes.subarray(start, start + length));
  }
}

/** What is derived from memory to read it by. */
interface Views {
  /** No Buffer, whose slice() does not copy. */
  readonly bytes: Uint8Array;
  readonly view: DataView;
  readonly buffer: Buffer;
}

function viewsOf({ buffer, byteOffset, byteLength }: Uint8Array): Views {
  return {
    bytes: new Uint8Array(buffer, byteOffset, byteLength),
    view: new DataView(buffer, byteOffset, byteLength),
    buffer: Buffer.from(buffer as ArrayBuffer, byteOffset, byteLength),
  };
}

/** fromCharCode with its arguments spelled out is several times faster than through apply(). */
function shortString(b: Uint8Array, at: number, length: number): string {
  switch (length) {
    case 0:
      return '';
    case 1:
      return fromCharCode(b[at]);
    case 2:
      return fromCharCode(b[at], b[at + 1]);
    case 3:
      return fromCharCode(b[at], b[at + 1], b[at + 2]);
    case 4:
      return fromCharCode(b[at], b[at + 1], b[at + 2], b[at + 3]);
    case 5:
      return fromCharCode(b[at], b[at + 1], b[at + 2], b[at + 3], b[at + 4]);
    case 6:
      return fromCharCode(b[at], b[at + 1], b[at + 2], b[at + 3], b[at + 4], b[at + 5]);
    case 7:
      return fromCharCode(b[at], b[at + 1], b[at + 2], b[at + 3], b[at + 4], b[at + 5], b[at + 6]);
    default:
      return fromCharCode(b[at], b[at + 1], b[at + 2], b[at + 3], b[at + 4], b[at + 5], b[at + 6], b[at + 7]);
  }
}
