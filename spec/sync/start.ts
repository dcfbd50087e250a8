/** Threads for specs of this room. */
import type * as lockRoles from '../fixtures/sync/lock-roles.js';
import type * as waitRoles from '../fixtures/sync/wait-roles.js';
import { startRole, type Thread } from '../support/roles.js';

export { endThreads, type Thread } from '../support/roles.js';

type Roles = typeof lockRoles & typeof waitRoles;

const entry = (name: string): URL => new URL(`../fixtures/sync/${name}`, import.meta.url);

/** A thread that runs the role. */
export function start<Name extends keyof Roles>(
  role: Name,
  ...args: Parameters<Roles[Name]>
): Thread<Awaited<ReturnType<Roles[Name]>>> {
  return startRole(entry('thread.js'), role, args);
}

/** The same in a thread in which the slow tick makes up for nothing: a wake-up that is lost hangs the spec. */
export function startTickless<Name extends keyof Roles>(
  role: Name,
  ...args: Parameters<Roles[Name]>
): Thread<Awaited<ReturnType<Roles[Name]>>> {
  return startRole(entry('tickless.js'), role, args);
}

/** Words through which a spec and its threads tell each other how far they are. */
export class Steps {
  readonly words = new Int32Array(new SharedArrayBuffer(64));

  /** Resolves when `index` has reached `value`, without blocking the thread. */
  async reached(index: number, value = 1): Promise<void> {
    while (Atomics.load(this.words, index) < value) await new Promise((resolve) => setImmediate(resolve));
  }

  go(index: number, value = 1): void {
    Atomics.store(this.words, index, value);
    Atomics.notify(this.words, index);
  }
}
