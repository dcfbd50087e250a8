import { inspect } from 'node:util';
import { threadState } from './thread-state.js';

/** The method by which a shareable object says what it is made of. */
export const SHARE: unique symbol = Symbol.for('granule.share') as never;

/** What a shareable is made of; `data` clones, holds SharedArrayBuffers, and may nest shareables. */
export interface Shared {
  readonly type: string;
  readonly data: unknown;
}

/** An object that arrives in another thread as the same object over the same memory. */
export interface Shareable {
  [SHARE](): Shared;
}

/** Rebuilds an object from the data of its [SHARE](), nested shareables already revived. */
export type Revive = (data: any) => object;

const registry = threadState('shareables', () => new Map<string, Revive>());

/** Makes a class known, by the `type` its [SHARE]() gives. */
export function registerShareable(type: string, revive: Revive): void {
  registry.set(type, revive);
}

export function isShareable(value: unknown): value is Shareable {
  return typeof value === 'object' && value !== null && typeof (value as Partial<Shareable>)[SHARE] === 'function';
}

/** A structured-cloneable handle of a shareable, for threads started without granule. */
export function toShared(value: Shareable): unknown {
  throw new TypeError(`not yet: ${inspect(value)}`);
}

/** The shareable of a handle. */
export function fromShared<T extends Shareable>(handle: unknown): T {
  throw new TypeError(`not yet: ${inspect(handle)}`);
}
