import { types } from 'node:util';

/**
 * A copy, of this module's realm, of a Date, RegExp, boxed primitive, ArrayBuffer or a view of one:
 * of a view only its own part. undefined for anything else, shared memory included.
 */
export function copyLeaf(value: object): object | undefined {
  if (types.isDate(value)) return new Date(Date.prototype.getTime.call(value));
  if (types.isRegExp(value)) return new RegExp(value.source, value.flags);
  if (types.isBoxedPrimitive(value)) {
    return types.isSymbolObject(value) ? undefined : (Object(value.valueOf()) as object);
  }
  if (types.isArrayBuffer(value)) return copyBytes(value, 0, value.byteLength);
  if (!ArrayBuffer.isView(value) || types.isSharedArrayBuffer(value.buffer)) return undefined;
  const buffer = copyBytes(value.buffer, value.byteOffset, value.byteLength);
  if (Buffer.isBuffer(value)) return Buffer.from(buffer);
  if (types.isDataView(value)) return new DataView(buffer);
  const View = Reflect.get(globalThis, typeName.call(value) as string) as new (buffer: ArrayBuffer) => object;
  return new View(buffer);
}

/** The name of a typed array's class, whatever its realm or subclass. */
const typeName = Object.getOwnPropertyDescriptor(Object.getPrototypeOf(Uint8Array.prototype), Symbol.toStringTag)
  ?.get as (this: unknown) => string | undefined;

function copyBytes(buffer: ArrayBufferLike, offset: number, length: number): ArrayBuffer {
  const bytes = new Uint8Array(length);
  if (length > 0) bytes.set(new Uint8Array(buffer, offset, length));
  return bytes.buffer;
}
