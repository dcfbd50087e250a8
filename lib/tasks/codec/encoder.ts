import { types } from 'node:util';
import { SerializationError } from '../../errors.js';
import { isMoved } from '../move.js';
import { Kind } from './classify.js';
import { errorParts } from './errors.js';
import { LARGE, SHARES, Tag } from './format.js';
import { ObjectWriter } from './object-writer.js';
import { DETACHED, EntryStep, Refusal, refuseObject, serializationError } from './refusal.js';
import { BUFFER, isDetached, isWhole, maxByteLengthOf, typeOfView } from './views.js';

/** Ends a walk at what only a message can carry. */
const NEEDS_MESSAGE = new Refusal('for a message', 'post it');

/** Appends values to `bytes`, each a record of its own (format.ts). */
export class Encoder extends ObjectWriter {
  readonly #large: 'copied' | 'aside' | 'posted';
  #writing = false;

  /**
   * What becomes of large memory: it is copied into `bytes` like all else; or set aside, for copyTo() to take it from
   * where it lies; or it is for a message.
   */
  constructor(large: 'copied' | 'aside' | 'posted' = 'copied') {
    super();
    this.#large = large;
  }

  /**
   * Appends one value. False, and nothing is appended: it needs a message, for it holds a SharedArrayBuffer or a view
   * of one, a shareable, a carried object, a move()d value, a port or another built-in of Node's, or large memory that
   * is to be posted. Throws a SerializationError that names `path` and the way on inside the value if it cannot cross
   * at all.
   */
  write(value: unknown, path: string | (() => string)): boolean {
    return this.#record(value, path, undefined);
  }

  /**
   * As write(), for a list of arguments: its elements are all there is to it, where of another array it must be
   * found out whether it has properties of its own, which takes longer than writing a few numbers.
   */
  writeArguments(list: readonly unknown[], path: string | (() => string)): boolean {
    return this.#record(list, path, list);
  }

  /** Forgets the records. SerializationError in the midst of one, which stays whole: a getter in it sends something. */
  override reset(): void {
    this.#refuseInside();
    super.reset();
  }

  #refuseInside(): void {
    if (!this.#writing) return;
    throw new SerializationError('A getter of a value that was being sent sent a value itself: read it beforehand');
  }

  #record(value: unknown, path: string | (() => string), list: readonly unknown[] | undefined): boolean {
    this.#refuseInside();
    const start = this.length;
    if (value === null || (typeof value !== 'object' && typeof value !== 'function' && typeof value !== 'symbol')) {
      this.value(value);
      return true;
    }
    this.#writing = true;
    this.begin();
    try {
      if (list === undefined) this.value(value);
      else this.list(list);
    } catch (thrown) {
      this.cut(start);
      const steps = this.steps.splice(0).slice(0, this.depth);
      this.#leave();
      if (thrown === NEEDS_MESSAGE) return false;
      throw serializationError(thrown, path, steps);
    }
    if (this.shares) this.bytes[start] |= SHARES;
    this.#leave();
    return true;
  }

  #leave(): void {
    this.end();
    this.#writing = false;
  }

  protected override ofKind(kind: Kind, object: object): void {
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
        return this.value(primitiveIn(object));
      case Kind.Error:
        return this.#error(object as Error);
      case Kind.ArrayBuffer:
        return this.#arrayBuffer(object as ArrayBuffer);
      case Kind.View:
        return this.#view(object as ArrayBufferView);
      case Kind.Refused:
        throw refuseObject(object);
      default:
        return this.foreign(kind, object);
    }
  }

  /** Writes what no tag is for: here, not at all. Who overrides it writes a Tag.Foreign, or throws a Refusal. */
  protected foreign(kind: Kind, object: object): void {
    if (kind === Kind.Movable && !isMoved(object)) throw refuseObject(object);
    throw NEEDS_MESSAGE;
  }

  #map(map: Map<unknown, unknown>): void {
    const entries: unknown[] = [];
    Map.prototype.forEach.call(map, (value, key) => entries.push(key, value));
    this.byte(Tag.Map);
    this.varint(entries.length / 2);
    const depth = this.depth++;
    const step = new EntryStep('key');
    this.steps[depth] = step;
    for (let i = 0; i < entries.length; i += 2) {
      step.to('key', i / 2, entries[i]);
      this.value(entries[i]);
      step.to('value', i / 2, entries[i]);
      this.value(entries[i + 1]);
    }
    this.steps[depth] = 0; // the step holds a key
    this.depth = depth;
  }

  #set(set: Set<unknown>): void {
    const members: unknown[] = [];
    Set.prototype.forEach.call(set, (member) => members.push(member));
    this.byte(Tag.Set);
    this.varint(members.length);
    const depth = this.depth++;
    const step = new EntryStep('member');
    this.steps[depth] = step;
    for (let i = 0; i < members.length; i++) {
      step.to('member', i, undefined);
      this.value(members[i]);
    }
    this.depth = depth;
  }

  #error(error: Error): void {
    const { type, stack, message, name, rest } = errorParts(error);
    this.byte(Tag.Error);
    this.string(type);
    this.value(stack);
    this.value(message);
    this.value(name);
    this.entries(rest, Object.keys(rest), 0);
  }

  #arrayBuffer(buffer: ArrayBuffer): void {
    if (isMoved(buffer)) return this.foreign(Kind.ArrayBuffer, buffer);
    if (isDetached(buffer)) throw DETACHED;
    this.#checkSize(buffer);
    this.byte(Tag.ArrayBuffer);
    this.value(maxByteLengthOf(buffer));
    this.memory(new Uint8Array(buffer), this.#large === 'aside');
  }

  #view(view: ArrayBufferView): void {
    const { buffer } = view;
    if (types.isSharedArrayBuffer(buffer) || isMoved(view) || isMoved(buffer)) return this.foreign(Kind.View, view);
    if (isDetached(view)) throw DETACHED;
    this.#checkSize(view);
    const type = typeOfView(view);
    const whole = type !== BUFFER && isWhole(view);
    this.byte(whole ? Tag.WholeView : Tag.View);
    this.byte(type);
    if (whole) this.object(buffer);
    else this.memory(new Uint8Array(buffer, view.byteOffset, view.byteLength), this.#large === 'aside');
  }

  #checkSize({ byteLength }: ArrayBuffer | ArrayBufferView): void {
    if (byteLength >= LARGE && this.#large === 'posted') throw NEEDS_MESSAGE;
  }
}

function primitiveIn(boxed: object): unknown {
  if (types.isNumberObject(boxed)) return Number.prototype.valueOf.call(boxed);
  if (types.isStringObject(boxed)) return String.prototype.valueOf.call(boxed);
  if (types.isBooleanObject(boxed)) return Boolean.prototype.valueOf.call(boxed);
  return BigInt.prototype.valueOf.call(boxed);
}
