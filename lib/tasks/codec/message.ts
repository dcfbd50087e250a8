/**
 * Values that cross by postMessage, because only it can carry them. Structured clone does most of the work;
 * what it would get wrong goes as a *stand-in*, a plain object that the message lists: a shareable as its
 * handle, a carried object as what it packs for the thread, a Buffer as bytes and the fact that it is one, an error as
 * its parts. The list names objects, not a shape,
 * so that no value of a user's can be mistaken for a stand-in.
 */
import { CARRY, type Carriage, type Carried } from '../carry.js';
import { move, unmark } from '../move.js';
import { typesInHandle } from '../shareable.js';
import { Packer, type Sending } from './packer.js';
import { serializationError } from './refusal.js';
import type { CarriedStandIn, Message } from './stand-ins.js';

export { dropMessage, unpackMessage } from './unpack.js';

/** A message, and what to post it with. */
export interface LoadedMessage {
  readonly value: unknown;
  readonly transfer: object[];
  /** Takes back what carried objects gave: for a message that could not be posted. */
  undo(): void;
}

/**
 * A copy of `value` to post, and the objects to post it with: what was move()d in it, whose marks are taken off, copies
 * of what is large, and what carried objects gave. What cannot cross, as a MessagePort that is not move()d, is a
 * SerializationError that says where in `path` it is.
 */
export function packMessage(value: unknown, path: string | (() => string)): LoadedMessage {
  return prepareMessage(value, path, AT_ONCE).load();
}

/** For a message that is loaded once, right after it is prepared. */
export const AT_ONCE: Sending = { once: true };

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
    return new PreparedMessage(message, [...packer.transfer], packer.carried, packer.once.size > 0, packer.moved);
  } catch (thrown) {
    throw serializationError(thrown, path, packer.steps);
  }
}

export class PreparedMessage {
  readonly #message: Message;
  readonly #transfer: readonly object[];
  readonly #carried: ReadonlyMap<Carried, CarriedStandIn>;
  readonly #once: boolean;
  readonly #moved: readonly object[];

  constructor(
    message: Message,
    transfer: readonly object[],
    carried: ReadonlyMap<Carried, CarriedStandIn>,
    once: boolean,
    moved: readonly object[],
  ) {
    this.#message = message;
    this.#transfer = transfer;
    this.#carried = carried;
    this.#once = once;
    this.#moved = moved;
  }

  /** It holds what was move()d. */
  get moves(): boolean {
    return this.#transfer.length > 0;
  }

  /** Whether that, or the memory that it is a view of, moves. */
  isMoving(object: object): boolean {
    return this.#transfer.includes(ArrayBuffer.isView(object) ? object.buffer : object);
  }

  /** It can be loaded only once: it holds what leaves this thread. */
  get leaves(): boolean {
    return this.#once || this.moves;
  }

  /** It holds what is packed for each thread anew: every thread's message is to be loaded. */
  get carries(): boolean {
    return this.#carried.size > 0;
  }

  /** It is not sent, since something else in its call was refused: what is move()d in it is so still. */
  restore(): void {
    for (const object of this.#moved) move(object);
  }

  /** For one thread. To be posted before it is loaded for another. */
  load(): LoadedMessage {
    const transfer = [...this.#transfer];
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

/** The shareable and carried types that the receiver of a message must know, nested ones too. */
export function typesIn(message: unknown): string[] {
  const found = new Set<string>();
  for (const standIn of (message as Message).standIns) {
    if (standIn.is === 'carried') found.add(standIn.type);
    if (standIn.is === 'shareable') typesInHandle(standIn.handle).forEach((type) => found.add(type));
  }
  return [...found];
}
