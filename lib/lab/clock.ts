/** The time that the measuring may take, and how much of it is left. Milliseconds. */
import { BudgetSpent, type Stuck } from './failures.js';
import { SHARES, type Part } from './plan.js';

export class Clock {
  readonly budget: number;
  readonly #began = performance.now();
  /** When the parts began to share what was left. */
  #from = 0;

  constructor(budget: number) {
    this.budget = budget;
  }

  get elapsed(): number {
    return performance.now() - this.#began;
  }

  /** Of the whole, below 0 once it is spent. */
  get left(): number {
    return this.budget - this.elapsed;
  }

  /** What a call may take. BudgetSpent where nothing is left. */
  limit(): { timeout: number } {
    if (this.left <= 0) throw new BudgetSpent();
    return { timeout: this.left };
  }

  /** BudgetSpent where `error` is that of a call which took all that was left. `at`: what its thread was at. */
  check(error: unknown, during: string, at?: Stuck): void {
    const isTimeout = (error as { code?: unknown } | null)?.code === 'ERR_GRANULE_TIMEOUT';
    if (!isTimeout || this.left > 1) return;
    throw new BudgetSpent(during, at !== undefined && at.ms > this.budget / 2 ? at : undefined);
  }

  /** The parts share what is left from now on: what went before, none of them pays alone. */
  begin(): void {
    this.#from = this.elapsed;
  }

  /** Until `part` has had its share, and what those before it left over. */
  leftFor(part: Part): number {
    return this.#from + (this.budget - this.#from) * SHARES[part] - this.elapsed;
  }
}

/**
 * Runs `round` up to `most` times, as long as another one fits into what is left; once in any case. False: it ran
 * fewer than `wanted` times.
 */
export async function rounds(
  most: number,
  wanted: number,
  left: () => number,
  round: (k: number) => Promise<void>,
): Promise<boolean> {
  let longest = 0;
  for (let k = 0; k < most; k++) {
    if (k > 0 && left() < longest) return k >= wanted;
    const began = performance.now();
    await round(k);
    longest = Math.max(longest, performance.now() - began);
  }
  return true;
}
