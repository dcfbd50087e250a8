/** The object behind a NamespaceProxy, in the manager's thread. Each method is one step. */
export class Namespace {
  /** Not an object: a key may be '__proto__'. */
  readonly #values: Map<string, unknown>;

  constructor(initial: object) {
    this.#values = new Map(Object.entries(initial));
  }

  get(key: string | number): unknown {
    return this.#values.get(String(key));
  }

  set(key: string | number, value: unknown): void {
    this.#values.set(String(key), value);
  }

  delete(key: string | number): boolean {
    return this.#values.delete(String(key));
  }

  toObject(): Record<string, unknown> {
    return Object.fromEntries(this.#values);
  }
}
