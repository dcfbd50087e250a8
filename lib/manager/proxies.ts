/** The proxies of a Manager's objects, as users see them. */

/**
 * What all proxies have in common. A proxy may be passed to any thread, at any depth of a call's arguments, items or
 * results: to a pool's tasks, to a Process, to a method of this or another manager's object. It arrives as a proxy of
 * the same object, which lives as long as any thread holds a proxy of it.
 *
 * Every call makes one round trip, and its arguments and results are copies. Calls through one proxy run in the order
 * in which they were made. A call rejects with ManagerClosedError if the manager is shut down or its thread ends before
 * it is answered, and with a SerializationError if an argument or the result cannot cross.
 *
 * A proxy that is not needed any more is found by the garbage collector, sooner or later; disposing of it lets the
 * object go at once. Calls under way are still answered, later ones reject with a GranuleError.
 */
export interface ManagedProxy extends Disposable {
  /** Lets go of the object. Proxies in other threads, and other ones in this thread, are not affected. */
  [Symbol.dispose](): void;
}

/** An object of a class of the user's: every method is async, every other property a promise of its value now. */
export type Remote<T> = ManagedProxy & {
  readonly [K in Exclude<Extract<keyof T, string>, 'then'>]: T[K] extends (...args: infer A) => infer R
    ? (...args: A) => Promise<Awaited<R>>
    : Promise<Awaited<T[K]>>;
};

/**
 * A Map in the manager's thread. Python: `Manager().dict()`.
 *
 * Keys are told apart as by a Map, once they have crossed: 1 and '1' are two keys, NaN is one, and an object, of which
 * only a copy arrives, is equal to no other. Each method is one step, which no other thread comes between; a `get` and
 * a `set` after it are two. A value that is an object is a copy: to change what the dict holds, `set` it.
 */
export interface DictProxy<K, V> extends ManagedProxy {
  /** undefined if there is none. */
  get(key: K): Promise<V | undefined>;
  /** Adds or replaces. */
  set(key: K, value: V): Promise<void>;
  /** Whether there is such a key. */
  has(key: K): Promise<boolean>;
  /** Whether there was one. */
  delete(key: K): Promise<boolean>;
  /** Removes all. */
  clear(): Promise<void>;
  /** How many keys there are. Python: `len(d)`. */
  size(): Promise<number>;
  /** In the order in which they were added. */
  keys(): Promise<K[]>;
  /** In the order of their keys. */
  values(): Promise<V[]>;
  /** In the order of their keys. Python: `items()`. */
  entries(): Promise<[K, V][]>;
  /** Sets them all, in one step. */
  update(entries: Iterable<readonly [K, V]> | Record<string, V>): Promise<void>;
  /** Removes the key and gives its value, or `fallback` if there is none: one step. */
  pop(key: K, fallback?: V): Promise<V | undefined>;
  /** The key's value; if there is none, sets it to `value` first: one step. */
  setDefault(key: K, value: V): Promise<V>;
  /**
   * Adds `by` (default 1) to the key's number, of which a missing one counts as 0, in one step; Python's `d[k] += 1`
   * on a manager's dict is two, and loses updates. Resolves with the new value.
   *
   * @throws TypeError if the value, or `by`, is no number
   */
  increment(key: K, by?: number): Promise<number>;
}

/**
 * An array in the manager's thread. Python: `Manager().list()`. Each method is one step. A negative index counts from
 * the end; one that is no integer is a TypeError.
 */
export interface ListProxy<T> extends ManagedProxy {
  /** undefined outside the list. */
  at(index: number): Promise<T | undefined>;
  /** RangeError outside the list. */
  set(index: number, value: T): Promise<void>;
  /** Adds all at the end, in one step, and gives the new length. Python: `append`, `extend`. */
  push(...items: T[]): Promise<number>;
  /** Removes and gives the last item, or the one at `index`; undefined if there is none. */
  pop(index?: number): Promise<T | undefined>;
  /** Before the item at `index`; an index beyond an end means that end. */
  insert(index: number, item: T): Promise<void>;
  /** Removes the first item that is deeply equal; whether there was one. */
  remove(item: T): Promise<boolean>;
  /** Of the first item that is deeply equal, as `util.isDeepStrictEqual` has it; -1 if there is none. */
  indexOf(item: T): Promise<number>;
  /** How many items there are. */
  length(): Promise<number>;
  /** A copy of a part, or of the whole list, as Array.prototype.slice takes it. */
  slice(start?: number, end?: number): Promise<T[]>;
  /** In place. */
  reverse(): Promise<void>;
  /** In place; numbers by value, NaN last, anything else as Array.prototype.sort does: by text. */
  sort(): Promise<void>;
  /** Removes all. */
  clear(): Promise<void>;
}

/** Named values in the manager's thread. Python: `Manager().Namespace()`. Each method is one step. */
export interface NamespaceProxy<T extends object> extends ManagedProxy {
  /** undefined if it was never set. */
  get<K extends keyof T>(key: K): Promise<T[K]>;
  /** Python: `namespace.key = value`. */
  set<K extends keyof T>(key: K, value: T[K]): Promise<void>;
  /** Whether there was one. */
  delete(key: keyof T): Promise<boolean>;
  /** A copy of all. */
  toObject(): Promise<T>;
}
