/** Which call an error belongs to. */
export interface TaskErrorInfo {
  readonly name: string;
  readonly index: number | undefined;
  readonly threadId: number;
}

/** Anything thrown, as plain data for the codec and for structured clone. */
export interface ErrorWire {
  readonly root: unknown;
  readonly nodes: readonly unknown[];
}

/** Any value thrown, as plain data. Never throws. */
export function encodeError(value: unknown): ErrorWire {
  return { root: value, nodes: [] };
}

/** The inverse. `callStack` is the `stack` of an Error made at the call: its frames follow the thread's. */
export function decodeError(wire: ErrorWire, _at?: { task?: TaskErrorInfo; callStack?: string }): unknown {
  return wire.root;
}
