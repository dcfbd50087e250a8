/** What a SharedArray and a ShareableList ask of their arguments. */

import { broken } from '../tasks/show.js';

/** The index from the start. TypeError unless it is a number, RangeError outside. */
export function placeOf(index: number, length: number, owner: string): number {
  if (typeof index !== 'number') throw new TypeError(broken('index', 'an integer', index));
  const place = index < 0 ? length + index : index;
  if (Number.isInteger(place) && place >= 0 && place < length) return place;
  if (length === 0) throw new RangeError(`The ${owner} is empty: there is nothing at \`index\` ${index}`);
  throw new RangeError(broken('index', `an integer from ${-length} to ${length - 1}`, index));
}

/** An object that is iterable: not a string, in which nobody means the characters. */
export function isIterable(value: unknown): value is Iterable<unknown> {
  if (typeof value !== 'object' || value === null) return false;
  return typeof (value as Partial<Iterable<unknown>>)[Symbol.iterator] === 'function';
}
