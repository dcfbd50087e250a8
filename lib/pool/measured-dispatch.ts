/** Sends calls to the threads, and learns what that costs from those that find nothing else under way. */
import type { Extent } from './caller-task.js';
import type { Engine, Feed, Settle, Work } from './engine.js';

/** With more items the codec's time would be taken for dispatch. */
const MOST_TO_LEARN_FROM = 16;

export class MeasuredDispatch {
  readonly #threads: Engine;
  /** Calls sent, and not settled yet. */
  #underWay = 0;

  constructor(threads: Engine) {
    this.#threads = threads;
  }

  /** As the threads' own `start`. */
  start(work: Work, feed: Feed, { steps, units }: Extent, settle: Settle): (error: unknown) => void {
    const { cost } = work.entry;
    const { threads } = this.#threads;
    const isMeasured = this.#underWay === 0 && cost.isForeseeable;
    const foreseen = isMeasured ? units * cost.nsPerItem : 0;
    const began = isMeasured ? performance.now() : 0;
    const cancel = this.#threads.start(work, feed, (failed, value) => {
      this.#underWay--;
      if (isMeasured && !failed) {
        const ns = (performance.now() - began) * 1e6;
        if (steps > MOST_TO_LEARN_FROM) cost.observeCall(units, threads, ns);
        else cost.dispatch.observe('message', Math.max(0, ns - foreseen / cost.ticketsFor(units, threads)));
      }
      settle(failed, value);
    });
    this.#underWay++;
    return cancel;
  }
}
