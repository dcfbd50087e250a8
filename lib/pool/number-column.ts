/** Items that are all numbers: as a column, which takes no encoding. */
import type { Block } from './arena.js';
import * as L from './layout.js';

export const NOT_NUMBERS = -1;

/**
 * The column for items that are all numbers. Integers get one of their own: it takes half the memory, and a
 * task that is compiled against doubles computes in doubles, up to four times slower in integer loops.
 */
export function numberLane(items: readonly unknown[]): number {
  let i = 0;
  for (; i < items.length; i++) {
    const item = items[i];
    // -0 is no integer: a column of them would lose its sign.
    if (typeof item !== 'number' || (item | 0) !== item || (item === 0 && 1 / item < 0)) break;
  }
  if (i === items.length) return L.INPUT_INTS;
  for (; i < items.length; i++) if (typeof items[i] !== 'number') return NOT_NUMBERS;
  return L.INPUT_NUMBERS;
}

/** False: an item is no number any more. An accessor's may be anything, each time it is read, and may throw. */
export function fillColumn(lane: number, block: Block, items: readonly unknown[], count: number): boolean {
  const { segment, offset } = block;
  const column = lane === L.INPUT_INTS ? segment.int32 : segment.doubles;
  const base = L.toIndex(offset / column.BYTES_PER_ELEMENT);
  try {
    for (let i = 0; i < count; i++) column[base + i] = items[i] as number;
    return true;
  } catch {
    return false; // and whoever reads it again hears of it
  }
}
