import { types } from 'node:util';
import { SerializationError } from '../../errors.js';
import { isMoved } from '../move.js';
import { countIndices, isRow, isSparse, packing } from './arrays.js';
import { ByteWriter } from './byte-writer.js';
import { Kind, kindOf } from './classify.js';
import { errorParts } from './errors.js';
import { MAX_DEPTH, SHARES, Tag } from './format.js';
import { Identities } from './identities.js';
import { KeyLists, makeBlock, type KeyList } from './key-lists.js';
import {
  DETACHED,
  EntryStep,
  PROXY,
  refuseFunction,
  refuseObject,
  refuseSymbol,
  serializationError,
  type Step,
  TOO_DEEP,
} from './refusal.js';
import { isDetached, isWhole, maxByteLengthOf, typeOfView } from './views.js';

const { isProxy, isSharedArrayBuffer } = types;
const ObjectPrototype = Object.prototype;
const hasOwn = Object.prototype.hasOwnProperty;

/** From here on an array of numbers is packed. */
const PACKED = 8;

/** Ends a walk at what only a message can carry. */
const NEEDS_MESSAGE = Symbol('needs a message');
/** Ends a walk in which a getter removed a property that was yet to be written: the value is written again, slowly. */
const CHANGED = Symbol('changed');

/** Appends values to `bytes`, each a record of its own (format.ts). */
export class Encoder extends ByteWriter {
  readonly #keyLists = new KeyLists();
  readonly #identities = new Identities();
  /** Whether the record refers to one of its objects. */
  #shares = false;
  /** The record's number, and how many key lists it spells out so far. */
  #record = 0;
  #lists = 0;
  /** The way to where the walk is: the first #depth steps. */
  readonly #steps: Step[] = [];
  #depth = 0;
  #writing = false;
  #careful = false;

  /**
   * Appends one value. False, and nothing is appended: it needs a message, for it holds a SharedArrayBuffer or a view
   * of one, a shareable, a move()d value, a port or another built-in of Node's. Throws a SerializationError that
   * names `path` and the way on inside the value if it cannot cross at all.
   */
  write(value: unknown, path: string | (() => string)): boolean {
    const start = this.length;
    if (value === null || (typeof value !== 'object' && typeof value !== 'function' && typeof value !== 'symbol')) {
      if (this.#writing) throw sentWhileSending();
      this.#value(value);
      return true;
    }
    if (this.#writing) throw sentWhileSending();
    this.#writing = true;
    this.#record++;
    try {
      this.#value(value);
    } catch (thrown) {
      this.length = start;
      const steps = this.#steps.slice(0, this.#depth);
      this.#forget();
      if (thrown === NEEDS_MESSAGE) return false;
      if (thrown === CHANGED) return this.#writeCarefully(value, path);
      throw serializationError(thrown, path, steps);
    }
    if (this.#shares) this.bytes[start]! |= SHARES;
    this.#forget();
    return true;
  }

  #writeCarefully(value: unknown, path: string | (() => string)): boolean {
    this.#careful = true;
    try {
      return this.write(value, path);
    } finally {
      this.#careful = false;
    }
  }

  #forget(): void {
    this.#identities.forget();
    this.#shares = false;
    this.#lists = 0;
    this.#depth = 0;
    this.#writing = false;
  }

  #value(value: unknown): void {
    this.roomForOne();
    if (typeof value === 'number') this.number(value);
    else if (typeof value === 'string') this.string(value);
    else if (typeof value === 'object') {
      if (value === null) this.byte(Tag.Null);
      else this.#object(value);
    } else if (typeof value === 'boolean') this.byte(value ? Tag.True : Tag.False);
    else if (value === undefined) this.byte(Tag.Undefined);
    else if (typeof value === 'bigint') this.bigint(value);
    else throw typeof value === 'symbol' ? refuseSymbol(value) : refuseFunction(value);
  }

  #object(object: object): void {
    if (isProxy(object)) throw PROXY;
    const number = this.#identities.meet(object);
    if (number >= 0) {
      this.#shares = true;
      this.byte(Tag.Reference);
      this.varint(number);
      return;
    }
    if (this.#depth >= MAX_DEPTH) throw TOO_DEEP;
    if (Array.isArray(object)) this.#array(object);
    else if (Object.getPrototypeOf(object) === ObjectPrototype) this.#plain(object);
    else this.#special(object);
  }

  #plain(object: object): void {
    const keys = this.#careful ? undefined : this.#keysOf(object);
    // Without keys it may be one of those that keep their state elsewhere.
    if (keys === undefined || keys.size === 0) {
      const kind = kindOf(object);
      if (kind === Kind.Plain) this.#dictionary(object);
      else this.#ofKind(kind, object);
      return;
    }
    this.#properties(object, keys);
  }

  /** Undefined if they are too many to keep. */
  #keysOf(object: object): KeyList | undefined {
    let keys = this.#keyLists.root;
    // for-in, because V8 keeps these keys with the hidden class, and knows the checks below to be true.
    for (const key in object) {
      if (!hasOwn.call(object, key)) continue;
      if (keys.lastKey === key) keys = keys.last;
      else {
        const next = keys.step(key, this.#keyLists.grow);
        if (next === undefined) return undefined;
        keys = next;
      }
    }
    return keys;
  }

  #properties(object: object, keys: KeyList): void {
    if (keys.record === this.#record) {
      this.byte(Tag.ShapeAgain);
      this.varint(keys.number);
    } else {
      const block = keys.block ?? this.#blockOf(keys);
      if (block === undefined) {
        this.#dictionary(object);
        return;
      }
      keys.record = this.#record;
      keys.number = this.#lists++;
      this.byte(Tag.Shape);
      this.copy(block);
    }
    const depth = this.#depth++;
    let written = 0;
    for (const key in object) {
      if (!hasOwn.call(object, key)) continue;
      this.#steps[depth] = key;
      this.#value((object as Record<string, unknown>)[key]);
      written++;
    }
    if (written !== keys.size) throw CHANGED;
    this.#depth = depth;
  }

  /** Made when a second object has these keys. */
  #blockOf(keys: KeyList): Uint8Array | undefined {
    if (!keys.met) {
      keys.met = true;
      return undefined;
    }
    const start = this.length;
    for (const key of keys.keys()) this.string(key);
    keys.block = makeBlock(this.bytes.subarray(start, this.length), keys.size);
    this.length = start;
    return keys.block;
  }

  #dictionary(object: object): void {
    this.byte(Tag.Dictionary);
    this.#entries(object, Object.keys(object), 0);
  }

  /** As structured clone does it: what a getter adds meanwhile is not written, what it removes is not either. */
  #entries(object: object, keys: readonly string[], from: number): void {
    const depth = this.#depth++;
    for (let i = from; i < keys.length; i++) {
      const key = keys[i]!;
      if (!hasOwn.call(object, key)) continue;
      this.#steps[depth] = key;
      this.string(key);
      this.#value((object as Record<string, unknown>)[key]);
    }
    this.#depth = depth;
    this.roomForOne();
    this.byte(Tag.End);
  }

  #array(array: readonly unknown[]): void {
    if (isRow(array)) {
      this.#row(Tag.Array, array, array.length);
      return;
    }
    const keys = Object.keys(array);
    const { length } = array;
    const elements = countIndices(keys);
    if (isSparse(elements, length)) {
      this.byte(Tag.SparseArray);
      this.varint(length);
      this.#entries(array, keys, 0);
    } else if (elements === keys.length) {
      this.#row(Tag.Array, array, length);
    } else {
      this.#row(Tag.ArrayWith, array, length);
      this.#entries(array, keys, elements);
    }
  }

  #row(tag: number, array: readonly unknown[], length: number): void {
    const packed = length < PACKED || tag !== Tag.Array ? undefined : packing(array);
    if (packed !== undefined) {
      this.#packed(packed, array as readonly number[]);
      return;
    }
    this.byte(tag);
    this.varint(length);
    const depth = this.#depth++;
    for (let i = 0; i < length; i++) {
      this.#steps[depth] = i;
      const value = array[i];
      if (value === undefined && !hasOwn.call(array, i)) {
        this.roomForOne();
        this.byte(Tag.Hole);
      } else this.#value(value);
    }
    this.#depth = depth;
  }

  #packed(packed: 'int32' | 'float64', array: readonly number[]): void {
    this.byte(packed === 'int32' ? Tag.Int32s : Tag.Float64s);
    this.varint(array.length);
    if (packed === 'int32') this.int32s(array);
    else this.float64s(array);
  }

  #special(object: object): void {
    const kind = kindOf(object);
    if (kind !== Kind.Plain) this.#ofKind(kind, object);
    else this.#instance(object);
  }

  #instance(object: object): void {
    const keys = this.#careful ? undefined : this.#keysOf(object);
    if (keys === undefined || keys.size === 0) this.#dictionary(object);
    else this.#properties(object, keys);
  }

  #ofKind(kind: Kind, object: object): void {
    switch (kind) {
      case Kind.Map:
        return this.#map(object as Map<unknown, unknown>);
      case Kind.Set:
        return this.#set(object as Set<unknown>);
      case Kind.Date:
        this.byte(Tag.Date);
        return this.float64(Date.prototype.getTime.call(object));
      case Kind.RegExp:
        this.byte(Tag.RegExp);
        this.string((object as RegExp).source);
        return this.string((object as RegExp).flags);
      case Kind.Boxed:
        this.byte(Tag.Boxed);
        return this.#value(primitiveIn(object));
      case Kind.Error:
      case Kind.DOMException:
        return this.#error(object as Error);
      case Kind.ArrayBuffer:
        return this.#arrayBuffer(object as ArrayBuffer);
      case Kind.View:
        return this.#view(object as ArrayBufferView);
      case Kind.Refused:
        throw refuseObject(object);
      case Kind.Movable:
        if (!isMoved(object)) throw refuseObject(object);
        throw NEEDS_MESSAGE;
      default:
        throw NEEDS_MESSAGE;
    }
  }

  #map(map: Map<unknown, unknown>): void {
    const entries: unknown[] = [];
    Map.prototype.forEach.call(map, (value, key) => entries.push(key, value));
    this.byte(Tag.Map);
    this.varint(entries.length / 2);
    const depth = this.#depth++;
    const step = new EntryStep('key');
    this.#steps[depth] = step;
    for (let i = 0; i < entries.length; i += 2) {
      step.to('key', i / 2, entries[i]);
      this.#value(entries[i]);
      step.to('value', i / 2, entries[i]);
      this.#value(entries[i + 1]);
    }
    this.#steps[depth] = 0;
    this.#depth = depth;
  }

  #set(set: Set<unknown>): void {
    const members: unknown[] = [];
    Set.prototype.forEach.call(set, (member) => members.push(member));
    this.byte(Tag.Set);
    this.varint(members.length);
    const depth = this.#depth++;
    const step = new EntryStep('member');
    this.#steps[depth] = step;
    for (let i = 0; i < members.length; i++) {
      step.to('member', i, undefined);
      this.#value(members[i]);
    }
    this.#steps[depth] = 0;
    this.#depth = depth;
  }

  #error(error: Error): void {
    const { type, stack, message, name, rest } = errorParts(error);
    this.byte(Tag.Error);
    this.string(type);
    this.#value(stack);
    this.#value(message);
    this.#value(name);
    this.#entries(rest, Object.keys(rest), 0);
  }

  #arrayBuffer(buffer: ArrayBuffer): void {
    if (isMoved(buffer)) throw NEEDS_MESSAGE;
    if (isDetached(buffer)) throw DETACHED;
    this.byte(Tag.ArrayBuffer);
    this.#value(maxByteLengthOf(buffer));
    this.memory(new Uint8Array(buffer));
  }

  #view(view: ArrayBufferView): void {
    const { buffer } = view;
    if (isSharedArrayBuffer(buffer) || isMoved(view) || isMoved(buffer)) throw NEEDS_MESSAGE;
    if (isDetached(view)) throw DETACHED;
    const type = typeOfView(view);
    const whole = type !== 0 && isWhole(view);
    this.byte(whole ? Tag.WholeView : Tag.View);
    this.byte(type);
    if (whole) this.#object(buffer);
    else this.memory(new Uint8Array(buffer, view.byteOffset, view.byteLength));
  }
}

function primitiveIn(boxed: object): unknown {
  if (types.isNumberObject(boxed)) return Number.prototype.valueOf.call(boxed);
  if (types.isStringObject(boxed)) return String.prototype.valueOf.call(boxed);
  if (types.isBooleanObject(boxed)) return Boolean.prototype.valueOf.call(boxed);
  return BigInt.prototype.valueOf.call(boxed);
}

function sentWhileSending(): SerializationError {
  return new SerializationError('A getter of a value that was being sent sent a value itself: read it beforehand');
}
