/**
 * Objects that cross with a MessagePort of theirs: one end of a Pipe, a Manager's proxy. They pass at any depth of
 * arguments, items and results, and arrive as objects of the same class. Unlike a shareable's memory, a port is in one
 * thread at a time, so what is sent is made for each receiving thread anew, as its message is posted:
 *
 *   1. A call walks all that it sends. A carried object is asked for its CARRY_CHECK; one that goes to a single thread
 *      (CARRY_ONCE) is refused where several would get it, or where the call holds it twice. Nothing has left so far.
 *   2. As a message is about to be posted, each carried object in it packs itself: CARRY. If the post fails all the
 *      same, what it gave is taken back: `undo`.
 */
import { threadState } from './thread-state.js';

/** The method by which a carried object packs itself for one receiving thread. */
export const CARRY: unique symbol = Symbol.for('granule.carry');
/** Whether it goes to one thread, once: it has left this thread then. */
export const CARRY_ONCE: unique symbol = Symbol.for('granule.carry-once');
/** The method that says why it cannot be sent now; absent: it always can. */
export const CARRY_CHECK: unique symbol = Symbol.for('granule.carry-check');

/** What a carried object is made of, for one thread. */
export interface Carriage {
  /** As given to registerCarried(). */
  readonly type: string;
  /** What structured clone takes, ports and shared memory included; neither shareables nor carried objects. */
  readonly data: unknown;
  /** The ports in `data`, and whatever else in it moves. */
  readonly transfer: readonly object[];
  /** The message could not be posted. */
  undo?(): void;
}

/** Why an object cannot be sent, as in "it is {what}; {remedy}". */
export interface CannotCarry {
  readonly what: string;
  readonly remedy: string;
}

/** An object that arrives in another thread as one of the same class, with a port of its own. */
export interface Carried {
  /** @internal */
  readonly [CARRY_ONCE]: boolean;
  /** @internal */
  [CARRY_CHECK]?(): CannotCarry | undefined;
  /** Called once for each receiving thread, also later than the call that sends it; it must not throw. @internal */
  [CARRY](): Carriage;
}

/** Makes the object from its data. */
export type ReviveCarried = (data: any) => object;

const registry = threadState('carried', () => new Map<string, ReviveCarried>());
const standIns = threadState('carried as', () => new WeakMap<object, Carried>());

/**
 * Makes a class known by the `type` that its [CARRY]() gives. To be called by a module that the entries of granule's
 * threads import. Of two copies of granule the one that was loaded first keeps the type.
 */
export function registerCarried(type: string, revive: ReviveCarried): void {
  if (!registry.has(type)) registry.set(type, revive);
}

/** For a Proxy, or a function: it has no method of its own that could be told from what it answers to everything. */
export function carryAs(value: object, carried: Carried): void {
  standIns.set(value, carried);
}

/** What was said by carryAs(); asks the value nothing. */
export function carriedAs(value: object): Carried | undefined {
  return standIns.get(value);
}

export function isCarried(value: unknown): value is Carried {
  return typeof value === 'object' && value !== null && typeof (value as Partial<Carried>)[CARRY] === 'function';
}

/** The object of what a [CARRY]() gave in another thread. */
export function reviveCarried(type: string, data: unknown): object {
  const revive = registry.get(type);
  if (revive !== undefined) return revive(data);
  throw new TypeError(
    `Expected an object of a class that this thread knows, got '${type}'. ` +
      'The two threads may have loaded different versions of granule.',
  );
}
