import { EventEmitter } from 'node:events';
import { inspect, types } from 'node:util';
import { SerializationError } from '../errors.js';
import { errorClass, errorType, isError, nameOf } from './error-types.js';
import type { ErrorNode, ErrorWire, Property, Slot, WireNode } from './error-wire.js';
import { copyLeaf } from './leaf.js';
import { isPlainObject } from './plain-object.js';
import { isShareable } from './shareable.js';
import { withoutRunner } from './stack-frames.js';

/** Objects beneath an error: an error may hold a request, and that half the program. */
const MAX_NODES = 10_000;
/** Objects beneath something thrown that is no error: a getter may make a new one at every look. */
const MAX_PLAIN_NODES = 1_000_000;

/**
 * Anything thrown, as plain data. Never throws, whatever accessors and proxies it meets: what of an
 * error cannot cross is left out (functions) or becomes the text that util.inspect has for it; of
 * something thrown that is no error, all of it crosses, or a SerializationError with that text does.
 */
export function encodeError(value: unknown): ErrorWire {
  try {
    const graph = new Graph();
    const root = graph.slot(value, false);
    graph.drain();
    return graph.incomplete ? encodeError(cannotCross(value)) : { root, nodes: graph.nodes };
  } catch {
    return encodeError(cannotCross(value)); // more than memory holds: its text is bounded
  }
}

/** An object still to be looked at; `ofError`: an error holds it. */
interface Visit {
  readonly object: object;
  readonly node: number;
  readonly ofError: boolean;
}

class Graph {
  readonly nodes: WireNode[] = [];
  /** Something that no error holds could not be kept. */
  incomplete = false;
  readonly #seen = new Map<object, number>();
  readonly #visits: Visit[] = [];

  slot(value: unknown, ofError: boolean): Slot {
    if (typeof value === 'function' || typeof value === 'symbol') return this.#text(value, ofError);
    if (typeof value !== 'object' || value === null) return value as Slot;
    let node = this.#seen.get(value);
    if (node === undefined) {
      if (this.#seen.size >= (ofError ? MAX_NODES : MAX_PLAIN_NODES)) return this.#text(value, ofError);
      node = this.#seen.size;
      this.#seen.set(value, node);
      this.#visits.push({ object: value, node, ofError });
    }
    return { node };
  }

  drain(): void {
    for (let at = 0; at < this.#visits.length; at++) {
      const visit = this.#visits[at];
      this.nodes[visit.node] = this.#encode(visit);
    }
  }

  #encode({ object, ofError }: Visit): WireNode {
    try {
      if (isError(object)) return this.#error(object);
      const node = types.isProxy(object) ? undefined : this.#data(object, ofError);
      if (node !== undefined) return node;
    } catch {
      // An accessor or a proxy's trap threw: all that is left is its text.
    }
    return { kind: 'text', text: this.#text(object, ofError) };
  }

  #error(error: object): ErrorNode {
    const type = read(() => errorType(error)) ?? 'Error';
    const keys = read(() => Object.getOwnPropertyNames(error)) ?? [];
    const name = text(read(() => (error as Error).name));
    const message = text(read(() => (error as Error).message));
    const stack = text(read(() => (error as Error).stack)) ?? `${name ?? type}: ${message ?? ''}`;
    const properties: Property[] = [];
    for (const key of keys) {
      if (key === 'stack' || (key === 'message' && message !== undefined)) continue;
      const property = read(() => ({
        value: (error as Record<string, unknown>)[key],
        enumerable: Object.prototype.propertyIsEnumerable.call(error, key),
      }));
      if (property === undefined || typeof property.value === 'function') continue;
      properties.push([key, this.slot(property.value, true), property.enumerable]);
    }
    const inherits = !keys.includes('name') && (type === 'DOMException' || name !== nameOf(errorClass(type)));
    return {
      kind: 'error',
      type,
      name: inherits ? name : undefined,
      message: message === '' && !keys.includes('message') ? undefined : message,
      stack: withoutRunner(stack),
      properties,
    };
  }

  /** undefined: nothing that can be sent as data. */
  #data(object: object, ofError: boolean): WireNode | undefined {
    const leaf = copyLeaf(object);
    if (leaf !== undefined) return { kind: 'leaf', value: leaf };
    if (Array.isArray(object)) return { kind: 'list', length: object.length, entries: this.#entries(object, ofError) };
    if (types.isMap(object)) {
      const entries: [Slot, Slot][] = [];
      Map.prototype.forEach.call(object, (value, key) => {
        entries.push([this.slot(key, ofError), this.slot(value, ofError)]);
      });
      return { kind: 'map', entries };
    }
    if (types.isSet(object)) {
      const members: Slot[] = [];
      Set.prototype.forEach.call(object, (member) => members.push(this.slot(member, ofError)));
      return { kind: 'set', members };
    }
    const keys = Object.keys(object);
    // An instance without fields keeps its state where no copy reaches; an emitter holds its whole surroundings.
    if (!isPlainObject(object) && (keys.length === 0 || isLive(object))) return undefined;
    return { kind: 'record', entries: this.#entries(object, ofError) };
  }

  #entries(object: object, ofError: boolean): [string, Slot][] {
    const entries: [string, Slot][] = [];
    for (const key of Object.keys(object)) {
      const value = (object as Record<string, unknown>)[key];
      if (typeof value !== 'function' || !ofError) entries.push([key, this.slot(value, ofError)]);
    }
    return entries;
  }

  #text(value: unknown, ofError: boolean): string {
    if (!ofError) this.incomplete = true;
    return describe(value);
  }
}

function isLive(object: object): boolean {
  return (
    isShareable(object) ||
    object instanceof EventEmitter ||
    object instanceof EventTarget ||
    types.isAnyArrayBuffer(object) ||
    ArrayBuffer.isView(object) ||
    types.isPromise(object) ||
    types.isExternal(object)
  );
}

function cannotCross(value: unknown): SerializationError {
  return new SerializationError(
    `The task threw something that is no error and cannot cross to another thread: ${describe(value)}. ` +
      'Throw an Error, or plain data.',
  );
}

/** What util.inspect has for a value, within bounds; it runs the value's own code, which may throw. */
function describe(value: unknown): string {
  return (
    read(() => inspect(value, { depth: 1, maxArrayLength: 20, maxStringLength: 1000, breakLength: Infinity })) ??
    read(() => Object.prototype.toString.call(value)) ??
    'a value that cannot be shown'
  );
}

function read<T>(get: () => T): T | undefined {
  try {
    return get();
  } catch {
    return undefined;
  }
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}
