/**
 * Messages as bytes, and back: the codec of lib/tasks, and beside it what lies in shared memory.
 *
 *   PLAIN    a record of the codec
 *   SHARING  a record, in which Tag.Foreign n stands for the n-th traveller; a record of the travellers, as
 *            plain data; where that one begins (4 bytes)
 *   SHARED   a record of the one traveller that is the message
 */

import { Buffer } from 'node:buffer';
import { types } from 'node:util';
import { SerializationError } from '../errors.js';
import { heapOfKey, isHeap, keyOf } from '../memory/home-heap.js';
import { Kind } from '../tasks/codec/classify.js';
import { Decoder } from '../tasks/codec/decoder.js';
import { Encoder } from '../tasks/codec/encoder.js';
import { Tag } from '../tasks/codec/format.js';
import { Refusal } from '../tasks/codec/refusal.js';
import { BUFFER, DATA_VIEW, typeOfView, viewClass } from '../tasks/codec/views.js';
import { isMoved } from '../tasks/move.js';
import { isPlainObject } from '../tasks/plain-object.js';
import { fromShared, isShareable, toShared } from '../tasks/shareable.js';
import { fetch, send, withdraw, type Parcel } from './courier.js';

export const PLAIN = 0;
export const SHARING = 1;
export const SHARED = 2;
export type Form = typeof PLAIN | typeof SHARING | typeof SHARED;

/** What an error calls the message. */
const PATH = 'item';

const MOVED = new Refusal(
  'wrapped in move()',
  'a queue copies, and whoever comes first takes it: send it without move(), or share a SharedArray',
);
const PORT_ONLY = new Refusal(
  'one of the objects that only a port can carry',
  'send the data that it was made of, and make it anew where it is taken',
);
const CARRIED = new Refusal(
  'one of the objects that come with a port of their own, as the ends of a Pipe and proxies do',
  'pass it in the arguments of a task or a Process, or through a Pipe',
);

/** What travels beside the record. Shared memory in it, at any depth, goes as a Parcel in granule's wrapping. */
type Traveller =
  | { readonly is: 'shareable'; readonly handle: unknown }
  | { readonly is: 'memory'; readonly memory: unknown }
  | {
      readonly is: 'view';
      readonly memory: unknown;
      readonly type: number;
      readonly at: number;
      readonly size: number;
    };

class MessageEncoder extends Encoder {
  travellers: Traveller[] = [];

  protected override foreign(kind: Kind, object: object): void {
    if (isMoved(object) || (ArrayBuffer.isView(object) && isMoved(object.buffer))) throw MOVED;
    if (kind === Kind.Carried) throw CARRIED;
    if (kind !== Kind.Shareable && kind !== Kind.SharedArrayBuffer && kind !== Kind.View) throw PORT_ONLY;
    this.byte(Tag.Foreign);
    this.varint(this.travellers.length);
    this.travellers.push(travellerOf(object));
  }

  uint32(value: number): void {
    this.room(4);
    for (let shift = 0; shift < 32; shift += 8) this.byte((value >>> shift) & 0xff);
  }
}

class MessageDecoder extends Decoder {
  travellers: readonly Traveller[] = [];

  protected override foreign(number: number): object {
    return arrive(this.travellers[number]);
  }
}

/** A message as bytes. */
export interface Encoded {
  readonly bytes: Uint8Array;
  readonly length: number;
  readonly form: Form;
  /** What the courier got for it. */
  readonly parcels: readonly Parcel[];
}

const encoder = new MessageEncoder();
const decoder = new MessageDecoder();
let isEncoding = false;
let parcels: Parcel[] = [];
const NONE: readonly Parcel[] = [];

/**
 * The message's bytes, which are good until the next call. SerializationError, with the path, for what
 * cannot cross. What the courier gets is there before the message is: nobody asks in vain.
 */
export function encode(item: unknown): Encoded {
  if (isEncoding) {
    throw new SerializationError('A getter of an item that was being put called put() itself: read it beforehand');
  }
  isEncoding = true;
  encoder.reset();
  encoder.travellers = [];
  try {
    if (isShareable(item) || types.isSharedArrayBuffer(item)) {
      parcels = [];
      encoder.write(wrapped(travellerOf(item)), PATH);
      return { bytes: encoder.bytes, length: encoder.length, form: SHARED, parcels };
    }
    encoder.write(item, PATH);
    const { travellers, length } = encoder;
    if (travellers.length === 0) return { bytes: encoder.bytes, length, form: PLAIN, parcels: NONE };
    parcels = [];
    encoder.write(wrapped(travellers), PATH);
    encoder.uint32(length);
    return { bytes: encoder.bytes, length: encoder.length, form: SHARING, parcels };
  } finally {
    isEncoding = false;
  }
}

/** For a message that was not put: nobody will fetch what the courier got. */
export function forget(message: Encoded): void {
  message.parcels.forEach(withdraw);
}

/** The message. Whatever it throws, the message is taken: SerializationError where shared memory in it is gone. */
export function decode(bytes: Uint8Array, length: number, form: Form): unknown {
  if (form === PLAIN) return decoder.read(bytes, 0);
  if (form === SHARED) return arrive(unwrapped(decoder.read(bytes, 0)) as Traveller);
  const at = new DataView(bytes.buffer, bytes.byteOffset, length).getUint32(length - 4, true);
  decoder.travellers = unwrapped(decoder.read(bytes, at)) as Traveller[];
  try {
    return decoder.read(bytes, 0);
  } finally {
    decoder.travellers = [];
  }
}

function travellerOf(object: object): Traveller {
  if (isShareable(object)) return { is: 'shareable', handle: toShared(object) };
  if (!ArrayBuffer.isView(object)) return { is: 'memory', memory: object };
  const { buffer, byteOffset: at, byteLength: size } = object;
  return { is: 'view', memory: buffer, type: typeOfView(object), at, size };
}

function arrive(traveller: Traveller): object {
  if (traveller.is === 'shareable') return fromShared(traveller.handle);
  const memory = traveller.memory as SharedArrayBuffer;
  if (traveller.is === 'memory') return memory;
  const { type, at, size } = traveller;
  if (type === BUFFER) return Buffer.from(memory as never, at, size);
  const View = viewClass(type);
  return new View(memory, at, type === DATA_VIEW ? size : size / bytesPerElement(View));
}

function bytesPerElement(View: object): number {
  return (View as { readonly BYTES_PER_ELEMENT: number }).BYTES_PER_ELEMENT;
}

// Shared memory in plain data

const HEAP = 'granule.heap';
const PARCEL = 'granule.parcel';

/** Plain data with each SharedArrayBuffer wrapped: as the heap's key, or as a parcel that the courier has. */
function wrapped(data: unknown): unknown {
  if (!types.isSharedArrayBuffer(data)) return mapParts(data, wrapped);
  if (isHeap(data)) return { [HEAP]: keyOf(data) };
  const parcel = send(data);
  parcels.push(parcel);
  return { [PARCEL]: parcel };
}

function unwrapped(data: unknown): unknown {
  if (!isPlainObject(data)) return mapParts(data, unwrapped);
  if (Object.hasOwn(data, PARCEL)) return fetch(data[PARCEL] as Parcel);
  return Object.hasOwn(data, HEAP) ? heapOf(data[HEAP] as string) : mapParts(data, unwrapped);
}

function heapOf(key: string): SharedArrayBuffer {
  const memory = heapOfKey(key);
  if (memory !== undefined) return memory;
  throw new SerializationError(
    'A message held a SharedMemory of a heap that this thread does not know, as one started without granule: ' +
      'send the SharedMemory to it with toShared() before',
  );
}

function mapParts(data: unknown, change: (part: unknown) => unknown): unknown {
  if (Array.isArray(data)) return data.map(change);
  if (!isPlainObject(data)) return data;
  return Object.fromEntries(Object.entries(data).map(([key, part]) => [key, change(part)]));
}
