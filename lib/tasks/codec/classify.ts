/**
 * What an object is to structured clone, told by brand and prototype, never by `instanceof`: values come from other
 * realms (Jest's VM, vm contexts) and from subclasses. The answer is kept with the prototype.
 */
import { EventEmitter } from 'node:events';
import { types } from 'node:util';
import { isDOMException } from '../error-types.js';
import { CARRY, isCarried } from '../carry.js';
import { isShareable, SHARE } from '../shareable.js';
import { findBuiltIn, isNative } from './built-ins.js';

export const Kind = {
  /** Own enumerable properties are all there is: object literals, instances of classes. */
  Plain: 0,
  Map: 1,
  Set: 2,
  Date: 3,
  RegExp: 4,
  Error: 5,
  Boxed: 6,
  ArrayBuffer: 7,
  View: 8,
  SharedArrayBuffer: 9,
  /** Granule's own objects over shared memory. */
  Shareable: 10,
  /** A built-in of Node's that postMessage clones. */
  Clonable: 11,
  /** A built-in of Node's that postMessage moves and does not clone. */
  Movable: 12,
  /** Cannot cross: remedyFor() says what to do instead. */
  Refused: 13,
  /** Granule's own objects that cross with a port: the end of a Pipe, a Manager's proxy. */
  Carried: 14,
} as const;
export type Kind = (typeof Kind)[keyof typeof Kind];

/** Whoever must not be sent says under this symbol what to do instead. */
const UNCLONEABLE = Symbol.for('granule.uncloneable');

/** By which an object says what it is; granule's classes have them on their prototypes. */
const SIGNS: readonly symbol[] = [SHARE, CARRY, UNCLONEABLE];

const { isPrototypeOf } = Object.prototype;

const kinds = new WeakMap<object, Kind>();

/** The kind of an object that is neither an array nor a Proxy. */
export function kindOf(object: object): Kind {
  const prototype = parentOf(object);
  if (prototype === null) return brandOf(object) ?? Kind.Plain;
  const known = kinds.get(prototype);
  if (known !== undefined && hasBrand(object, known)) return known;
  const brand = brandOf(object);
  if (brand !== undefined) {
    if (brand !== Kind.Refused) kinds.set(prototype, brand);
    return brand;
  }
  const kind = kindByPrototype(object);
  // Its own affair, and not that of all objects with its prototype, which may be Object.prototype.
  if (SIGNS.some((sign) => Object.hasOwn(object, sign))) return kind;
  if (kind !== Kind.Plain || isPlainFor(prototype)) kinds.set(prototype, kind);
  return kind;
}

/**
 * Whether every object of that prototype is plain because one is. Not so with a built-in's:
 * Object.create(Map.prototype) is plain, as a Map is not, and `arguments` has an ordinary object's prototype.
 */
function isPlainFor(prototype: object): boolean {
  let at = prototype;
  for (let parent = parentOf(at); parent !== null; parent = parentOf(at)) {
    if (isNative(at)) return false;
    at = parent;
  }
  return at !== prototype;
}

function parentOf(object: object): object | null {
  return Object.getPrototypeOf(object) as object | null;
}

/** What the object is made of, whatever its prototype says; undefined if of nothing special. */
export function brandOf(object: object): Kind | undefined {
  if (types.isMap(object)) return Kind.Map;
  if (types.isSet(object)) return Kind.Set;
  if (types.isDate(object)) return Kind.Date;
  if (types.isRegExp(object)) return Kind.RegExp;
  if (types.isNativeError(object)) return Kind.Error;
  if (ArrayBuffer.isView(object)) return Kind.View;
  if (types.isArrayBuffer(object)) return Kind.ArrayBuffer;
  if (types.isSharedArrayBuffer(object)) return Kind.SharedArrayBuffer;
  if (types.isBoxedPrimitive(object)) return types.isSymbolObject(object) ? Kind.Refused : Kind.Boxed;
  return isBoundToItsThread(object) ? Kind.Refused : undefined;
}

function isBoundToItsThread(object: object): boolean {
  return (
    types.isPromise(object) ||
    types.isWeakMap(object) ||
    types.isWeakSet(object) ||
    types.isGeneratorObject(object) ||
    types.isMapIterator(object) ||
    types.isSetIterator(object) ||
    types.isArgumentsObject(object) ||
    types.isExternal(object)
  );
}

/** Two objects of one prototype may differ: Object.create(Map.prototype) is no Map. */
function hasBrand(object: object, kind: Kind): boolean {
  switch (kind) {
    case Kind.Map:
      return types.isMap(object);
    case Kind.Set:
      return types.isSet(object);
    case Kind.Date:
      return types.isDate(object);
    case Kind.RegExp:
      return types.isRegExp(object);
    case Kind.Error:
      return types.isNativeError(object) || isDOMException(object);
    case Kind.Boxed:
      return types.isBoxedPrimitive(object);
    case Kind.ArrayBuffer:
      return types.isArrayBuffer(object);
    case Kind.View:
      return ArrayBuffer.isView(object);
    case Kind.SharedArrayBuffer:
      return types.isSharedArrayBuffer(object);
    default:
      return true;
  }
}

function kindByPrototype(object: object): Kind {
  if (isDOMException(object)) return Kind.Error;
  if (isShareable(object)) return Kind.Shareable;
  if (isCarried(object)) return Kind.Carried;
  if (typeof remedyOf(object) === 'string') return Kind.Refused;
  switch (findBuiltIn(object)?.crosses) {
    case 'cloned':
      return Kind.Clonable;
    case 'moved':
      return Kind.Movable;
    case 'never':
      return Kind.Refused;
    default:
      return isEmitter(object) ? Kind.Refused : Kind.Plain;
  }
}

/** Sockets, servers, streams: without their listeners and handles the own properties are a husk. */
function isEmitter(object: object): boolean {
  return isPrototypeOf.call(EventEmitter.prototype, object) || isPrototypeOf.call(EventTarget.prototype, object);
}

function remedyOf(object: object): unknown {
  return (object as { [UNCLONEABLE]?: unknown })[UNCLONEABLE];
}

/** What to do instead of sending an object that cannot cross. */
export function remedyFor(object: object): string {
  const remedy = remedyOf(object);
  if (typeof remedy === 'string') return remedy;
  if (types.isPromise(object)) return 'await it, and send what it resolves to';
  if (types.isArgumentsObject(object)) return 'send [...arguments]';
  if (types.isGeneratorObject(object) || types.isMapIterator(object) || types.isSetIterator(object)) {
    return 'an iterator belongs to its thread: send what it gives, in an array';
  }
  return findBuiltIn(object)?.remedy ?? 'there is no copying it: send the data that the task needs to make its own';
}

/** The name under which a message shows an object: its class's, where that says more than its tag. */
export function nameOf(object: object): string {
  const { constructor } = object as { constructor?: unknown };
  const name = typeof constructor === 'function' ? constructor.name : '';
  if (name !== '' && name !== 'Object' && name !== 'Iterator') return name;
  return Object.prototype.toString.call(object).slice('[object '.length, -1);
}
