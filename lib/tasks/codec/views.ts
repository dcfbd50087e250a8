/** Views of memory: which type they have, and whether they own all of what they look at. */
import { Buffer } from 'node:buffer';
import { types } from 'node:util';
import { LARGE, viewTypes } from './format.js';

const TypedArrayPrototype: object = Object.getPrototypeOf(Uint8Array.prototype);
const typeName = Object.getOwnPropertyDescriptor(TypedArrayPrototype, Symbol.toStringTag)!.get!;
const keysOf = (TypedArrayPrototype as Uint8Array).keys;
const numbers = new Map<string, number>(viewTypes.map((name, number) => [name, number]));

/** The numbers of view types that are dealt with apart. */
export const BUFFER = viewTypes.indexOf('Buffer');
export const DATA_VIEW = viewTypes.indexOf('DataView');
export const UINT8 = viewTypes.indexOf('Uint8Array');

/** The number of a view's type in format.ts. */
export function typeOfView(view: ArrayBufferView): number {
  if (types.isDataView(view)) return DATA_VIEW;
  const name = typeName.call(view) as string;
  if (name === 'Uint8Array' && Buffer.isBuffer(view)) return BUFFER;
  return numbers.get(name) ?? UINT8;
}

/** Whether the view looks at its buffer from the first byte to the last: the two may travel together. */
export function isWhole(view: ArrayBufferView): boolean {
  return view.byteLength === view.buffer.byteLength;
}

/** Whether the memory is gone, or shrank away under the view. Only an empty one needs a closer look. */
export function isDetached(memory: ArrayBuffer | ArrayBufferView): boolean {
  try {
    if (memory.byteLength !== 0) return false;
    if (!ArrayBuffer.isView(memory)) new Uint8Array(memory);
    else if (!types.isDataView(memory)) keysOf.call(memory as Uint8Array);
    return false;
  } catch {
    return true;
  }
}

/** A copy in memory of its own, which may grow up to `maxByteLength`, if given. */
export function copyOf(bytes: Uint8Array, maxByteLength?: number): Uint8Array<ArrayBuffer> {
  // It is written at once: where that is worth a call into Node, it is not zeroed before.
  const isPlain = maxByteLength === undefined && bytes.length >= LARGE;
  const { length } = bytes;
  const copy = new Uint8Array(isPlain ? Buffer.allocUnsafeSlow(length).buffer : newBuffer(length, maxByteLength));
  copy.set(bytes);
  return copy;
}

type Construct = new (buffer: ArrayBufferLike, byteOffset?: number, length?: number) => ArrayBufferView;

/** The constructor of a view type, this realm's own. */
export function viewClass(type: number): Construct {
  const name = viewTypes[type];
  return (globalThis as unknown as Record<string, Construct>)[name];
}

// ES2024, and so in every Node from 20 on.
interface Resizable extends ArrayBuffer {
  readonly resizable: boolean;
  readonly maxByteLength: number;
}
type ConstructResizable = new (length: number, options: { maxByteLength: number }) => ArrayBuffer;

/** How far a resizable buffer may grow. */
export function maxByteLengthOf(buffer: ArrayBuffer): number | undefined {
  return (buffer as Resizable).resizable ? (buffer as Resizable).maxByteLength : undefined;
}

function newBuffer(length: number, maxByteLength: number | undefined): ArrayBuffer {
  if (maxByteLength === undefined) return new ArrayBuffer(length);
  return new (ArrayBuffer as ConstructResizable)(length, { maxByteLength });
}
