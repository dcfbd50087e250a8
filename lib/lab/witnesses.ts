/** A few of the items as they were, to see whether a function changes what it is given. */
import { serialize } from 'node:v8';
import { spreadOver } from './plan.js';

const MOST = 32;
const MOST_BYTES = 1 << 23;

export class Witnesses {
  readonly #seen: { readonly item: unknown; readonly bytes: Buffer }[] = [];

  /** The first of them and some of the others: numbers, strings and the like cannot be changed. */
  constructor(items: readonly unknown[]) {
    const count = Math.min(MOST, items.length);
    const place = spreadOver(items.length, count);
    let room = MOST_BYTES;
    for (const index of new Set([0, ...Array.from({ length: count }, (_, k) => place(k))])) {
      const item = items[index];
      if (typeof item !== 'object' || item === null) continue;
      const bytes = serialize(item);
      this.#seen.push({ item, bytes });
      if ((room -= bytes.length) < 0) break;
    }
  }

  /** One of them is not what it was. */
  saw(): boolean {
    return this.#seen.some(({ item, bytes }) => !isSame(item, bytes));
  }
}

function isSame(item: unknown, bytes: Buffer): boolean {
  try {
    return serialize(item).equals(bytes);
  } catch {
    return false; // it holds what cannot be serialized now
  }
}
