import { types } from 'node:util';
import { isPlainObject } from './plain-object.js';
import { shown } from './show.js';
import { threadState } from './thread-state.js';

/** The method by which a shareable object says what it is made of. */
export const SHARE: unique symbol = Symbol.for('granule.share');

/** What a shareable is made of: `data` clones, holds SharedArrayBuffers, and may nest shareables. */
export interface Shared {
  readonly type: string;
  readonly data: unknown;
}

/** An object that arrives in another thread as an object of the same class over the same memory. */
export interface Shareable {
  /** @internal */
  [SHARE](): Shared;
}

/** Makes the object from its data, in which nested shareables are objects again. */
export type Revive = (data: any) => object;

/** A shareable on its way: plain data that structured clone keeps whole. */
export interface SharedHandle {
  readonly [HANDLE]: string;
  readonly data: unknown;
}
const HANDLE = 'granule.shareable';

const registry = threadState('shareables', () => new Map<string, Revive>());

/**
 * Makes a class known by the `type` that its [SHARE]() gives. Of two copies of granule the one that
 * was loaded first keeps the type: in a thread, that is the one that started it.
 */
export function registerShareable(type: string, revive: Revive): void {
  if (!registry.has(type)) registry.set(type, revive);
}

export function isShareable(value: unknown): value is Shareable {
  return typeof value === 'object' && value !== null && typeof (value as Partial<Shareable>)[SHARE] === 'function';
}

export function isSharedHandle(value: unknown): value is SharedHandle {
  return isPlainObject(value) && Object.hasOwn(value, HANDLE) && typeof value[HANDLE] === 'string';
}

/**
 * A structured-cloneable handle of a shareable, for a thread that was started without granule; a call
 * of granule's takes the object itself, at any depth.
 *
 *     new Worker(file, { workerData: { lock: toShared(lock) } });   // there: fromShared(workerData.lock)
 *
 * @throws TypeError if `value` is not a shareable
 */
export function toShared(value: Shareable): unknown {
  if (!isShareable(value)) throw notShareable(value);
  return pack(value, new Map());
}

/**
 * The object that a handle of toShared() stands for, over the same memory.
 *
 * @throws TypeError if `handle` is none, or of a class that this version of granule does not have
 */
export function fromShared<T extends Shareable>(handle: unknown): T {
  if (!isSharedHandle(handle)) {
    throw new TypeError(`Expected a handle that toShared() made, got ${shown(handle)}`);
  }
  return unpack(handle, new Map(), 0) as T;
}

function notShareable(value: unknown, cause?: unknown): TypeError {
  return new TypeError(
    `Expected a Lock, a Value or another object over shared memory, got ${shown(value)}. ` +
      'What structured clone can send needs no toShared().',
    cause === undefined ? undefined : { cause },
  );
}

/** What it is made of. An object that only inherits from a Lock has the method, and nothing that it could tell. */
function partsOf(value: Shareable): Shared {
  let parts: unknown;
  try {
    parts = value[SHARE]();
  } catch (error) {
    throw types.isNativeError(error) && error.name === 'TypeError' ? notShareable(value, error) : error;
  }
  if (typeof (parts as Partial<Shared> | null)?.type !== 'string') throw notShareable(value);
  return parts as Shared;
}

/** No handle that toShared() makes is nested so deeply; one that holds itself is. */
const DEEPEST = 500;

/** One shareable may be nested twice, as the lock of two conditions: it stays one object. */
function pack(value: unknown, packed: Map<unknown, unknown>): unknown {
  if (!isShareable(value)) return mapParts(value, (part) => pack(part, packed));
  let handle = packed.get(value);
  if (handle === undefined) {
    const { type, data } = partsOf(value);
    handle = { [HANDLE]: type, data: pack(data, packed) } satisfies SharedHandle;
    packed.set(value, handle);
  }
  return handle;
}

function unpack(value: unknown, unpacked: Map<unknown, unknown>, depth: number): unknown {
  if (depth > DEEPEST) {
    throw new TypeError('Expected a handle that toShared() made, got one that is nested without end');
  }
  if (!isSharedHandle(value)) return mapParts(value, (part) => unpack(part, unpacked, depth + 1));
  let object = unpacked.get(value);
  if (object === undefined) {
    const revive = registry.get(value[HANDLE]);
    if (revive === undefined) {
      throw new TypeError(
        `Expected a shareable of a class that this thread knows, got '${value[HANDLE]}'. ` +
          'The two threads may have loaded different versions of granule.',
      );
    }
    object = revive(unpack(value.data, unpacked, depth + 1));
    unpacked.set(value, object);
  }
  return object;
}

/** The types of a handle and of those nested in it. */
export function typesInHandle(handle: unknown): Set<string> {
  const found = new Set<string>();
  const visit = (value: unknown): void => {
    if (isSharedHandle(value)) {
      found.add(value[HANDLE]);
      visit(value.data);
    } else {
      mapParts(value, visit);
    }
  };
  visit(handle);
  return found;
}

/** A shareable's data is a tree of arrays and plain objects down to shared memory and primitives. */
function mapParts(value: unknown, change: (part: unknown) => unknown): unknown {
  if (Array.isArray(value)) return value.map(change);
  if (!isPlainObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, change(part)]));
}
