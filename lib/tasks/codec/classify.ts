/**
 * What an object is to structured clone, told by brand and prototype, never by `instanceof`: values come from
 * other realms (Jest's VM, vm contexts) and from subclasses. The answer is kept per prototype.
 */
import process from 'node:process';
import { types } from 'node:util';
import { isShareable } from '../shareable.js';

export const Kind = {
  /** Own enumerable properties are all there is: object literals, instances of classes. */
  Plain: 0,
  Map: 1,
  Set: 2,
  Date: 3,
  RegExp: 4,
  Error: 5,
  DOMException: 6,
  Boxed: 7,
  ArrayBuffer: 8,
  View: 9,
  SharedArrayBuffer: 10,
  /** Granule's own objects over shared memory. */
  Shareable: 11,
  /** A built-in of Node's that postMessage clones. */
  Message: 12,
  /** A built-in of Node's that postMessage moves but does not clone. */
  Movable: 13,
  /** Cannot cross; `remedyFor` says what to do instead. */
  Refused: 14,
} as const;
export type Kind = (typeof Kind)[keyof typeof Kind];

/** Whoever must not be sent says under this symbol what to do instead. */
const UNCLONEABLE = Symbol.for('granule.uncloneable');

const kinds = new WeakMap<object, Kind>();
const remedies = new WeakMap<object, string>();

/** The kind of an object that is neither an array nor a Proxy. */
export function kindOf(object: object): Kind {
  const prototype: object | null = Object.getPrototypeOf(object);
  if (prototype === null) return brandOf(object) ?? Kind.Plain;
  const known = kinds.get(prototype);
  if (known !== undefined && hasBrand(object, known)) return known;
  const kind = brandOf(object) ?? kindByPrototype(object, prototype);
  kinds.set(prototype, kind);
  return kind;
}

/** What to do instead of sending an object of Kind.Refused. */
export function remedyFor(object: object): string {
  const own = (object as Record<symbol, unknown>)[UNCLONEABLE];
  if (typeof own === 'string') return own;
  for (let at: object | null = object; at !== null; at = Object.getPrototypeOf(at)) {
    const remedy = remedies.get(at);
    if (remedy !== undefined) return remedy;
  }
  return 'it has no copy; send the data that the other thread needs to make its own';
}

/** The name under which a message shows an object. */
export function nameOf(object: object): string {
  try {
    const { constructor } = object as { constructor?: { name?: unknown } };
    if (typeof constructor === 'function' && typeof constructor.name === 'string' && constructor.name !== '') {
      return constructor.name;
    }
  } catch {
    // A getter's own business.
  }
  return 'Object';
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
      return types.isNativeError(object);
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

function brandOf(object: object): Kind | undefined {
  if (types.isMap(object)) return Kind.Map;
  if (types.isSet(object)) return Kind.Set;
  if (types.isDate(object)) return Kind.Date;
  if (types.isRegExp(object)) return Kind.RegExp;
  if (ArrayBuffer.isView(object)) return Kind.View;
  if (types.isArrayBuffer(object)) return Kind.ArrayBuffer;
  if (types.isSharedArrayBuffer(object)) return Kind.SharedArrayBuffer;
  if (types.isBoxedPrimitive(object)) return types.isSymbolObject(object) ? Kind.Refused : Kind.Boxed;
  if (types.isKeyObject(object) || types.isCryptoKey(object)) return Kind.Message;
  if (
    types.isPromise(object) ||
    types.isWeakMap(object) ||
    types.isWeakSet(object) ||
    types.isGeneratorObject(object) ||
    types.isMapIterator(object) ||
    types.isSetIterator(object) ||
    types.isExternal(object) ||
    types.isArgumentsObject(object)
  ) {
    return Kind.Refused;
  }
  // Before Error: on some Nodes a DOMException is a native error as well.
  if (inherits(object, () => DOMException.prototype)) return Kind.DOMException;
  if (types.isNativeError(object)) return Kind.Error;
  return undefined;
}

function kindByPrototype(object: object, prototype: object): Kind {
  if (isShareable(object)) return Kind.Shareable;
  if (typeof (object as Record<symbol, unknown>)[UNCLONEABLE] === 'string') return Kind.Refused;
  for (let at: object | null = prototype; at !== null; at = Object.getPrototypeOf(at)) {
    const known = builtIns.get(builtInName(at));
    if (known === undefined || known.prototype?.() !== at) continue;
    if (known.remedy !== undefined) remedies.set(at, known.remedy);
    return known.kind;
  }
  return Kind.Plain;
}

function inherits(object: object, prototype: () => object): boolean {
  let wanted: object | undefined;
  for (let at: object | null = Object.getPrototypeOf(object); at !== null; at = Object.getPrototypeOf(at)) {
    if (builtInName(at) === 'DOMException' && at === (wanted ??= prototype())) return true;
  }
  return false;
}

function builtInName(prototype: object): string {
  const { value } = Object.getOwnPropertyDescriptor(prototype, 'constructor') ?? {};
  if (typeof value === 'function') return value.name;
  const tag: unknown = Object.getOwnPropertyDescriptor(prototype, Symbol.toStringTag)?.value;
  return typeof tag === 'string' ? tag : '';
}

interface BuiltIn {
  readonly kind: Kind;
  /** Called only for an object whose prototype has that name: it may load the module. */
  readonly prototype?: () => object | undefined;
  readonly remedy?: string;
}

type Module = Record<string, { readonly prototype?: object } | undefined>;
function inModule(id: string, name: string): () => object | undefined {
  return () => (process.getBuiltinModule(id) as unknown as Module | undefined)?.[name]?.prototype;
}
function inGlobal(name: string): () => object | undefined {
  return () => (globalThis as unknown as Module)[name]?.prototype;
}
function inWebAssembly(name: string): () => object | undefined {
  return () => (globalThis as unknown as { WebAssembly?: Module }).WebAssembly?.[name]?.prototype;
}
function histogram(): object | undefined {
  const { createHistogram } = process.getBuiltinModule('node:perf_hooks');
  let at: object = createHistogram();
  while (builtInName(at) !== 'Histogram') {
    const next: object | null = Object.getPrototypeOf(at);
    if (next === null) return undefined;
    at = next;
  }
  return at;
}

const SEND_PARTS = 'structured clone would make an empty object of it';
const builtIns = new Map<string, BuiltIn>([
  ['Blob', { kind: Kind.Message, prototype: inModule('node:buffer', 'Blob') }],
  ['BlockList', { kind: Kind.Message, prototype: inModule('node:net', 'BlockList') }],
  ['SocketAddress', { kind: Kind.Message, prototype: inModule('node:net', 'SocketAddress') }],
  ['X509Certificate', { kind: Kind.Message, prototype: inModule('node:crypto', 'X509Certificate') }],
  ['Histogram', { kind: Kind.Message, prototype: histogram }],
  ['Module', { kind: Kind.Message, prototype: inWebAssembly('Module') }],
  ['MessagePort', { kind: Kind.Movable, prototype: inModule('node:worker_threads', 'MessagePort') }],
  ['ReadableStream', { kind: Kind.Movable, prototype: inModule('node:stream/web', 'ReadableStream') }],
  ['WritableStream', { kind: Kind.Movable, prototype: inModule('node:stream/web', 'WritableStream') }],
  ['TransformStream', { kind: Kind.Movable, prototype: inModule('node:stream/web', 'TransformStream') }],
  ...refused('WeakRef', 'send the object itself, or a key to look it up by'),
  ...refused('FinalizationRegistry'),
  ...refused('URL', `${SEND_PARTS}; send url.href`),
  ...refused('URLSearchParams', `${SEND_PARTS}; send String(params)`),
  ...refused('Headers', `${SEND_PARTS}; send [...headers]`),
  ...refused('FormData', `${SEND_PARTS}; send [...form]`),
  ...refused('Request', `${SEND_PARTS}; send its url and await request.arrayBuffer()`),
  ...refused('Response', `${SEND_PARTS}; send await response.arrayBuffer()`),
  ...refused('AbortController', "pass its signal in the call's options"),
  ...refused('AbortSignal', "pass it as `signal` in the call's options; the task reads currentTask().aborted"),
  ...refused('Event', SEND_PARTS),
  ...refused('TextEncoder', 'create it inside the task instead'),
  ...refused('TextDecoder', 'create it inside the task instead'),
]);

function refused(name: string, remedy?: string): [string, BuiltIn][] {
  return [[name, { kind: Kind.Refused, prototype: inGlobal(name), ...(remedy === undefined ? {} : { remedy }) }]];
}
