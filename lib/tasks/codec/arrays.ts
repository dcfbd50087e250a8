/** What an array holds besides a dense run of elements, found out without listing them where that is dear. */
import { inspect } from 'node:util';

const hasOwn = Object.prototype.hasOwnProperty;

/** From here on listing the elements costs more than asking inspect(). */
const LONG = 64;
/** Arrays beyond that length are sparse, or nearly always. */
const HUGE = 1 << 25;
/** How many elements of a long array are asked whether they are there. */
const SAMPLES = 64;

/**
 * Whether to write all elements in a row, holes included, and nothing else. False for an array of few elements over a
 * long length, and for one with properties of its own. Never true for the latter.
 */
export function isRow(array: readonly unknown[]): boolean {
  const { length } = array;
  if (length > LONG) return length < HUGE && !looksSparse(array) && hasOnlyElements(array);
  const keys = Object.keys(array);
  // Indices come first and in order: the length-th key is the last index only if none is missing and none follows.
  return keys.length === length && (length === 0 || keys[length - 1] === String(length - 1));
}

/** How many of an array's keys are indices: they come first. */
export function countIndices(keys: readonly string[]): number {
  let count = keys.length;
  while (count > 0 && !isIndex(keys[count - 1])) count--;
  return count;
}

/** Whether that few elements over that length are better written with their indices. */
export function isSparse(elements: number, length: number): boolean {
  return length > LONG && elements < length / 4;
}

function isIndex(key: string): boolean {
  const index = Number(key) >>> 0;
  return index < 0xffff_ffff && String(index) === key;
}

/** An array that is mistaken for dense is merely longer in the record. */
function looksSparse(array: readonly unknown[]): boolean {
  let missing = 0;
  for (let i = 0; i < SAMPLES; i++) {
    const at = Math.floor((i / SAMPLES) * array.length);
    if (array[at] === undefined && !hasOwn.call(array, at)) missing++;
  }
  return missing * 2 > SAMPLES;
}

/**
 * inspect() names the properties that are no elements, and no other public function does so in a time that does not
 * grow with the elements. Whatever else it may say some day means no, which is slow but right.
 */
function hasOnlyElements(array: readonly unknown[]): boolean {
  return inspect(array, { maxArrayLength: 0, depth: 0, customInspect: false }).endsWith(' more items ]');
}

/** What an array of nothing but numbers is packed as. Holes are no numbers. */
export function packing(array: readonly unknown[]): 'int32' | 'float64' | undefined {
  let whole = true;
  for (let i = 0; i < array.length; i++) {
    const value = array[i];
    if (typeof value !== 'number') return undefined;
    if (whole && ((value | 0) !== value || (value === 0 && 1 / value < 0))) whole = false;
  }
  return whole ? 'int32' : 'float64';
}
