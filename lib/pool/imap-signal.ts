/**
 * How a signal holds the iterations that it stops. The signal of a whole service outlives them by far, and an iterator
 * is easily forgotten half-way, without return(): it would be kept, with what it has buffered, as long as its signal.
 * So a signal holds an iteration while a pull waits, which it must reject; else weakly, and one that was collected is
 * taken off its signal.
 *
 * What the signal reaches from here must reach the iteration by `awaited` alone.
 */
import { onAbort } from '../tasks/on-abort.js';

const collected = new FinalizationRegistry<WeakRef<{ leave(): void }>>((hold) => {
  hold.deref()?.leave(); // a signal that is gone has taken its hold along
});

export class SignalHold<I extends object> {
  /** The iteration, while a pull waits. */
  awaited: I | undefined;
  /** Takes it off the signal. */
  readonly leave: () => void;
  readonly #iteration: WeakRef<I>;
  readonly #fail: (iteration: I, reason: unknown) => void;

  /** Throws what the signal throws. `fail` does not hold the iteration. */
  constructor(signal: AbortSignal, iteration: I, fail: (iteration: I, reason: unknown) => void) {
    this.#iteration = new WeakRef(iteration);
    this.#fail = fail;
    this.leave = onAbort(signal, this.#stop.bind(this));
    collected.register(iteration, new WeakRef(this));
  }

  #stop(reason: unknown): void {
    const iteration = this.#iteration.deref();
    if (iteration !== undefined) this.#fail(iteration, reason);
  }
}
