/** The walk that makes a message of a value, and refuses what cannot cross: message.ts says how it goes on. */
import { types } from 'node:util';
import { CARRY_CHECK, CARRY_ONCE, carriedAs, type Carried } from '../carry.js';
import { isMoved } from '../move.js';
import { toShared, type Shareable } from '../shareable.js';
import { Kind, kindOf, nameOf } from './classify.js';
import { errorParts } from './errors.js';
import { LARGE, MAX_DEPTH } from './format.js';
import { put } from './put.js';
import {
  DETACHED,
  EntryStep,
  PROXY,
  Refusal,
  refuseFunction,
  refuseObject,
  refuseSymbol,
  TOO_DEEP,
  type Step,
} from './refusal.js';
import type { CarriedStandIn, StandIn } from './stand-ins.js';
import { BUFFER, copyOf, isDetached, isWhole, maxByteLengthOf, typeOfView, viewClass } from './views.js';

/** What all that a call sends has in common. */
export interface Sending {
  /** It may be loaded again, when the user's memory has changed: what is copied is copied now. */
  readonly lasting?: boolean;
  /** What the call's other messages hold of which there is only one; prepareMessage() adds to it. */
  readonly taken?: Set<object>;
  /** Set where several threads get it, and then says so, and what to do: an object of which there is one is refused. */
  readonly toMany?: string;
  /** It is loaded once, and at once: large memory is copied here, and the copy goes. Structured clone copies twice. */
  readonly once?: boolean;
}

export class Packer {
  readonly standIns: StandIn[] = [];
  readonly transfer = new Set<object>();
  readonly moved: object[] = [];
  readonly steps: Step[] = [];
  /** What was made of each object: cycles close, and what was shared stays shared. */
  readonly #copies = new Map<object, unknown>();
  readonly carried = new Map<Carried, CarriedStandIn>();
  /** Those of them that go to one thread only. */
  readonly once = new Set<object>();
  readonly #sending: Sending | undefined;

  constructor(sending: Sending | undefined) {
    this.#sending = sending;
  }

  pack(value: unknown): unknown {
    if (typeof value === 'symbol') throw refuseSymbol(value);
    if ((typeof value !== 'object' && typeof value !== 'function') || value === null) return value;
    if (typeof value === 'function' || types.isProxy(value)) {
      const carried = carriedAs(value);
      if (carried !== undefined) return this.#copies.get(value) ?? this.#carry(value, carried);
      throw typeof value === 'function' ? refuseFunction(value) : PROXY;
    }
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
      case Kind.Carried:
        return this.#carry(value, value as Carried);
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

  #carry(object: object, carried: Carried): StandIn {
    if (carried[CARRY_ONCE]) {
      const { taken, toMany } = this.#sending ?? {};
      const refusal = toMany ?? (taken?.has(object) === true ? 'and is in this call twice' : undefined);
      if (refusal !== undefined) throw new Refusal(`a ${nameOf(carried)}, which goes to one thread, once`, refusal);
      this.once.add(object);
    }
    const cannot = carried[CARRY_CHECK]?.();
    if (cannot !== undefined) throw new Refusal(cannot.what, cannot.remedy);
    const standIn: CarriedStandIn = { is: 'carried', type: '', data: undefined, transfer: [] };
    this.carried.set(carried, standIn);
    return this.#standIn(object, standIn);
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
    else if (this.#isToBeCopied(buffer)) {
      return this.#as(buffer, this.#copy(new Uint8Array(buffer), maxByteLengthOf(buffer)));
    }
    return this.#as(buffer, buffer);
  }

  #isToBeCopied({ byteLength }: ArrayBuffer): boolean {
    return this.#sending?.lasting === true || this.#goesAsCopy(byteLength);
  }

  #goesAsCopy(bytes: number): boolean {
    return this.#sending?.once === true && bytes >= LARGE;
  }

  #copy(bytes: Uint8Array, maxByteLength?: number): ArrayBuffer {
    const { buffer } = copyOf(bytes, maxByteLength);
    if (this.#goesAsCopy(bytes.length)) this.transfer.add(buffer);
    return buffer;
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
    let own = buffer;
    if (!whole) own = this.#copy(new Uint8Array(buffer, byteOffset, byteLength));
    else if (moved || this.#isMoved(buffer)) this.transfer.add(buffer);
    else if (this.#isToBeCopied(buffer)) own = this.pack(buffer) as ArrayBuffer;
    if (type === BUFFER) return this.#standIn(view, { is: 'buffer', bytes: new Uint8Array(own) });
    return this.#as(view, own === buffer ? view : new (viewClass(type))(own));
  }

  #isMoved(value: object): boolean {
    if (!isMoved(value)) return false;
    this.moved.push(value);
    return true;
  }
}
