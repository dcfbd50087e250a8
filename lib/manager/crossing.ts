import { dropMessage, packMessage, unpackMessage } from '../tasks/codec/message.js';
import { isPrimitive } from '../tasks/primitive.js';
import type { Crossing } from './protocol.js';

/** Values to post, and what to post them with. */
export interface Packed {
  readonly crossing: Crossing;
  readonly transfer: readonly object[];
  /** It could not be posted. */
  undo?(): void;
}

const NOTHING: readonly object[] = [];

/** One value. SerializationError, with `path` and the way on in it, for what cannot cross. */
export function pack(value: unknown, path: string): Packed {
  if (isPrimitive(value)) return { crossing: { plain: value }, transfer: NOTHING };
  const { value: packed, transfer, undo } = packMessage(value, path);
  return { crossing: { packed }, transfer, undo };
}

/** A list of arguments. */
export function packArguments(args: readonly unknown[]): Packed {
  if (args.every(isPrimitive)) return { crossing: { plain: args }, transfer: NOTHING };
  return pack(args, 'args');
}

export function unpack(crossing: Crossing): unknown {
  return isPlain(crossing) ? crossing.plain : unpackMessage(crossing.packed);
}

/** For what nobody wants any more: ports in it are closed. */
export function drop(crossing: Crossing): void {
  if (!isPlain(crossing)) dropMessage(crossing.packed);
}

/** Its own: `in` would find what Object.prototype may have. */
function isPlain(crossing: Crossing): crossing is Extract<Crossing, { plain: unknown }> {
  return Object.hasOwn(crossing, 'plain');
}
