/** What is checked, or made sendable, where a call is made; the rest is the object's own business. */
import { types } from 'node:util';
import { broken } from '../tasks/show.js';
import type { BuiltIn } from './protocol.js';

type Prepare = (args: readonly unknown[]) => readonly unknown[];

const indexFirst =
  (isOptional = false): Prepare =>
  (args) => {
    if (!(isOptional && args[0] === undefined)) expectInteger('index', args[0]);
    return args;
  };

/** A name, of which a number is as good as its text; any other value would be taken for its text, too. */
const keyFirst: Prepare = (args) => {
  const [key] = args;
  if (typeof key !== 'string' && typeof key !== 'number') throw new TypeError(broken('key', 'a string', key));
  return args;
};

/** By kind and method. */
export const prepared: Readonly<Record<BuiltIn, Readonly<Record<string, Prepare>>>> = {
  dict: {
    update: ([entries]) => [entriesOf(entries, 'entries')],
    increment(args) {
      const by = args[1];
      if (by !== undefined && typeof by !== 'number') throw new TypeError(broken('by', 'a number', by));
      return args;
    },
  },
  list: {
    at: indexFirst(),
    set: indexFirst(),
    pop: indexFirst(true),
    insert: indexFirst(),
    slice(args) {
      for (const [index, name] of ['start', 'end'].entries()) {
        const bound = args[index];
        if (bound !== undefined && typeof bound !== 'number') throw new TypeError(broken(name, 'a number', bound));
      }
      return args;
    },
  },
  namespace: { get: keyFirst, set: keyFirst, delete: keyFirst },
};

/** What a dict is made of: pairs, or an object's own properties. */
export function entriesOf(entries: unknown, what: string): Map<unknown, unknown> {
  if (types.isMap(entries)) return entries;
  if (isIterable(entries)) {
    try {
      return new Map(entries as Iterable<[unknown, unknown]>);
    } catch (cause) {
      if (!(types.isNativeError(cause) && /is not an entry object/.test(cause.message))) throw cause;
      throw new TypeError(broken(what, 'an iterable of pairs, a key and a value each', entries), { cause });
    }
  }
  if (typeof entries === 'object' && entries !== null) return new Map(Object.entries(entries));
  throw new TypeError(broken(what, 'an iterable of pairs, a key and a value each, or an object', entries));
}

/** What a list is made of. */
export function itemsOf(items: unknown): unknown[] {
  if (Array.isArray(items)) return items;
  if (isIterable(items)) return [...items];
  throw new TypeError(broken('initial', 'an array or another iterable', items));
}

/** What a namespace is made of. */
export function propertiesOf(properties: unknown): object {
  if (typeof properties === 'object' && properties !== null && !Array.isArray(properties)) return properties;
  throw new TypeError(broken('initial', 'an object', properties));
}

function expectInteger(name: string, value: unknown): void {
  if (!Number.isSafeInteger(value)) throw new TypeError(broken(name, 'an integer', value));
}

function isIterable(value: unknown): value is Iterable<unknown> {
  return typeof (value as Partial<Iterable<unknown>> | null | undefined)?.[Symbol.iterator] === 'function';
}
