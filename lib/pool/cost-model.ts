/**
 * What tasks and dispatching cost, learned from the calls that were made.
 *
 * A task's cost per item is an exponentially weighted mean with its mean deviation, updated as TCP
 * does it for round-trip times (Jacobson 1988; RFC 6298: weights 1/8 and 1/4, first deviation half of
 * the first sample, upper bound mean + 4 deviations). Times are nanoseconds of thread time, measured
 * inside the threads; those of async tasks are wall time, and are not used to foresee anything that
 * would block the caller.
 */

/** The model's sample weights, as fractions 1/MEAN_SHARE and 1/SPREAD_SHARE. */
const MEAN_SHARE = 8;
const SPREAD_SHARE = 4;

/** One sample counts as at most this many times the mean: a preempted thread is not a slow task. */
const OUTLIER = 8;

/** The dearest observations are kept over this many observations at least, and twice as many at most. */
const RECENT = 32;

/** Below this the clock says nothing: 0 would mean "not known" to the schedules. */
const LEAST_NS = 0.05;

/**
 * Waking one more runner pays from this much work on: it begins 50 µs later, and the caller spends 20 µs on
 * the message. Maps of 10 000 squares (40 µs of work) took 240 to 380 µs with a second runner, 120 with one.
 */
export const RUNNER_NS = 100_000;

/** The caller looks at the done count for no longer than this. */
export const LOOK_NS = 50_000;

/** What dispatch costs before anything was measured: measuring at start would be noise, and wake an idle pool. */
const DISPATCH_NS = { message: 50_000, claim: 50 } as const;

/** `message`: until a thread that must be woken begins; `claim`: one step of the cursor. */
export type DispatchKind = keyof typeof DISPATCH_NS;

/** What a whole call is predicted to take, in ns of wall time. */
export interface Prediction {
  /** Run on the caller. */
  readonly inline: number;
  /** Run on the caller, at the upper spread: seldom exceeded. */
  readonly inlineUpper: number;
  /** Handed to threads that have to be woken. */
  readonly threads: number;
}

/** What is known of one task. Callers keep it: looking it up again finds the same object while it is in use. */
export class TaskCost {
  /** Of the pool. */
  readonly dispatch: DispatchCost;
  #nsPerItem = 0;
  #spread = 0;
  #weight = 0;
  #samples = 0;
  #asynchronous = false;
  #items = 0;
  /** What an item adds to a call in threads beside its own time, in ns. */
  #carry = 0;
  // Two windows instead of a list: the two greatest of RECENT to 2 * RECENT observations, for a comparison or two each.
  #most = 0;
  #second = 0;
  #secondBefore = 0;

  constructor(dispatch: DispatchCost = new DispatchCost()) {
    this.dispatch = dispatch;
  }

  /** Mean ns per item; 0 while not known, which is how the schedules want it. */
  get nsPerItem(): number {
    return this.#nsPerItem;
  }

  /** Mean absolute deviation of `nsPerItem` between observations. */
  get spread(): number {
    return this.#spread;
  }

  /** Observations so far. */
  get samples(): number {
    return this.#samples;
  }

  /** Items observed so far. */
  get items(): number {
    return this.#items;
  }

  /**
   * The most that an item took, by the last 32 observations (of a batch: its mean), the dearest left out: one in so
   * many may have met a pause of the collector or of the operating system.
   */
  get recentMost(): number {
    return Math.max(this.#second, this.#secondBefore);
  }

  /** The task returned a promise at least once: its times are wall times. */
  get asynchronous(): boolean {
    return this.#asynchronous;
  }

  /** Its time has been measured, and blocks who runs it. */
  get isForeseeable(): boolean {
    return this.#samples > 0 && !this.#asynchronous;
  }

  /** `items` items took `ns` in all, summed over the threads. Best once a call or claim, not once an item. */
  observe(items: number, ns: number, asynchronous = false): void {
    if (!(items > 0) || !(ns >= 0) || ns === Infinity) return;
    if (asynchronous) this.#asynchronous = true;
    let sample = Math.max(LEAST_NS, ns / items);
    this.#items += items;
    if (this.#samples % RECENT === 0) {
      this.#secondBefore = this.#second;
      this.#most = sample;
      this.#second = 0;
    } else if (sample > this.#most) {
      this.#second = this.#most;
      this.#most = sample;
    } else if (sample > this.#second) this.#second = sample;
    if (this.#samples++ === 0) {
      this.#nsPerItem = sample;
      this.#spread = sample / 2;
      this.#weight = items;
      return;
    }
    // A sample weighs as its items do against those before it, and at least 1/8: the compiler's warm-up, seen
    // on one item, is gone with the first full call, and a task whose cost changes is followed.
    if (items <= this.#weight) sample = Math.min(sample, OUTLIER * this.#nsPerItem);
    this.#weight = Math.min(this.#weight, (MEAN_SHARE - 1) * items) + items;
    const share = items / this.#weight;
    this.#spread += (Math.abs(sample - this.#nsPerItem) - this.#spread) * Math.max(share, 1 / SPREAD_SHARE);
    this.#nsPerItem += (sample - this.#nsPerItem) * share;
  }

  /** A call of many items in threads took `ns`: what is neither computing nor dispatch is the items' carriage. */
  observeCall(n: number, threads: number, ns: number): void {
    const foreseen = this.predict(n, threads);
    if (foreseen === undefined || !(ns >= 0)) return;
    // Once in a while a call meets a pause: it counts as at most a call that took twice as long as was foreseen.
    const sample = this.#carry + (Math.min(ns, 2 * foreseen.threads) - foreseen.threads) / n;
    this.#carry += (Math.max(0, sample) - this.#carry) / MEAN_SHARE;
  }

  /** How many runners to invite for `n` items: 1 where the work does not pay for a second one. */
  ticketsFor(n: number, threads: number): number {
    const most = Math.max(1, Math.min(threads, n));
    if (!this.isForeseeable) return most;
    return Math.max(1, Math.min(most, Math.ceil((n * this.#nsPerItem) / RUNNER_NS)));
  }

  /** May the caller look at the done count for a moment? Only for known, synchronous work of at most LOOK_NS. */
  looks(n: number, threads: number): boolean {
    if (!this.isForeseeable) return false;
    return n * this.#nsPerItem <= LOOK_NS * this.ticketsFor(n, threads);
  }

  /** `undefined` while the task is unknown or where it is asynchronous. */
  predict(n: number, threads: number): Prediction | undefined {
    if (!this.isForeseeable) return undefined;
    const inline = n * this.#nsPerItem;
    const tickets = this.ticketsFor(n, threads);
    const { message, claim } = this.dispatch;
    return {
      inline,
      inlineUpper: n * (this.#nsPerItem + 4 * this.#spread),
      threads: message + claim * Math.min(n, 4 * tickets) + this.#carry * n + inline / tickets,
    };
  }
}

/** What dispatching costs in one pool, in ns. */
export class DispatchCost {
  #message: number = DISPATCH_NS.message;
  #claim: number = DISPATCH_NS.claim;

  get message(): number {
    return this.#message;
  }

  get claim(): number {
    return this.#claim;
  }

  /** A measured dispatch. What lies beyond ten times the first guess, either way, is the machine's noise. */
  observe(kind: DispatchKind, ns: number): void {
    if (!(ns >= 0)) return;
    const sample = Math.min(DISPATCH_NS[kind] * 10, Math.max(DISPATCH_NS[kind] / 10, ns));
    if (kind === 'message') this.#message += (sample - this.#message) / MEAN_SHARE;
    else this.#claim += (sample - this.#claim) / MEAN_SHARE;
  }
}

/** Every task that a pool has run, by key (`resolveTask`), up to a bound. */
export class CostModel {
  readonly dispatch: DispatchCost;
  readonly #half: number;
  // Two generations instead of a list by last use: a hit in the young one is one lookup and no write. What was
  // not asked for during a whole generation goes.
  #young = new Map<string, TaskCost>();
  #old = new Map<string, TaskCost>();

  constructor(capacity = 1_000, dispatch = new DispatchCost()) {
    this.dispatch = dispatch;
    this.#half = Math.max(1, Math.floor(capacity / 2));
  }

  /** Tasks remembered now. */
  get size(): number {
    return this.#young.size + this.#old.size;
  }

  entry(key: string): TaskCost {
    const known = this.#young.get(key);
    if (known !== undefined) return known;
    const entry = this.#old.get(key) ?? new TaskCost(this.dispatch);
    this.#old.delete(key);
    if (this.#young.size >= this.#half) {
      this.#old = this.#young;
      this.#young = new Map();
    }
    this.#young.set(key, entry);
    return entry;
  }

  /** Shorthand for `dispatch.observe`. */
  observeDispatch(kind: DispatchKind, ns: number): void {
    this.dispatch.observe(kind, ns);
  }
}
