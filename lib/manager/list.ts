import { isDeepStrictEqual } from 'node:util';

/** The object behind a ListProxy, in the manager's thread. Each method is one step: nothing runs in between. */
export class List<T> {
  readonly #items: T[];

  constructor(initial: Iterable<T>) {
    this.#items = [...initial];
  }

  at(index: number): T | undefined {
    return this.#items.at(index);
  }

  set(index: number, value: T): void {
    const { length } = this.#items;
    const at = index < 0 ? length + index : index;
    if (at < 0 || at >= length) {
      throw new RangeError(`Expected \`index\` to be inside a list of ${length}, got ${index}; push() makes it longer`);
    }
    this.#items[at] = value;
  }

  push(...items: T[]): number {
    for (const item of items) this.#items.push(item);
    return this.#items.length;
  }

  pop(index = -1): T | undefined {
    const { length } = this.#items;
    const at = index < 0 ? length + index : index;
    return at < 0 || at >= length ? undefined : this.#items.splice(at, 1)[0];
  }

  insert(index: number, item: T): void {
    this.#items.splice(index, 0, item);
  }

  remove(item: T): boolean {
    const at = this.indexOf(item);
    if (at !== -1) this.#items.splice(at, 1);
    return at !== -1;
  }

  indexOf(item: T): number {
    return this.#items.findIndex((other) => other === item || isDeepStrictEqual(other, item));
  }

  length(): number {
    return this.#items.length;
  }

  slice(start?: number, end?: number): T[] {
    return this.#items.slice(start, end);
  }

  reverse(): void {
    this.#items.reverse();
  }

  sort(): void {
    if (this.#items.every(isNumeric)) (this.#items as Numeric[]).sort(byNumber);
    else this.#items.sort();
  }

  clear(): void {
    this.#items.length = 0;
  }
}

type Numeric = number | bigint;

function isNumeric(value: unknown): value is Numeric {
  return typeof value === 'number' || typeof value === 'bigint';
}

/** NaN last, as a typed array has it. */
function byNumber(a: Numeric, b: Numeric): number {
  if (a < b) return -1;
  if (a > b) return 1;
  return Number(Number.isNaN(a)) - Number(Number.isNaN(b));
}
