/** The receiver's side of message.ts, in a file of its own: a thread that only receives loads nothing else. */
import { Buffer } from 'node:buffer';
import { types } from 'node:util';
import type { MessagePort } from 'node:worker_threads';
import { reviveCarried } from '../carry.js';
import { copyLeaf } from '../leaf.js';
import { fromShared } from '../shareable.js';
import { Kind, kindOf } from './classify.js';
import { makeError, setPart } from './errors.js';
import { put } from './put.js';
import type { Message, StandIn } from './stand-ins.js';
import { typeOfView, viewClass } from './views.js';

/** The inverse of packMessage, in the thread that received it. Containers that came of another realm are made anew. */
export function unpackMessage(message: unknown): unknown {
  const { value, standIns } = message as Message;
  return new Unpacker(standIns).unpack(value);
}

/** For a message that came too late to be of use: the ports in it are closed, and their other ends told. */
export function dropMessage(message: unknown): void {
  for (const standIn of (message as Message).standIns) {
    if (standIn.is !== 'carried') continue;
    for (const port of standIn.transfer) (port as Partial<MessagePort>).close?.();
  }
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
    if (standIn.is === 'carried') return this.#as(standIn, reviveCarried(standIn.type, standIn.data));
    if (standIn.is === 'buffer') {
      const { buffer, byteOffset, byteLength } = standIn.bytes;
      return this.#as(standIn, Buffer.from(buffer, byteOffset, byteLength));
    }
    const error = this.#as(standIn, makeError(standIn));
    for (const key of Object.keys(standIn.rest)) setPart(error, standIn.type, key, this.unpack(standIn.rest[key]));
    return error;
  }
}
