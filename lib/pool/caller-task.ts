/**
 * Whether a call of an adaptive pool runs on the caller: what is known of one task there.
 *
 * Two costs have their say. The threads' (`TaskEntry.cost`) comes first: a task that no thread has run is not
 * run on the caller. `here` is the caller's own, since code that is compiled in the threads begins cold on the
 * caller, a hundred times slower at worst. Until `here` says that the caller pays too, calls are *trials*: they
 * get a part of the budget, and the threads do the rest.
 */
import { loadTask } from '../tasks/load.js';
import { TaskCost } from './cost-model.js';
import type { TaskEntry } from './task-table.js';
import type { AnyTask, TaskLoop } from './task-loop.js';

/** The longest that a call may keep the caller's thread busy. */
export const BUDGET_NS = 200_000;

/** What a trial may take of it. */
export const TRIAL_NS = 50_000;

/** For so many calls the task stays in the threads after it went over its budget, or trials came to nothing. */
export const BARRED_CALLS = 1_000;

/**
 * A pause of the collector, or of the operating system, looks like a costly item: 1 call in 700 of 0.1 ms had one in
 * it. Up to ten budgets it gets the benefit of the doubt: threads that find nothing unusual in so many calls
 * lift the bar. Not for the third time in a row.
 */
export const ACQUITTAL_CALLS = 32;
const DOUBTFUL_NS = 10 * BUDGET_NS;
const STRIKES = 3;

/** Beyond that it takes more of them, and only one such call in so many as a bar lasts gets the benefit. */
export const LONG_ACQUITTAL_CALLS = 256;

/** By now the caller's code is compiled. */
export const TRIALS = 100;

/** A single item cannot be cut: this many must be known, and the dearest of the last ones leave some of the budget. */
const KNOWN_ITEMS = 32;
const SINGLE_SHARE = 4 / 3;

/** Ranges cannot be cut either, and vary with where they lie. */
const RANGES_SHARE = 2;

/** A call, as far as its cost goes. */
export interface Extent {
  /** How often the task is called. */
  readonly steps: number;
  /** Items, or the indexes of all ranges. */
  readonly units: number;
  readonly isRanges: boolean;
}

/** `trial`: on the caller, for TRIAL_NS; `loading`: on threads, and the caller should get the task. */
export type Choice = 'threads' | 'loading' | 'trial' | 'caller';

export class CallerTask {
  /** Per item, on the caller. */
  readonly here: TaskCost;
  /** The task's own loops, by the shape of items and results. */
  readonly loops = new Map<number, TaskLoop>();
  task: AnyTask | undefined;
  readonly #entry: TaskEntry;
  #state: 'new' | 'loading' | 'loaded' | 'unloadable' = 'new';
  #barred = 0;
  /** So many observations in threads lift the bar. */
  #acquittedAt = Infinity;
  #strikes = 0;
  /** Calls on the caller since the last one that went far over the budget. */
  #sinceFarOver = Infinity;
  #trials = 0;

  constructor(entry: TaskEntry) {
    this.#entry = entry;
    this.here = new TaskCost(entry.cost.dispatch);
  }

  /** Nobody has asked for it here. */
  get isNew(): boolean {
    return this.#state === 'new';
  }

  /** To be asked once a call. */
  choose(extent: Extent, threads: number): Choice {
    const { cost } = this.#entry;
    if (this.#barred > 0) {
      this.#barred--;
      if (cost.samples < this.#acquittedAt) return 'threads';
    }
    if (this.#state === 'unloadable' || !pays(cost, extent, threads)) return 'threads';
    if (this.#state !== 'loaded') return this.#state === 'new' ? 'loading' : 'threads';
    this.#barred = 0;
    if (this.#paysHere(extent, threads)) return 'caller';
    if (this.#trials++ < TRIALS) return 'trial';
    this.#bar(Infinity);
    return 'threads';
  }

  /** A call was run here. `ran`: so many of its items or indexes; `isCut`: there was no time for the others. */
  observe(choice: 'trial' | 'caller', ran: number, ns: number, isCut: boolean): void {
    if (ns > BUDGET_NS || (isCut && choice === 'caller')) {
      this.#bar(this.#entry.cost.samples + (ns > DOUBTFUL_NS ? this.#farOver() : this.#over()));
      return;
    }
    this.#sinceFarOver++;
    if (ran > 0) this.here.observe(ran, ns);
    if (choice === 'caller') this.#strikes = this.#trials = 0;
  }

  /** As measured here, on average: what it may be at worst is the threads' to say. */
  #paysHere({ units }: Extent, threads: number): boolean {
    const here = this.here.predict(units, threads);
    const there = this.#entry.cost.predict(units, threads);
    return here !== undefined && there !== undefined && here.inline <= Math.min(there.threads, BUDGET_NS);
  }

  /** How many observations in threads would acquit the task. */
  #over(): number {
    return ++this.#strikes < STRIKES ? ACQUITTAL_CALLS : Infinity;
  }
  #farOver(): number {
    const isRare = this.#sinceFarOver >= BARRED_CALLS;
    this.#sinceFarOver = 0;
    return isRare ? LONG_ACQUITTAL_CALLS : Infinity;
  }

  #bar(acquittedAt: number): void {
    this.#barred = BARRED_CALLS;
    this.#acquittedAt = acquittedAt;
    this.#trials = 0;
    if (acquittedAt === Infinity) this.#strikes = 0;
  }

  /** Where it does not load here, it stays in the threads. */
  async load(): Promise<void> {
    this.#state = 'loading';
    try {
      this.task = await loadTask(this.#entry.spec);
      this.#state = 'loaded';
    } catch {
      this.#state = 'unloadable';
    }
  }
}

/** Foreseen, at its upper bound, to be cheaper on the caller than in threads, and within the budget. */
export function pays(cost: TaskCost, { steps, units, isRanges }: Extent, threads: number): boolean {
  const foreseen = cost.predict(units, threads);
  if (foreseen === undefined || foreseen.inlineUpper > foreseen.threads) return false;
  if (isRanges) return foreseen.inlineUpper <= BUDGET_NS / RANGES_SHARE;
  if (foreseen.inlineUpper > BUDGET_NS) return false;
  return steps > 1 || (cost.items >= KNOWN_ITEMS && cost.recentMost <= BUDGET_NS / SINGLE_SHARE);
}
