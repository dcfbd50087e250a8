import { types } from 'node:util';
import { carriedAs } from '../carry.js';
import { countIndices, isRow, isSparse, packing } from './arrays.js';
import { ByteWriter } from './byte-writer.js';
import { brandOf, Kind, kindOf } from './classify.js';
import { MAX_DEPTH, Tag } from './format.js';
import { Identities } from './identities.js';
import { type KeyList, KeyLists, makeBlock } from './key-lists.js';
import { PROXY, refuseFunction, refuseSymbol, type Step, TOO_DEEP } from './refusal.js';

const { isProxy } = types;
const ObjectPrototype = Object.prototype;
const hasOwn = Object.prototype.hasOwnProperty;

/** From here on an array of numbers is packed. */
const PACKED = 8;

/** Writes primitives, plain objects, instances and arrays: what nearly all values are made of. */
export abstract class ObjectWriter extends ByteWriter {
  /** The way to where the walk is: the first `depth` steps. */
  protected readonly steps: Step[] = [];
  protected depth = 0;
  /** Whether the record refers to one of its objects. */
  protected shares = false;
  readonly #identities = new Identities();
  readonly #keyLists = new KeyLists();
  /** The record's number, and how many key lists it spells out so far. */
  #record = 0;
  #spelled = 0;

  /** Writes an object that is not Kind.Plain. */
  protected abstract ofKind(kind: Kind, object: object): void;

  protected begin(): void {
    this.#record++;
  }

  /** Lets go of what the record held. */
  protected end(): void {
    this.#identities.forget();
    this.#spelled = 0;
    this.shares = false;
    this.depth = 0;
  }

  protected value(value: unknown): void {
    this.roomForOne();
    if (typeof value === 'number') this.number(value);
    else if (typeof value === 'string') this.string(value);
    else if (typeof value === 'object') {
      if (value === null) this.byte(Tag.Null);
      else this.object(value);
    } else if (typeof value === 'boolean') this.byte(value ? Tag.True : Tag.False);
    else if (value === undefined) this.byte(Tag.Undefined);
    else if (typeof value === 'bigint') this.bigint(value);
    else if (typeof value === 'symbol') throw refuseSymbol(value);
    else if (typeof value === 'function' && carriedAs(value) !== undefined) this.ofKind(Kind.Carried, value);
    else throw refuseFunction(value);
  }

  protected object(object: object): void {
    if (isProxy(object)) {
      if (carriedAs(object) === undefined) throw PROXY;
      return this.ofKind(Kind.Carried, object);
    }
    const number = this.#identities.meet(object);
    if (number >= 0) {
      this.shares = true;
      this.byte(Tag.Reference);
      this.varint(number);
      return;
    }
    if (this.depth >= MAX_DEPTH) throw TOO_DEEP;
    if (Array.isArray(object)) this.#array(object);
    else if (Object.getPrototypeOf(object) === ObjectPrototype) this.#plain(object);
    else this.#special(object);
  }

  #plain(object: object): void {
    const keys = this.#keysOf(object);
    const kind = keys === undefined || keys.odd ? (brandOf(object) ?? Kind.Plain) : Kind.Plain;
    if (kind === Kind.Plain) this.#properties(object, keys);
    else this.ofKind(kind, object);
  }

  #special(object: object): void {
    const kind = kindOf(object);
    if (kind === Kind.Plain) this.#properties(object, this.#keysOf(object));
    else this.ofKind(kind, object);
  }

  /** Undefined if they are too many to keep. */
  #keysOf(object: object): KeyList | undefined {
    let keys = this.#keyLists.root;
    // V8 keeps the keys of a for-in with the hidden class, and there knows the check for own ones to be true.
    for (const key in object) {
      if (!hasOwn.call(object, key)) continue;
      if (keys.lastKey === key && keys.last !== undefined) keys = keys.last;
      else {
        const next = keys.step(key, this.#keyLists);
        if (next === undefined) return undefined;
        keys = next;
      }
    }
    return keys;
  }

  #properties(object: object, keys: KeyList | undefined): void {
    if (keys === undefined || !this.#spell(keys)) {
      this.byte(Tag.Dictionary);
      this.entries(object, Object.keys(object), 0);
      return;
    }
    const { names } = keys;
    const depth = this.depth++;
    let next = 0;
    for (const key in object) {
      if (!hasOwn.call(object, key)) continue;
      if (names[next] !== key) next = this.#miss(next, names.indexOf(key, next));
      this.steps[depth] = key;
      this.value((object as Record<string, unknown>)[key]);
      next++;
    }
    if (next < names.length) this.#miss(next, names.length);
    this.depth = depth;
  }

  /** A getter removed properties that were yet to come: as in structured clone, they are not there. */
  #miss(from: number, to: number): number {
    for (let i = from; i < to; i++) {
      this.roomForOne();
      this.byte(Tag.Hole);
    }
    return to;
  }

  /** Writes a key list, or its number if the record holds it already. False, and nothing is written: not worth it. */
  #spell(keys: KeyList): boolean {
    if (keys.record === this.#record) {
      this.byte(Tag.ShapeAgain);
      this.varint(keys.number);
      return true;
    }
    const block = keys.block ?? this.#blockOf(keys);
    if (block === undefined) return false;
    keys.record = this.#record;
    keys.number = this.#spelled++;
    this.byte(Tag.Shape);
    this.copy(block);
    return true;
  }

  /** Made when a second object has these keys. */
  #blockOf(keys: KeyList): Uint8Array | undefined {
    if (!keys.met) {
      keys.met = true;
      return undefined;
    }
    const start = this.length;
    keys.names = keys.path();
    for (const key of keys.names) this.string(key);
    keys.block = makeBlock(this.bytes.subarray(start, this.length), keys.size);
    this.length = start;
    return keys.block;
  }

  /** As structured clone does it: what a getter adds meanwhile is not written, what it removes is not either. */
  protected entries(object: object, keys: readonly string[], from: number, indices = 0): void {
    const depth = this.depth++;
    for (let i = from; i < keys.length; i++) {
      const key = keys[i];
      if (!hasOwn.call(object, key)) continue;
      this.steps[depth] = i < indices ? Number(key) : key;
      this.string(key);
      this.value((object as Record<string, unknown>)[key]);
    }
    this.depth = depth;
    this.roomForOne();
    this.byte(Tag.End);
  }

  #array(array: readonly unknown[]): void {
    const { length } = array;
    if (isRow(array)) {
      const packed = length < PACKED ? undefined : packing(array);
      if (packed === undefined) this.#row(Tag.Array, array, length);
      else this.#packed(packed, array as readonly number[]);
      return;
    }
    const keys = Object.keys(array);
    const elements = countIndices(keys);
    if (isSparse(elements, length)) {
      this.byte(Tag.SparseArray);
      this.varint(length);
      this.entries(array, keys, 0, elements);
    } else if (elements === keys.length) {
      this.#row(Tag.Array, array, length);
    } else {
      this.#row(Tag.ArrayWith, array, length);
      this.entries(array, keys, elements);
    }
  }

  /** An array of which only the elements count, for a record's top. */
  protected list(given: readonly unknown[]): void {
    // A Proxy's length may be anything, and another one each time.
    const list = isProxy(given) ? Array.from(given) : given;
    this.roomForOne();
    this.#identities.meet(given);
    this.#row(Tag.Array, list, list.length);
  }

  #row(tag: number, array: readonly unknown[], length: number): void {
    this.byte(tag);
    this.varint(length);
    const depth = this.depth++;
    for (let i = 0; i < length; i++) {
      this.steps[depth] = i;
      const value = array[i];
      if (value !== undefined || hasOwn.call(array, i)) this.value(value);
      else {
        this.roomForOne();
        this.byte(Tag.Hole);
      }
    }
    this.depth = depth;
  }

  #packed(packed: 'int32' | 'float64', array: readonly number[]): void {
    this.byte(packed === 'int32' ? Tag.Int32s : Tag.Float64s);
    this.varint(array.length);
    if (packed === 'int32') this.int32s(array);
    else this.float64s(array);
  }
}
