import { Buffer } from 'node:buffer';
import { ByteReader } from './byte-reader.js';
import { makeError, setPart } from './errors.js';
import { SHARES, Tag } from './format.js';
import { isAssignable, KnownKeys, type Keys } from './key-lists.js';
import { BUFFER, copyOf, UINT8, viewClass } from './views.js';

/** Stands for what is not there. */
const HOLE = Symbol('hole');

/** Reads the records that an Encoder wrote. What it returns is built here and now, and never aliases `bytes`. */
export class Decoder extends ByteReader {
  readonly #known = new KnownKeys();
  /** The key lists that the record spelled out. */
  readonly #lists: Keys[] = [];
  #listed = 0;
  /** The objects of the record in their order, where it refers to any. */
  #objects: object[] | undefined;

  /** The value of the record at `offset`. Fastest with the same `bytes` each time. */
  read(bytes: Uint8Array, offset: number): unknown {
    this.use(bytes);
    const first = bytes[offset];
    this.offset = offset + 1;
    this.#listed = 0;
    if (first < SHARES) return this.#value(first);
    this.#objects = [];
    try {
      return this.#value(first - SHARES);
    } finally {
      this.#objects = undefined;
    }
  }

  #next(): unknown {
    return this.#value(this.bytes[this.offset++]);
  }

  #value(tag: number): unknown {
    if (tag < 0x40) return tag;
    if (tag < 0x60) return this.latin1(tag - 0x40);
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
      case Tag.Hole:
        return HOLE;
      case Tag.Int8:
        this.offset = at + 1;
        return this.view.getInt8(at);
      case Tag.Int16:
        this.offset = at + 2;
        return this.view.getInt16(at, true);
      case Tag.Int32:
        this.offset = at + 4;
        return this.view.getInt32(at, true);
      case Tag.Double:
        this.offset = at + 8;
        return this.view.getFloat64(at, true);
      case Tag.BigInt64:
        this.offset = at + 8;
        return this.view.getBigInt64(at, true);
      case Tag.BigInt: {
        const text = this.#next() as string;
        return text.startsWith('-') ? -BigInt(`0x${text.slice(1)}`) : BigInt(`0x${text}`);
      }
      case Tag.Latin1:
        return this.latin1(this.varint());
      case Tag.Utf16:
        return this.utf16(this.varint());
      case Tag.Shape:
        return this.#object(this.#keys());
      case Tag.ShapeAgain:
        return this.#object(this.#lists[this.varint()]);
      case Tag.Array:
        return this.#array();
      default:
        return this.#rare(tag);
    }
  }

  #rare(tag: number): unknown {
    switch (tag) {
      case Tag.Int32s:
        return this.#int32s();
      case Tag.Float64s:
        return this.#float64s();
      case Tag.ArrayWith:
        return this.#entries(this.#array());
      case Tag.SparseArray: {
        const array = this.#open<unknown[]>([]);
        array.length = this.varint();
        return this.#entries(array);
      }
      case Tag.Dictionary:
        return this.#entries(this.#open({}));
      case Tag.Reference:
        return this.#objects![this.varint()];
      case Tag.Map: {
        const map = this.#open(new Map<unknown, unknown>());
        for (let rest = this.varint(); rest > 0; rest--) {
          const key = this.#next();
          map.set(key, this.#next());
        }
        return map;
      }
      case Tag.Set: {
        const set = this.#open(new Set<unknown>());
        for (let rest = this.varint(); rest > 0; rest--) set.add(this.#next());
        return set;
      }
      case Tag.Date: {
        this.offset += 8;
        return this.#open(new Date(this.view.getFloat64(this.offset - 8, true)));
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
        return this.#viewOfPart();
      case Tag.WholeView:
        return this.#viewOfWhole();
      case Tag.Foreign:
        return this.#open(this.foreign(this.varint()));
      default:
        throw new RangeError(`No value starts with the byte ${tag} at offset ${this.offset - 1}`);
    }
  }

  /** What an Encoder's foreign() wrote under that number. */
  protected foreign(number: number): object {
    throw new RangeError(`Nobody here knows foreign object ${number}`);
  }

  /** Gives an object its number. */
  #open<T extends object>(object: T): T {
    this.#objects?.push(object);
    return object;
  }

  #keys(): Keys {
    const at = this.offset;
    const keys = this.#known.read(this.view, at, this.#readNames);
    this.offset = at + keys.size;
    this.#lists[this.#listed++] = keys;
    return keys;
  }

  readonly #readNames = (from: number, count: number): string[] => {
    this.offset = from;
    return Array.from({ length: count }, () => this.#next() as string);
  };

  #object(keys: Keys): object {
    const object: Record<string, unknown> = {};
    this.#objects?.push(object);
    const { names } = keys;
    for (let i = 0; i < names.length; i++) {
      const value = this.#next();
      if (value === HOLE) continue;
      if (keys.plain) object[names[i]] = value;
      else put(object, names[i], value);
    }
    return object;
  }

  #entries<T extends object>(object: T): T {
    for (;;) {
      const tag = this.bytes[this.offset++];
      if (tag === Tag.End) return object;
      const key = this.#value(tag) as string;
      put(object, key, this.#next());
    }
  }

  #array(): unknown[] {
    const array = this.#open<unknown[]>([]);
    const length = this.varint();
    for (let i = 0; i < length; i++) {
      const value = this.#next();
      if (value === HOLE) array.length = i + 1;
      else array.push(value);
    }
    return array;
  }

  #float64s(): number[] {
    const length = this.varint();
    const array = this.#open(row(length));
    let at = this.offset;
    for (let i = 0; i < length; i++, at += 8) array[i] = this.view.getFloat64(at, true);
    this.offset = at;
    return array;
  }

  #int32s(): number[] {
    const length = this.varint();
    const array = this.#open(row(length));
    let at = this.offset;
    for (let i = 0; i < length; i++, at += 4) array[i] = this.view.getInt32(at, true);
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
      const tag = this.bytes[this.offset++];
      if (tag === Tag.End) return error;
      const key = this.#value(tag) as string;
      setPart(error, type, key, this.#next());
    }
  }

  #arrayBuffer(): ArrayBuffer {
    const maxByteLength = this.#next() as number | undefined;
    const bytes = this.memory();
    return this.#open((maxByteLength === undefined ? bytes : copyOf(bytes, maxByteLength)).buffer);
  }

  #viewOfPart(): ArrayBufferView {
    const type = this.bytes[this.offset++];
    const memory = this.memory();
    if (type === UINT8) return this.#open(memory);
    return this.#open(type === BUFFER ? Buffer.from(memory.buffer) : new (viewClass(type))(memory.buffer));
  }

  #viewOfWhole(): ArrayBufferView {
    const type = this.bytes[this.offset++];
    // The view has its number before its buffer has.
    const number = this.#objects?.push(this.bytes);
    const view = new (viewClass(type))(this.#next() as ArrayBuffer);
    if (number !== undefined) this.#objects![number - 1] = view;
    return view;
  }
}

/** Room for that many numbers; V8 makes longer arrays hash tables. */
function row(length: number): number[] {
  return length < LONGEST_ROW ? new Array<number>(length) : [];
}
const LONGEST_ROW = 1 << 24;

/** Defines what must not be assigned. */
function put(object: object, key: string, value: unknown): void {
  if (isAssignable(key)) (object as Record<string, unknown>)[key] = value;
  else Object.defineProperty(object, key, { value, enumerable: true, configurable: true, writable: true });
}
