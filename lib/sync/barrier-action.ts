/** A barrier's action: a function that is sent as source, and called in whichever thread arrives last. */

import { types } from 'node:util';
import { evaluateSource, type Runnable } from '../tasks/evaluate.js';
import { explain } from '../tasks/explain.js';
import { MOST_ARGS } from '../tasks/most-args.js';
import { resolveTask, type SourceSpec } from '../tasks/spec.js';
import { broken } from '../tasks/show.js';

export class BarrierAction {
  readonly #spec: SourceSpec;
  readonly #args: readonly unknown[];
  #call: Runnable | undefined;

  constructor(spec: SourceSpec, args: readonly unknown[]) {
    this.#spec = spec;
    this.#args = args;
  }

  /** TypeError for what cannot be sent as source, or cannot be done before wait() returns. */
  static of(action: unknown, args: unknown): BarrierAction {
    if (typeof action !== 'function') throw new TypeError(broken('action', 'a self-contained function', action));
    if (types.isAsyncFunction(action)) {
      throw new TypeError('Expected `action` to be a function that is done when it returns, got an async function');
    }
    if (args !== undefined && !Array.isArray(args)) throw new TypeError(broken('args', 'an array', args));
    if (args !== undefined && args.length > MOST_ARGS) {
      throw new RangeError(broken('args', `an array of at most ${MOST_ARGS} arguments`, args));
    }
    // A function's spec is a source, always.
    return new BarrierAction(resolveTask(action, 'action').spec as SourceSpec, args ?? []);
  }

  /** Evaluated in the thread that made the barrier, too: it must not work there alone. */
  run(): void {
    try {
      this.#call ??= evaluateSource(this.#spec);
      this.#call(...this.#args);
    } catch (error) {
      throw explain(error, this.#spec);
    }
  }

  /** Clones, but for shareables among the args. */
  get parts(): { readonly spec: SourceSpec; readonly args: readonly unknown[] } {
    return { spec: this.#spec, args: this.#args };
  }
}
