/**
 * Values that cross by postMessage, because only it can carry them. Structured clone does most of the work;
 * what it would get wrong goes as a *stand-in*, a plain object that the message lists: a shareable as its
 * handle, a carried object as what it packs for the thread, a Buffer as bytes and the fact that it is one, an error as
 * its parts. The list names objects, not a shape,
 * so that no value of a user's can be mistaken for a stand-in.
 */
import { Buffer } from 'node:buffer';
import { types } from 'node:util';
import type { MessagePort } from 'node:worker_threads';
import { CARRY, reviveCarried, type Carriage, type Carried } from '../carry.js';
import { copyLeaf } from '../leaf.js';
import { unmark } from '../move.js';
import { fromShared } from '../shareable.js';
import { Kind, kindOf } from './classify.js';
import { makeError, setPart } from './errors.js';
import { Packer, type Sending } from './packer.js';
import { put } from './put.js';
import { serializationError } from './refusal.js';
import type { CarriedStandIn, Message, StandIn } from './stand-ins.js';
import { typeOfView, viewClass } from './views.js';

/** A message, and what to post it with. */
export interface LoadedMessage {
  readonly value: unknown;
  readonly transfer: object[];
  /** Takes back what carried objects gave: for a message that could not be posted. */
  undo(): void;
}

/**
 * A copy of `value` to post, and the objects to post it with: what was move()d in it, whose marks are taken off, and
 * what carried objects gave. What cannot cross, as a MessagePort that is not move()d, is a SerializationError that
 * says where in `path` it is.
 */
export function packMessage(value: unknown, path: string | (() => string)): LoadedMessage {
  return prepareMessage(value, path).load();
}

/**
 * The same in two steps, for a call that sends several messages, or one to several threads: all are prepared before
 * the first is loaded, so that a call that is refused has sent nothing.
 */
export function prepareMessage(value: unknown, path: string | (() => string), sending?: Sending): PreparedMessage {
  const packer = new Packer(sending);
  try {
    const message: Message = { value: packer.pack(value), standIns: packer.standIns };
    packer.moved.forEach(unmark);
    for (const object of packer.once) sending?.taken?.add(object);
    return new PreparedMessage(message, [...packer.transfer], packer.carried, packer.once.size > 0);
  } catch (thrown) {
    throw serializationError(thrown, path, packer.steps);
  }
}

export class PreparedMessage {
  readonly #message: Message;
  readonly #moved: readonly object[];
  readonly #carried: ReadonlyMap<Carried, CarriedStandIn>;
  readonly #once: boolean;

  constructor(
    message: Message,
    moved: readonly object[],
    carried: ReadonlyMap<Carried, CarriedStandIn>,
    once: boolean,
  ) {
    this.#message = message;
    this.#moved = moved;
    this.#carried = carried;
    this.#once = once;
  }

  /** It holds what was move()d. */
  get moves(): boolean {
    return this.#moved.length > 0;
  }

  /** Whether that, or the memory that it is a view of, moves. */
  isMoving(object: object): boolean {
    return this.#moved.includes(ArrayBuffer.isView(object) ? object.buffer : object);
  }

  /** It can be loaded only once: it holds what leaves this thread. */
  get leaves(): boolean {
    return this.#once || this.moves;
  }

  /** It holds what is packed for each thread anew: every thread's message is to be loaded. */
  get carries(): boolean {
    return this.#carried.size > 0;
  }

  /** For one thread. To be posted before it is loaded for another. */
  load(): LoadedMessage {
    const transfer = [...this.#moved];
    const carriages: Carriage[] = [];
    const undo = (): void => {
      for (const carriage of carriages) carriage.undo?.();
    };
    try {
      for (const [carried, standIn] of this.#carried) {
        const carriage = carried[CARRY]();
        carriages.push(carriage);
        standIn.type = carriage.type;
        standIn.data = carriage.data;
        standIn.transfer = carriage.transfer;
        transfer.push(...carriage.transfer);
      }
    } catch (error) {
      undo();
      throw error;
    }
    return { value: this.#message, transfer, undo };
  }
}

/**
 * What is in the message if structured clone alone restores it, so that nothing stands in for anything: a thread
 * that gets `bare` itself needs nothing of the codec.
 */
export function bareValue(message: unknown): { readonly bare: unknown } | undefined {
  const { value, standIns } = message as Message;
  return standIns.length === 0 ? { bare: value } : undefined;
}

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
