/** The counts of items, step by step upwards, as far as there is time. */
import type { Pool } from '../pool/pool.js';
import type { Lab } from './lab.js';
import type { ItemSamples } from './measure-items.js';
import { furtherCounts } from './plan.js';
import { duration, items as itemsText } from './quantities.js';

/** Times that a count is to be measured, at the least. */
export const LEAST_ROUNDS = 3;
/** A crossover is looked for no farther than this. */
const FARTHEST = 2_000_000;
const FAR_ENOUGH_MS = 50;

export class Steps {
  readonly #lab: Lab;
  readonly #samples: ItemSamples;
  readonly #pool: Pool;
  readonly #left: () => number;
  /** Calls in a row that were faster than the loop, up to the last count. */
  #won = 0;

  constructor(lab: Lab, samples: ItemSamples, pool: Pool, left: () => number) {
    this.#lab = lab;
    this.#samples = samples;
    this.#pool = pool;
    this.#left = left;
  }

  /** One call of the pool, then the loop, over `n` items. Milliseconds of the call. */
  async turn(n: number): Promise<number> {
    const { loop, pools } = this.#samples;
    const time = await this.#lab.map(this.#pool, n);
    pools.get(this.#pool.threads)!.add(n, time);
    loop.add(n, ...(await this.#lab.bench.loop(n)));
    // What an item takes at most is known from the counts before.
    this.#samples.perItem = Math.min(this.#samples.perItem, time / n);
    return time;
  }

  /** `counts`, upwards; those that there is no room for are the `rest`. */
  async climb(counts: readonly number[]): Promise<void> {
    for (const [k, n] of counts.entries()) {
      if (!(await this.#fits(n))) {
        const what = `time at ${itemsText(n)}${k < counts.length - 1 ? ' and more' : ''}`;
        this.#samples.cut = this.#lab.notMeasured(what, this.#why(n));
        this.#samples.rest = counts.slice(k);
        return;
      }
      await this.#step(n);
    }
  }

  /** Beyond `most`, where the loop was faster up to there: does it ever end? */
  async climbOn(most: number): Promise<void> {
    if (this.#pool.threads === 1) return;
    for (const n of furtherCounts(most, FARTHEST)) {
      const isFar = this.#inLoop(n) > FAR_ENOUGH_MS || LEAST_ROUNDS * this.#expected(n) > this.#left() / 2;
      if (this.#won >= 2 || isFar) return;
      await this.#step(n);
    }
  }

  async #step(n: number): Promise<void> {
    const time = await this.turn(n);
    this.#won = time < this.#inLoop(n) ? this.#won + 1 : 0;
    this.#samples.counts = [...this.#samples.counts, n];
    this.#samples.handOver = Math.max(0, this.#samples.perItem - this.#lab.itemNs / 1e6 / this.#pool.threads);
  }

  async #fits(n: number): Promise<boolean> {
    const { counts } = this.#samples;
    if (counts.length === 0 || this.#hasRoom(n)) return true;
    // One slow moment, a garbage collection among large items, is no reason to end here.
    const last = counts[counts.length - 1];
    for (let k = 0; k < 3 && this.#hasRoom(last); k++) {
      await this.turn(last);
      if (this.#hasRoom(n)) return true;
    }
    return false;
  }

  #hasRoom(n: number): boolean {
    // Up to an item a thread, once says more than nothing: what does a second thread gain?
    const times = n <= this.#pool.threads ? 1 : LEAST_ROUNDS;
    return times * this.#expected(n) <= this.#left();
  }

  #inLoop(n: number): number {
    return (n * this.#lab.itemNs) / 1e6;
  }

  /** Milliseconds of a turn. */
  #expected(n: number): number {
    const { itemNs, bench } = this.#lab;
    return n * (Math.min(this.#samples.perItem, 1e9) + (itemNs + bench.copyNs) / 1e6);
  }

  #why(n: number): string {
    const { budget } = this.#lab.clock;
    const expected = this.#expected(n);
    return LEAST_ROUNDS * expected > budget / 4
      ? `loop and pool take about ${duration(expected)} a time, too long for the budget of ${duration(budget)}`
      : `the budget of ${duration(budget)} has no room for it`;
  }
}
