import { show, shown } from '../tasks/show.js';

/** The object behind a DictProxy, in the manager's thread. Each method is one step: nothing runs in between. */
export class Dict<K, V> {
  readonly #map: Map<K, V>;

  constructor(initial: Iterable<readonly [K, V]>) {
    this.#map = new Map(initial);
  }

  get(key: K): V | undefined {
    return this.#map.get(key);
  }

  set(key: K, value: V): void {
    this.#map.set(key, value);
  }

  has(key: K): boolean {
    return this.#map.has(key);
  }

  delete(key: K): boolean {
    return this.#map.delete(key);
  }

  clear(): void {
    this.#map.clear();
  }

  size(): number {
    return this.#map.size;
  }

  keys(): K[] {
    return [...this.#map.keys()];
  }

  values(): V[] {
    return [...this.#map.values()];
  }

  entries(): [K, V][] {
    return [...this.#map];
  }

  update(entries: Iterable<readonly [K, V]>): void {
    for (const [key, value] of entries) this.#map.set(key, value);
  }

  pop(key: K, fallback?: V): V | undefined {
    if (!this.#map.has(key)) return fallback;
    const value = this.#map.get(key);
    this.#map.delete(key);
    return value;
  }

  setDefault(key: K, value: V): V {
    if (!this.#map.has(key)) this.#map.set(key, value);
    return this.#map.get(key) as V;
  }

  increment(key: K, by = 1): number {
    const value: unknown = this.#map.has(key) ? this.#map.get(key) : 0;
    if (typeof value !== 'number') {
      throw new TypeError(`Expected the value at the key ${show(key)} to be a number, got ${shown(value)}`);
    }
    this.#map.set(key, (value + by) as V);
    return value + by;
  }
}
