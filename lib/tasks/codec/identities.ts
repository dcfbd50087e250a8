/** Up to so many objects a scan finds one faster than a hash table does. */
const SCANNED = 12;

/** The objects of a record, numbered in the order in which the walk comes to them. */
export class Identities {
  readonly #first: (object | undefined)[] = new Array<object | undefined>(SCANNED).fill(undefined);
  #count = 0;
  /** All of them, once there are more than a scan is good for. A Set keeps their order, and so their numbers. */
  readonly #all = new Set<object>();
  /** Made when an object is met again: most records hold none. */
  #numbers: Map<object, number> | undefined;

  /** The number of an object met before, or -1, and then it is met now. */
  meet(object: object): number {
    const count = this.#count;
    if (count >= SCANNED) return this.#meetAmongAll(object);
    for (let i = 0; i < count; i++) if (this.#first[i] === object) return i;
    this.#first[count] = object;
    this.#count = count + 1;
    return -1;
  }

  #meetAmongAll(object: object): number {
    const all = this.#all;
    if (all.size === 0) for (const first of this.#first) all.add(first!);
    const { size } = all;
    all.add(object);
    if (all.size > size) {
      this.#numbers?.set(object, size);
      return -1;
    }
    if (this.#numbers === undefined) {
      this.#numbers = new Map();
      for (const met of all) this.#numbers.set(met, this.#numbers.size);
    }
    return this.#numbers.get(object)!;
  }

  forget(): void {
    for (let i = 0; i < this.#count; i++) this.#first[i] = undefined;
    this.#count = 0;
    if (this.#all.size > 0) this.#all.clear();
    this.#numbers = undefined;
  }
}
