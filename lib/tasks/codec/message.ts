/**
 * Values that cross by postMessage, because only it can carry them. Structured clone does most of the work;
 * what it would get wrong goes as a *stand-in*, a plain object that the message lists: a shareable as its
 * handle, a Buffer as bytes and the fact that it is one, an error as its parts. The list names objects, not a shape,
 * so that no value of a user's can be mistaken for a stand-in.
 */
import { Buffer } from 'node:buffer';
import { types } from 'node:util';
import { isMoved, unmark } from '../move.js';
import { copyLeaf } from '../leaf.js';
import { fromShared, toShared, type Shareable } from '../shareable.js';
import { Kind, kindOf } from './classify.js';
import { errorParts, makeError, setPart, type ErrorParts } from './errors.js';
import { MAX_DEPTH } from './format.js';
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
import { BUFFER, isDetached, isWhole, typeOfView, viewClass } from './views.js';

interface Message {
  readonly value: unknown;
  readonly standIns: readonly StandIn[];
}

type StandIn =
  | { readonly is: 'shareable'; readonly handle: unknown }
  | { readonly is: 'buffer'; readonly bytes: Uint8Array }
  | ({ readonly is: 'error' } & ErrorParts);

/**
 * A copy of `value` to post, and the move()d objects in it to post it with; their marks are taken off. What cannot
 * cross, as a MessagePort that is not move()d, is a SerializationError that says where in `path` it is.
 */
export function packMessage(value: unknown, path: string | (() => string)): { value: unknown; transfer: object[] } {
  const packer = new Packer();
  try {
    const message: Message = { value: packer.pack(value), standIns: packer.standIns };
    packer.moved.forEach(unmark);
    return { value: message, transfer: [...packer.transfer] };
  } catch (thrown) {
    throw serializationError(thrown, path, packer.steps);
  }
}

class Packer {
  readonly standIns: StandIn[] = [];
  readonly transfer = new Set<object>();
  readonly moved: object[] = [];
  readonly steps: Step[] = [];
  /** What was made of each object: cycles close, and what was shared stays shared. */
  readonly #copies = new Map<object, unknown>();

  pack(value: unknown): unknown {
    if (typeof value === 'function') throw refuseFunction(value);
    if (typeof value === 'symbol') throw refuseSymbol(value);
    if (typeof value !== 'object' || value === null) return value;
    if (types.isProxy(value)) throw PROXY;
    if (this.#copies.has(value)) return this.#copies.get(value);
    if (this.steps.length >= MAX_DEPTH) throw TOO_DEEP;
    if (Array.isArray(value)) return this.#properties(value, this.#as(value, new Array<unknown>(value.length)));
    switch (kindOf(value)) {
      case Kind.Plain:
        return this.#properties(value, this.#as(value, {}));
      case Kind.Map:
        return this.#map(value as Map<unknown, unknown>);
      case Kind.Set:
        return this.#set(value as Set<unknown>);
      case Kind.Error:
        return this.#error(value as Error);
      case Kind.View:
        return this.#view(value as ArrayBufferView);
      case Kind.ArrayBuffer:
        return this.#memory(value as ArrayBuffer);
      case Kind.Shareable:
        return this.#standIn(value, { is: 'shareable', handle: toShared(value as Shareable) });
      case Kind.Movable:
        if (!this.#isMoved(value)) throw refuseObject(value);
        this.transfer.add(value);
        return this.#as(value, value);
      case Kind.Refused:
        throw refuseObject(value);
      default:
        return this.#as(value, value);
    }
  }

  #as<T>(original: object, copy: T): T {
    this.#copies.set(original, copy);
    return copy;
  }

  #standIn(original: object, standIn: StandIn): StandIn {
    this.standIns.push(standIn);
    return this.#as(original, standIn);
  }

  #at(step: Step, value: unknown): unknown {
    this.steps.push(step);
    const copy = this.pack(value);
    this.steps.pop();
    return copy;
  }

  #properties<T extends object>(from: object, to: T): T {
    const isArray = Array.isArray(from);
    for (const key of Object.keys(from)) {
      if (!Object.hasOwn(from, key)) continue;
      this.steps.push(isArray && /^\d+$/.test(key) ? Number(key) : key);
      put(to, key, this.pack((from as Record<string, unknown>)[key]));
      this.steps.pop();
    }
    return to;
  }

  #map(map: Map<unknown, unknown>): Map<unknown, unknown> {
    const copy = this.#as(map, new Map<unknown, unknown>());
    const entries: [unknown, unknown][] = [];
    Map.prototype.forEach.call(map, (value, key) => entries.push([key, value]));
    const step = new EntryStep('key');
    entries.forEach(([key, value], index) => {
      step.to('key', index, key);
      const packed = this.#at(step, key);
      step.to('value', index, key);
      copy.set(packed, this.#at(step, value));
    });
    return copy;
  }

  #set(set: Set<unknown>): Set<unknown> {
    const copy = this.#as(set, new Set<unknown>());
    const members: unknown[] = [];
    Set.prototype.forEach.call(set, (member) => members.push(member));
    const step = new EntryStep('member');
    members.forEach((member, index) => {
      step.to('member', index, undefined);
      copy.add(this.#at(step, member));
    });
    return copy;
  }

  #error(error: Error): StandIn {
    const parts = errorParts(error);
    const rest: Record<string, unknown> = {};
    const standIn = this.#standIn(error, { is: 'error', ...parts, rest });
    this.#properties(parts.rest, rest);
    return standIn;
  }

  #memory(buffer: ArrayBuffer): ArrayBuffer {
    if (isDetached(buffer)) throw DETACHED;
    if (this.#isMoved(buffer)) this.transfer.add(buffer);
    return this.#as(buffer, buffer);
  }

  /** The part that is seen, and no more: neither the rest of the buffer is copied, nor its other views are detached. */
  #view(view: ArrayBufferView): unknown {
    if (isDetached(view)) throw DETACHED;
    const type = typeOfView(view);
    const { buffer, byteOffset, byteLength } = view;
    if (types.isSharedArrayBuffer(buffer)) {
      if (type !== BUFFER) return this.#as(view, view);
      return this.#standIn(view, { is: 'buffer', bytes: new Uint8Array(buffer, byteOffset, byteLength) });
    }
    const moved = this.#isMoved(view);
    const whole = isWhole(view);
    if (whole && (moved || this.#isMoved(buffer))) this.transfer.add(buffer);
    const own = whole ? buffer : buffer.slice(byteOffset, byteOffset + byteLength);
    if (type === BUFFER) return this.#standIn(view, { is: 'buffer', bytes: new Uint8Array(own) });
    return this.#as(view, whole ? view : new (viewClass(type))(own));
  }

  #isMoved(value: object): boolean {
    if (!isMoved(value)) return false;
    this.moved.push(value);
    return true;
  }
}

/** The inverse of packMessage, in the thread that received it. Containers that came of another realm are made anew. */
export function unpackMessage(message: unknown): unknown {
  const { value, standIns } = message as Message;
  return new Unpacker(standIns).unpack(value);
}

class Unpacker {
  readonly #standIns: Set<unknown>;
  readonly #done = new Map<object, unknown>();

  constructor(standIns: readonly StandIn[]) {
    this.#standIns = new Set(standIns);
  }

  unpack(value: unknown): unknown {
    if (typeof value !== 'object' || value === null) return value;
    if (this.#done.has(value)) return this.#done.get(value);
    if (this.#standIns.has(value)) return this.#standIn(value as StandIn);
    if (Array.isArray(value)) {
      const array = this.#as(value, Array.from<unknown>({ length: 0 }));
      array.length = value.length;
      return this.#properties(value, array);
    }
    switch (kindOf(value)) {
      case Kind.Plain:
        return this.#properties(value, this.#as(value, {}));
      case Kind.Map: {
        const map = this.#as(value, new Map<unknown, unknown>());
        for (const [key, member] of value as Map<unknown, unknown>) map.set(this.unpack(key), this.unpack(member));
        return map;
      }
      case Kind.Set: {
        const set = this.#as(value, new Set<unknown>());
        for (const member of value as Set<unknown>) set.add(this.unpack(member));
        return set;
      }
      case Kind.Date:
      case Kind.RegExp:
      case Kind.Boxed:
        return this.#as(value, copyLeaf(value));
      case Kind.View:
        return this.#as(value, this.#view(value as ArrayBufferView));
      default:
        return value;
    }
  }

  #as<T>(received: object, made: T): T {
    this.#done.set(received, made);
    return made;
  }

  #properties<T extends object>(from: object, to: T): T {
    for (const key of Object.keys(from)) put(to, key, this.unpack((from as Record<string, unknown>)[key]));
    return to;
  }

  #view(view: ArrayBufferView): ArrayBufferView {
    const View = viewClass(typeOfView(view));
    if (Object.getPrototypeOf(view) === View.prototype) return view;
    const length = types.isDataView(view) ? view.byteLength : (view as Uint8Array).length;
    return new View(view.buffer, view.byteOffset, length);
  }

  #standIn(standIn: StandIn): unknown {
    if (standIn.is === 'shareable') return this.#as(standIn, fromShared(standIn.handle));
    if (standIn.is === 'buffer') {
      const { buffer, byteOffset, byteLength } = standIn.bytes;
      return this.#as(standIn, Buffer.from(buffer, byteOffset, byteLength));
    }
    const error = this.#as(standIn, makeError(standIn));
    for (const key of Object.keys(standIn.rest)) setPart(error, standIn.type, key, this.unpack(standIn.rest[key]));
    return error;
  }
}

function put(object: object, key: string, value: unknown): void {
  Object.defineProperty(object, key, { value, enumerable: true, configurable: true, writable: true });
}
