/** What is checked, or made sendable, where a call is made; the rest is the object's own business. */
import { types } from 'node:util';
import { show } from '../tasks/show.js';
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
  if (typeof key !== 'string' && typeof key !== 'number') throw expected('`key` to be a string', key);
  return args;
};

/** By kind and method. */
export const prepared: Readonly<Record<BuiltIn, Readonly<Record<string, Prepare>>>> = {
  dict: {
    update: ([entries]) => [entriesOf(entries, 'entries')],
    increment(args) {
      const by = args[1];
      if (by !== undefined && typeof by !== 'number') throw expected('`by` to be a number', by);
      return args;
    },
  },
  list: {
    at: indexFirst(),
    set: indexFirst(),
    pop: indexFirst(true),
    insert: indexFirst(),
    slice(args) {
      for (const end of args.slice(0, 2)) {
        if (end !== undefined && typeof end !== 'number') throw expected('`start` and `end` to be numbers', end);
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
      throw expected(`\`${what}\` to hold pairs of a key and a value`, entries);
    }
  }
  if (typeof entries === 'object' && entries !== null) return new Map(Object.entries(entries));
  throw expected(`\`${what}\` to be pairs of a key and a value, or an object`, entries);
}

/** What a list is made of. */
export function itemsOf(items: unknown): unknown[] {
  if (Array.isArray(items)) return items;
  if (isIterable(items)) return [...items];
  throw expected('`initial` to be an array or another iterable', items);
}

/** What a namespace is made of. */
export function propertiesOf(properties: unknown): object {
  if (typeof properties === 'object' && properties !== null && !Array.isArray(properties)) return properties;
  throw expected('`initial` to be an object', properties);
}

function expectInteger(name: string, value: unknown): void {
  if (!Number.isSafeInteger(value)) throw expected(`\`${name}\` to be an integer`, value);
}

function isIterable(value: unknown): value is Iterable<unknown> {
  return typeof (value as Partial<Iterable<unknown>> | null | undefined)?.[Symbol.iterator] === 'function';
}

function expected(rule: string, value: unknown): TypeError {
  return new TypeError(`Expected ${rule}, got ${show(value)} (${typeof value})`);
}
