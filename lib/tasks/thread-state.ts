/**
 * What granule keeps once a thread, whichever copy of the package asks: a program may load granule
 * twice (two versions, a bundle beside node_modules), and both must agree on the current task, on
 * what was marked with move() and on the shareable classes. So it hangs on a registered symbol, not
 * on a module. A change of what a name holds that an older copy could not read takes a new symbol.
 */

const STATE = Symbol.for('granule@1');

/** The thread's one `name`, made by `create` for the copy that asks first. */
export function threadState<T>(name: string, create: () => T): T {
  const home = globalThis as { [STATE]?: Map<string, unknown> };
  if (home[STATE] === undefined) {
    Object.defineProperty(home, STATE, { value: new Map<string, unknown>() });
  }
  const state = home[STATE] as Map<string, unknown>;
  if (!state.has(name)) state.set(name, create());
  return state.get(name) as T;
}
