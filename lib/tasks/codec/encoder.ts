import { Buffer } from 'node:buffer';
import { inspect, types } from 'node:util';
import { SerializationError } from '../../errors.js';
import { isMoved } from '../move.js';
import { Kind, kindOf } from './classify.js';
import { errorParts } from './errors.js';
import { MAX_DEPTH, SHARES, Tag } from './format.js';
import {
  DETACHED,
  EntryStep,
  PROXY,
  refuseFunction,
  refuseObject,
  refuseSymbol,
  serializationError,
  TOO_DEEP,
  type Step,
} from './refusal.js';
import { KeyTree, makeBlock, type KeyPath } from './shapes.js';
import { isDetached, isWhole, maxByteLengthOf, typeOfView } from './views.js';

const { isProxy, isSharedArrayBuffer } = types;
const ObjectPrototype = Object.prototype;
const hasOwn = Object.prototype.hasOwnProperty;

const FIRST_SIZE = 4096;
/** What an encoder keeps between values; a larger buffer is let go by reset(). */
const KEPT_SIZE = 1 << 20;
/** The longest string that is written character by character: beyond, calling into Node is cheaper. */
const SHORT = 31;
/** Up to so many objects a scan finds one faster than a hash table does. */
const SCANNED = 12;
/** Arrays of so many numbers and nothing else are written as doubles. */
const MANY_NUMBERS = 8;
/** From here on an array's extra properties are looked for without listing its elements. */
const LONG = 64;
/** Arrays beyond that length are sparse, or nearly always: their elements are listed. */
const HUGE = 1 << 25;

/** Ends a walk at what only a message can carry. */
const NEEDS_MESSAGE = Symbol('needs a message');
/** Ends a walk in which a getter removed properties that were yet to be written; the value is written again, slowly. */
const CHANGED = Symbol('changed');

/**
 * Appends values to `bytes`, each a record of its own (format.ts). A buffer that grew beyond 1 MB is let go by
 * the next reset().
 */
export class Encoder {
  /** The first `length` bytes are records. Replaced when they outgrow it. */
  bytes: Uint8Array;
  length = 0;
  #buffer: Buffer;
  #view: DataView;

  readonly #tree = new KeyTree();
  /** The number of the record under way, and of the key lists that it spelled out. */
  #record = 0;
  #lists = 0;
  /** The objects of the record, in their order: the first ones, and if there are more all of them. */
  readonly #seen: (object | undefined)[] = new Array<object | undefined>(SCANNED).fill(undefined);
  #count = 0;
  readonly #members = new Set<object>();
  #numbers: Map<object, number> | undefined;
  #shares = false;

  readonly #steps: Step[] = [];
  #depth = 0;
  #writing = false;
  #careful = false;

  constructor() {
    this.#buffer = Buffer.from(new ArrayBuffer(FIRST_SIZE));
    this.bytes = this.#buffer;
    this.#view = new DataView(this.#buffer.buffer);
  }

  /** Forgets the records. */
  reset(): void {
    this.length = 0;
    if (this.#buffer.length > KEPT_SIZE) this.#resize(FIRST_SIZE);
  }

  /**
   * Appends one value. False, and nothing is appended: it needs a message, for it holds a SharedArrayBuffer
   * or a view of one, a shareable, a move()d value, a port or another built-in of Node's. Throws a
   * SerializationError that names `path` and the path inside the value if it cannot cross at all.
   */
  write(value: unknown, path: string | (() => string)): boolean {
    if (this.#writing) {
      throw new SerializationError('A getter of a value that was being sent sent a value itself; read it beforehand');
    }
    const start = this.length;
    if (typeof value !== 'object' && typeof value !== 'function' && typeof value !== 'symbol') {
      this.#value(value);
      return true;
    }
    this.#writing = true;
    try {
      this.#record++;
      this.#value(value);
      if (this.#shares) this.#buffer[start]! |= SHARES;
      return true;
    } catch (thrown) {
      this.length = start;
      if (thrown === NEEDS_MESSAGE) return false;
      if (thrown === CHANGED) {
        this.#forget();
        return this.#writeCarefully(value, path);
      }
      throw serializationError(isStackOverflow(thrown) ? TOO_DEEP : thrown, path, this.#steps.slice(0, this.#depth));
    } finally {
      this.#forget();
    }
  }

  #writeCarefully(value: unknown, path: string | (() => string)): boolean {
    this.#careful = true;
    this.#writing = false;
    try {
      return this.write(value, path);
    } finally {
      this.#careful = false;
    }
  }

  #forget(): void {
    for (let i = Math.min(this.#count, SCANNED) - 1; i >= 0; i--) this.#seen[i] = undefined;
    if (this.#count > SCANNED) this.#members.clear();
    this.#count = 0;
    this.#numbers = undefined;
    this.#shares = false;
    this.#lists = 0;
    this.#depth = 0;
    this.#writing = false;
  }

  // ── Room ──

  #room(size: number): void {
    if (this.length + size > this.#buffer.length) this.#resize(Math.max(this.length + size, this.#buffer.length * 2));
  }

  #resize(size: number): void {
    const grown = Buffer.from(new ArrayBuffer(size));
    grown.set(this.#buffer.subarray(0, this.length));
    this.#buffer = grown;
    this.bytes = grown;
    this.#view = new DataView(grown.buffer);
  }

  // ── Values ──

  #value(value: unknown): void {
    if (this.length + 16 > this.#buffer.length) this.#room(16);
    if (typeof value === 'number') this.#number(value);
    else if (typeof value === 'string') this.#string(value);
    else if (typeof value === 'object') {
      if (value === null) this.#tag(Tag.Null);
      else this.#object(value);
    } else if (typeof value === 'boolean') this.#tag(value ? Tag.True : Tag.False);
    else if (value === undefined) this.#tag(Tag.Undefined);
    else if (typeof value === 'bigint') this.#bigint(value);
    else throw typeof value === 'symbol' ? refuseSymbol(value) : refuseFunction(value);
  }

  #tag(tag: number): void {
    this.#buffer[this.length++] = tag;
  }

  #number(value: number): void {
    const at = this.length;
    if ((value | 0) === value && (value !== 0 || 1 / value > 0)) {
      if (value >= 0 && value < 0x40) {
        this.#buffer[at] = value;
        this.length = at + 1;
      } else if (value >= -0x80 && value < 0x80) {
        this.#buffer[at] = Tag.Int8;
        this.#view.setInt8(at + 1, value);
        this.length = at + 2;
      } else if (value >= -0x8000 && value < 0x8000) {
        this.#buffer[at] = Tag.Int16;
        this.#view.setInt16(at + 1, value, true);
        this.length = at + 3;
      } else {
        this.#buffer[at] = Tag.Int32;
        this.#view.setInt32(at + 1, value, true);
        this.length = at + 5;
      }
    } else {
      this.#buffer[at] = Tag.Double;
      this.#view.setFloat64(at + 1, value, true);
      this.length = at + 9;
    }
  }

  #bigint(value: bigint): void {
    if (BigInt.asIntN(64, value) === value) {
      this.#tag(Tag.BigInt64);
      this.#view.setBigInt64(this.length, value, true);
      this.length += 8;
    } else {
      this.#tag(Tag.BigInt);
      this.#string(value.toString(16));
    }
  }

  #string(value: string): void {
    const { length } = value;
    if (length > SHORT) {
      this.#longString(value);
      return;
    }
    this.#room(length + 1);
    const buffer = this.#buffer;
    let at = this.length;
    buffer[at++] = 0x40 + length;
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
    const wide = /[^\0-\xff]/.test(value);
    const size = wide ? value.length * 2 : value.length;
    this.#room(size + 16);
    this.#tag(wide ? Tag.Utf16 : Tag.Latin1);
    this.#varint(value.length);
    if (wide) this.#buffer.write(value, this.length, size, 'utf16le');
    else this.#buffer.write(value, this.length, size, 'latin1');
    this.length += size;
  }

  #varint(value: number): void {
    let rest = value;
    while (rest >= 0x80) {
      this.#buffer[this.length++] = (rest % 0x80) | 0x80;
      rest = Math.floor(rest / 0x80);
    }
    this.#buffer[this.length++] = rest;
  }

  // ── Objects ──

  #object(object: object): void {
    if (isProxy(object)) throw PROXY;
    const number = this.#meet(object);
    if (number >= 0) {
      this.#shares = true;
      this.#tag(Tag.Reference);
      this.#varint(number);
      return;
    }
    if (this.#depth >= MAX_DEPTH) throw TOO_DEEP;
    if (Array.isArray(object)) this.#array(object);
    else if (Object.getPrototypeOf(object) === ObjectPrototype) this.#plain(object);
    else this.#special(object);
  }

  /** The number of an object that the record holds already, or -1, and then it holds it now. */
  #meet(object: object): number {
    const count = this.#count;
    if (count < SCANNED) {
      for (let i = 0; i < count; i++) if (this.#seen[i] === object) return i;
      this.#seen[count] = object;
      this.#count = count + 1;
      return -1;
    }
    return this.#meetAmongMany(object);
  }

  #meetAmongMany(object: object): number {
    const members = this.#members;
    if (this.#count === SCANNED && members.size === 0) {
      for (const seen of this.#seen) members.add(seen!);
    }
    // One operation a new object: only the first repeated one asks for numbers, which are the Set's order.
    members.add(object);
    if (members.size > this.#count) {
      this.#numbers?.set(object, this.#count);
      this.#count++;
      return -1;
    }
    if (this.#numbers === undefined) {
      this.#numbers = new Map();
      for (const member of members) this.#numbers.set(member, this.#numbers.size);
    }
    return this.#numbers.get(object)!;
  }

  #plain(object: object): void {
    if (this.#careful) {
      this.#dictionary(object);
      return;
    }
    let keys: KeyPath = this.#tree.root;
    for (const key in object) {
      if (!hasOwn.call(object, key)) continue;
      keys = keys.lastKey === key && keys.last !== undefined ? keys.last : keys.step(key);
    }
    const count = keys.depth;
    if (count === 0 && keys !== this.#tree.endless) {
      // No keys: an empty object, or one of the kinds that keep their state elsewhere.
      if (kindOf(object) !== Kind.Plain) {
        this.#special(object);
        return;
      }
    }
    if (keys.record === this.#record) {
      this.#tag(Tag.ShapeAgain);
      this.#varint(keys.number);
    } else {
      const block = keys.block ?? this.#blockOf(keys);
      if (block === undefined) {
        this.#dictionary(object);
        return;
      }
      keys.record = this.#record;
      keys.number = this.#lists++;
      this.#room(block.length + 16);
      this.#tag(Tag.Shape);
      this.#buffer.set(block, this.length);
      this.length += block.length;
    }
    const depth = this.#depth++;
    let written = 0;
    for (const key in object) {
      if (!hasOwn.call(object, key)) continue;
      this.#steps[depth] = key;
      this.#value((object as Record<string, unknown>)[key]);
      written++;
    }
    if (written !== count) throw CHANGED;
    this.#depth = depth;
  }

  /** A key list is spelled in place when it is met first, and kept when it is met again. */
  #blockOf(keys: KeyPath): Uint8Array | undefined {
    if (keys === this.#tree.endless) return undefined;
    if (!keys.met) {
      keys.met = true;
      return undefined;
    }
    const start = this.length;
    const names = keys.keys();
    for (const name of names) this.#string(name);
    keys.block = makeBlock(this.#buffer.subarray(start, this.length), names.length);
    this.length = start;
    return keys.block;
  }

  #dictionary(object: object): void {
    this.#tag(Tag.Dictionary);
    this.#entries(object, Object.keys(object), 0);
  }

  /** As structured clone does: what a getter adds is not written, what it removes is not either. */
  #entries(object: object, keys: readonly string[], from: number): void {
    const depth = this.#depth++;
    for (let i = from; i < keys.length; i++) {
      const key = keys[i]!;
      if (!hasOwn.call(object, key)) continue;
      this.#steps[depth] = key;
      this.#string(key);
      this.#value((object as Record<string, unknown>)[key]);
    }
    this.#depth = depth;
    this.#room(1);
    this.#tag(Tag.End);
  }

  #array(array: unknown[]): void {
    const { length } = array;
    if (length === 0 && Object.keys(array).length === 0) {
      this.#tag(Tag.Array);
      this.#varint(0);
      return;
    }
    const plain = length > LONG && length < HUGE && !looksSparse(array) && hasOnlyElements(array);
    if (plain) {
      if (this.#doubles(array)) return;
      this.#elements(Tag.Array, array, length);
      return;
    }
    const keys = Object.keys(array);
    // The elements' keys come first, in their order: the length-th of them is the last index only if none is missing.
    if (keys.length === length && keys[length - 1] === String(length - 1)) {
      if (length >= MANY_NUMBERS && this.#doubles(array)) return;
      this.#elements(Tag.Array, array, length);
      return;
    }
    let own = keys.length;
    while (own > 0 && !isIndex(keys[own - 1]!)) own--;
    if (length > LONG && own < length / 4) {
      this.#tag(Tag.SparseArray);
      this.#varint(length);
      this.#entries(array, keys, 0);
    } else if (own === keys.length) {
      this.#elements(Tag.Array, array, length);
    } else {
      this.#elements(Tag.ArrayWith, array, length);
      this.#entries(array, keys, own);
    }
  }

  #elements(tag: number, array: readonly unknown[], length: number): void {
    this.#tag(tag);
    this.#varint(length);
    const depth = this.#depth++;
    for (let i = 0; i < length; i++) {
      const value = array[i];
      this.#steps[depth] = i;
      if (value === undefined && !hasOwn.call(array, i)) {
        this.#room(1);
        this.#tag(Tag.Hole);
      } else this.#value(value);
    }
    this.#depth = depth;
  }

  #doubles(array: readonly unknown[]): boolean {
    const { length } = array;
    for (let i = 0; i < length; i++) if (typeof array[i] !== 'number') return false;
    this.#room(length * 8 + 16);
    this.#tag(Tag.Doubles);
    this.#varint(length);
    const view = this.#view;
    let at = this.length;
    for (let i = 0; i < length; i++, at += 8) view.setFloat64(at, array[i] as number, true);
    this.length = at;
    return true;
  }

  #special(object: object): void {
    switch (kindOf(object)) {
      case Kind.Plain:
        if (Object.getPrototypeOf(object) === ObjectPrototype) this.#dictionary(object);
        else this.#plain(object);
        return;
      case Kind.Map:
        this.#map(object as Map<unknown, unknown>);
        return;
      case Kind.Set:
        this.#set(object as Set<unknown>);
        return;
      case Kind.Date:
        this.#tag(Tag.Date);
        this.#view.setFloat64(this.length, Date.prototype.getTime.call(object), true);
        this.length += 8;
        return;
      case Kind.RegExp:
        this.#tag(Tag.RegExp);
        this.#string((object as RegExp).source);
        this.#string((object as RegExp).flags);
        return;
      case Kind.Boxed:
        this.#tag(Tag.Boxed);
        this.#value((object as { valueOf(): unknown }).valueOf());
        return;
      case Kind.Error:
      case Kind.DOMException:
        this.#error(object as Error);
        return;
      case Kind.ArrayBuffer:
        this.#arrayBuffer(object as ArrayBuffer);
        return;
      case Kind.View:
        this.#viewOfMemory(object as ArrayBufferView);
        return;
      case Kind.Movable:
        if (!isMoved(object)) throw refuseObject(object);
        throw NEEDS_MESSAGE;
      case Kind.Refused:
        throw refuseObject(object);
      default:
        throw NEEDS_MESSAGE;
    }
  }

  #map(map: Map<unknown, unknown>): void {
    const entries: unknown[] = [];
    Map.prototype.forEach.call(map, (value, key) => entries.push(key, value));
    this.#tag(Tag.Map);
    this.#varint(entries.length / 2);
    const depth = this.#depth++;
    const step = new EntryStep();
    this.#steps[depth] = step;
    for (let i = 0; i < entries.length; i += 2) {
      step.index = i / 2;
      step.part = 'key';
      this.#value(entries[i]);
      step.part = 'value';
      step.key = entries[i];
      this.#value(entries[i + 1]);
    }
    this.#depth = depth;
  }

  #set(set: Set<unknown>): void {
    const members: unknown[] = [];
    Set.prototype.forEach.call(set, (member) => members.push(member));
    this.#tag(Tag.Set);
    this.#varint(members.length);
    const depth = this.#depth++;
    const step = new EntryStep();
    step.part = 'member';
    this.#steps[depth] = step;
    for (let i = 0; i < members.length; i++) {
      step.index = i;
      this.#value(members[i]);
    }
    this.#depth = depth;
  }

  #error(error: Error): void {
    const { type, stack, message, name, rest } = errorParts(error);
    this.#tag(Tag.Error);
    this.#string(type);
    this.#value(stack);
    this.#value(message);
    this.#value(name);
    this.#entries(rest, Object.keys(rest), 0);
  }

  #arrayBuffer(buffer: ArrayBuffer): void {
    if (isMoved(buffer)) throw NEEDS_MESSAGE;
    if (isDetached(buffer)) throw DETACHED;
    this.#tag(Tag.ArrayBuffer);
    this.#value(maxByteLengthOf(buffer));
    this.#raw(new Uint8Array(buffer));
  }

  #viewOfMemory(view: ArrayBufferView): void {
    const { buffer } = view;
    if (isSharedArrayBuffer(buffer) || isMoved(view) || isMoved(buffer)) throw NEEDS_MESSAGE;
    const type = typeOfView(view);
    if (isDetached(view)) throw DETACHED;
    if (type > 0 && isWhole(view)) {
      this.#tag(Tag.WholeView);
      this.#tag(type);
      this.#object(buffer);
    } else {
      this.#tag(Tag.View);
      this.#tag(type);
      this.#raw(new Uint8Array(buffer, view.byteOffset, view.byteLength));
    }
  }

  #raw(bytes: Uint8Array): void {
    this.#room(bytes.length + 16);
    this.#varint(bytes.length);
    this.#buffer.set(bytes, this.length);
    this.length += bytes.length;
  }
}

/** Asks evenly spaced elements; an array that is mistaken for dense is merely longer in the record. */
function looksSparse(array: readonly unknown[]): boolean {
  let missing = 0;
  for (let i = 0; i < LONG; i++) {
    const at = Math.floor((i / LONG) * array.length);
    if (array[at] === undefined && !hasOwn.call(array, at)) missing++;
  }
  return missing * 2 > LONG;
}

function isIndex(key: string): boolean {
  const index = Number(key);
  return index >= 0 && index < 0xffff_ffff && String(index >>> 0) === key;
}

/**
 * Whether an array has no properties beside its elements and length, told in a time that does not grow with
 * its length: inspect() lists the properties that are no elements, and no other public function does without
 * listing the elements too. False may be wrong.
 */
function hasOnlyElements(array: readonly unknown[]): boolean {
  return inspect(array, { maxArrayLength: 0, depth: 0, customInspect: false }).endsWith('more items ]');
}

function isStackOverflow(thrown: unknown): boolean {
  return thrown instanceof RangeError && thrown.message.startsWith('Maximum call stack');
}
