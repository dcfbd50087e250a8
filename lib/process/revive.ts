/** How a thread makes the object of a subclass, whichever copy of the package the class extends. */
import type { Runnable } from '../tasks/evaluate.js';

/** The static method of Process by which it is made without the constructors of subclasses. */
export const REVIVE: unique symbol = Symbol.for('granule.process.revive');

export interface Revivable {
  [REVIVE](target: Runnable | undefined, args: readonly unknown[]): { run(): unknown };
}
