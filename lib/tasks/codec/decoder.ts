import { Buffer } from 'node:buffer';
import { makeError, setPart } from './errors.js';
import { SHARES, Tag } from './format.js';
import { isAssignable, KnownKeys, type Keys } from './shapes.js';
import { newBuffer, viewClass } from './views.js';

/** Reads the records that an Encoder wrote. What it returns is built here, and never aliases `bytes`. */
export class Decoder {
  /** Where the last record read ends. */
  offset = 0;
  #bytes: Uint8Array = new Uint8Array(0);
  #buffer: Buffer = Buffer.alloc(0);
  #view: DataView = new DataView(new ArrayBuffer(0));

  readonly #known = new KnownKeys();
  #lists: Keys[] = [];
  /** The objects of the record in their order, where it refers to any. */
  #objects: object[] | undefined;

  /** The value of the record at `offset`. Pass the same `bytes` each time: what is derived from it is kept. */
  read(bytes: Uint8Array, offset: number): unknown {
    if (bytes !== this.#bytes) {
      this.#bytes = bytes;
      this.#buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
      this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    }
    const first = bytes[offset]!;
    this.offset = offset + 1;
    if (first < 0x6e) return this.#value(first);
    this.#lists = [];
    this.#objects = first >= SHARES ? [] : undefined;
    const value = this.#value(first & ~SHARES);
    this.#objects = undefined;
    return value;
  }

  #next(): unknown {
    return this.#value(this.#bytes[this.offset++]!);
  }

  #value(tag: number): unknown {
    if (tag < 0x40) return tag;
    if (tag < 0x60) return this.#latin1(tag - 0x40);
    const at = this.offset;
    switch (tag) {
      case Tag.Undefined:
        return undefined;
      case Tag.Null:
        return null;
      case Tag.True:
        return true;
      case Tag.False:
        return false;
      case Tag.Int8:
        this.offset = at + 1;
        return this.#view.getInt8(at);
      case Tag.Int16:
        this.offset = at + 2;
        return this.#view.getInt16(at, true);
      case Tag.Int32:
        this.offset = at + 4;
        return this.#view.getInt32(at, true);
      case Tag.Double:
        this.offset = at + 8;
        return this.#view.getFloat64(at, true);
      case Tag.BigInt64:
        this.offset = at + 8;
        return this.#view.getBigInt64(at, true);
      case Tag.BigInt: {
        const text = this.#next() as string;
        return text.startsWith('-') ? -BigInt(`0x${text.slice(1)}`) : BigInt(`0x${text}`);
      }
      case Tag.Latin1:
        return this.#latin1(this.#varint());
      case Tag.Utf16: {
        const size = this.#varint() * 2;
        this.offset += size;
        return this.#buffer.toString('utf16le', this.offset - size, this.offset);
      }
      case Tag.Shape:
        return this.#object(this.#keys());
      case Tag.ShapeAgain:
        return this.#object(this.#lists[this.#varint()]!);
      case Tag.Array:
        return this.#array();
      default:
        return this.#rare(tag);
    }
  }

  #rare(tag: number): unknown {
    switch (tag) {
      case Tag.Doubles:
        return this.#doubles();
      case Tag.ArrayWith:
        return this.#entries(this.#array());
      case Tag.SparseArray: {
        const array = this.#open<unknown[]>([]);
        array.length = this.#varint();
        return this.#entries(array);
      }
      case Tag.Dictionary:
        return this.#entries(this.#open({}));
      case Tag.Reference:
        return this.#objects![this.#varint()];
      case Tag.Map: {
        const map = this.#open(new Map<unknown, unknown>());
        for (let rest = this.#varint(); rest > 0; rest--) {
          const key = this.#next();
          map.set(key, this.#next());
        }
        return map;
      }
      case Tag.Set: {
        const set = this.#open(new Set<unknown>());
        for (let rest = this.#varint(); rest > 0; rest--) set.add(this.#next());
        return set;
      }
      case Tag.Date: {
        this.offset += 8;
        return this.#open(new Date(this.#view.getFloat64(this.offset - 8, true)));
      }
      case Tag.RegExp: {
        const source = this.#next() as string;
        return this.#open(new RegExp(source, this.#next() as string));
      }
      case Tag.Boxed:
        return this.#open(Object(this.#next()) as object);
      case Tag.Error:
        return this.#error();
      case Tag.ArrayBuffer:
        return this.#arrayBuffer();
      case Tag.View:
        return this.#viewOfCopy();
      case Tag.WholeView:
        return this.#viewOfWhole();
      default:
        throw new RangeError(`No value starts with the byte ${tag} at offset ${this.offset - 1}`);
    }
  }

  #varint(): number {
    let value = 0;
    let scale = 1;
    for (;;) {
      const byte = this.#bytes[this.offset++]!;
      if (!(byte >= 0x80)) return value + byte * scale;
      value += (byte - 0x80) * scale;
      scale *= 0x80;
    }
  }

  #latin1(length: number): string {
    const start = this.offset;
    this.offset = start + length;
    return this.#buffer.toString('latin1', start, start + length);
  }

  /** Gives an object its number. */
  #open<T extends object>(object: T): T {
    this.#objects?.push(object);
    return object;
  }

  #keys(): Keys {
    const at = this.offset;
    let keys = this.#known.find(this.#view, at);
    if (keys === undefined) {
      const names: string[] = [];
      this.offset = at + 8;
      for (let rest = this.#view.getUint16(at + 6, true); rest > 0; rest--) names.push(this.#next() as string);
      keys = this.#known.learn(this.#view, at, names);
    }
    this.offset = at + keys.words.length * 4;
    this.#lists.push(keys);
    return keys;
  }

  #object(keys: Keys): object {
    const object: Record<string, unknown> = {};
    this.#objects?.push(object);
    const { names } = keys;
    if (keys.plain) {
      for (let i = 0; i < names.length; i++) object[names[i]!] = this.#next();
    } else {
      for (let i = 0; i < names.length; i++) put(object, names[i]!, this.#next());
    }
    return object;
  }

  #entries<T extends object>(object: T): T {
    for (;;) {
      const tag = this.#bytes[this.offset++]!;
      if (tag === Tag.End) return object;
      const key = this.#value(tag) as string;
      put(object, key, this.#next());
    }
  }

  #array(): unknown[] {
    const array = this.#open<unknown[]>([]);
    const length = this.#varint();
    for (let i = 0; i < length; i++) {
      const tag = this.#bytes[this.offset++]!;
      if (tag === Tag.Hole) array.length = i + 1;
      else array.push(this.#value(tag));
    }
    return array;
  }

  #doubles(): number[] {
    const array = this.#open<number[]>([]);
    const length = this.#varint();
    let at = this.offset;
    for (let i = 0; i < length; i++, at += 8) array.push(this.#view.getFloat64(at, true));
    this.offset = at;
    return array;
  }

  #error(): Error {
    const type = this.#next() as string;
    const stack = this.#next() as string | undefined;
    const message = this.#next() as string | undefined;
    const name = this.#next() as string | undefined;
    const error = this.#open(makeError({ type, stack, message, name }));
    for (;;) {
      const tag = this.#bytes[this.offset++]!;
      if (tag === Tag.End) return error;
      const key = this.#value(tag) as string;
      setPart(error, key, this.#next());
    }
  }

  #copy(): Uint8Array<ArrayBuffer> {
    const length = this.#varint();
    const start = this.offset;
    this.offset = start + length;
    const copy = new Uint8Array(length);
    copy.set(this.#bytes.subarray(start, start + length));
    return copy;
  }

  #arrayBuffer(): ArrayBuffer {
    const maxByteLength = this.#next() as number | undefined;
    const length = this.#varint();
    const start = this.offset;
    this.offset = start + length;
    const buffer = newBuffer(length, maxByteLength);
    new Uint8Array(buffer).set(this.#bytes.subarray(start, start + length));
    return this.#open(buffer);
  }

  #viewOfCopy(): ArrayBufferView {
    const type = this.#bytes[this.offset++]!;
    const { buffer } = this.#copy();
    return this.#open(type === 0 ? Buffer.from(buffer) : new (viewClass(type))(buffer));
  }

  #viewOfWhole(): ArrayBufferView {
    const type = this.#bytes[this.offset++]!;
    // The view opened before its buffer did.
    const number = this.#objects?.push(undefined as never);
    const view = new (viewClass(type))(this.#next() as ArrayBuffer);
    if (number !== undefined) this.#objects![number - 1] = view;
    return view;
  }
}

/** Defines what must not be assigned. */
function put(object: object, key: string, value: unknown): void {
  if (isAssignable(key)) (object as Record<string, unknown>)[key] = value;
  else Object.defineProperty(object, key, { value, enumerable: true, configurable: true, writable: true });
}
