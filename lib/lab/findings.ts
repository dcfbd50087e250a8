/**
 * What the lab found out about one function on one machine: plain data, the same in the terminal, in `--json` and
 * in the HTML report. Times are milliseconds, costs of one item nanoseconds; where a name says `Ns`, it is those.
 *
 * A field is absent where nothing was measured, and `notMeasured` then says why. An array may be shorter than
 * planned, or empty, for the same reasons.
 */

import type { Trace } from './trace.js';

/** The findings of `granule tune`. */
export interface Findings {
  readonly kind: 'granule tune';
  /** Of this format. A change that breaks a reader counts it up. */
  readonly format: 1;
  /** When the measuring began: ISO 8601, UTC. */
  readonly date: string;
  readonly machine: Machine;
  /** By name: granule, node, v8. */
  readonly versions: Readonly<Record<string, string>>;
  readonly subject: Subject;
  /** It was interrupted: these are the findings until then. */
  readonly partial: boolean;
  /** Milliseconds that the measuring took. */
  readonly elapsed: number;
  /** In a loop on one thread, warmed up. */
  readonly cost?: ItemCost;
  readonly dispatch?: Dispatch;
  /** Time against item count: the loop first, then pools by their threads, upwards. */
  readonly itemSeries: readonly ItemSeries[];
  /** Time against chunksize, over `subject.threads` threads. */
  readonly chunksizes?: ChunksizeSeries;
  /** Against the loop, at one item count, by number of threads, upwards. */
  readonly speedup?: Speedup;
  /** Where the pool of `subject.threads` first beats the loop. */
  readonly crossover?: Crossovers;
  /** Calls watched chunk by chunk: the default first, then the chunksize that was best where it is another. */
  readonly traces: readonly Trace[];
  readonly verdict?: Verdict;
  readonly notMeasured: readonly NotMeasured[];
}

export interface Machine {
  /** As the system calls it. */
  readonly cpu: string;
  /** Threads that it can run at once, within affinity and quota. */
  readonly cores: number;
  readonly memoryBytes: number;
  /** System, release, architecture: 'linux 6.1.0 x64'. */
  readonly platform: string;
  /** Processes that wanted a core in the minute before the measuring: near 0 on an idle machine, 0 where not known. */
  readonly load: number;
  /** How many of the cores other programs kept busy while this measured, on average; absent where that is not known. */
  readonly others?: number;
}

/** What was measured, and how. */
export interface Subject {
  /** A file: URL. */
  readonly module: string;
  /** As it was named on the command line. */
  readonly path: string;
  /** The export's name. */
  readonly name: string;
  /** It returned a promise: its costs are wall times. */
  readonly asynchronous: boolean;
  /** As asked for; the most that were measured may be fewer. */
  readonly items: number;
  /** 0 … n − 1, the array of a file, or one item again and again. */
  readonly source: 'numbers' | 'file' | 'item';
  /** Where `source` is a file: its path as it was given. */
  readonly file?: string;
  /** Of the largest pool. */
  readonly threads: number;
  /** Milliseconds that the measuring might take. */
  readonly budget: number;
}

/** Samples of one thing: the median and the quartiles, in milliseconds unless a name says otherwise. */
export interface Timing {
  readonly median: number;
  readonly lowerQuartile: number;
  readonly upperQuartile: number;
  readonly samples: number;
}

/** What an item costs in a loop on one thread, warmed up: nanoseconds. */
export interface ItemCost {
  /** The loop's time by its items, whole passes over the items. */
  readonly meanNs: number;
  /** Of the passes' means: what a repetition differs by. */
  readonly lowerQuartileNs: number;
  readonly upperQuartileNs: number;
  /** Items of a pass, all different where the items are. */
  readonly items: number;
  readonly passes: number;
  /** How unequal items are. */
  readonly distribution: Distribution;
  /** The function changes its items: each loop was given copies, whose making is not counted. */
  readonly changesItems?: boolean;
  /** Of an async function: the share of its time in which its thread had nothing to do, 0 to 1. */
  readonly waiting?: number;
}

/** Costs of items side by side: of single items, or, where the clock is too coarse for those, of batches. */
export interface Distribution {
  /** Items measured at a time; each counts with the batch's mean. 1: single items. */
  readonly batch: number;
  /** Batches measured. */
  readonly count: number;
  readonly leastNs: number;
  /** `q`: 0.05, 0.25, 0.5, 0.75, 0.95, 0.99 */
  readonly quantiles: readonly { readonly q: number; readonly ns: number }[];
  readonly mostNs: number;
}

/** What handing work to threads costs on this machine, with a function that does nothing. */
export interface Dispatch {
  /** A call of one item to a thread that has just been at work, there and back. */
  readonly warm: Timing;
  /** The same to threads that sleep: what a call that comes alone pays. All series are measured like this. */
  readonly asleep: Timing;
  /** One more chunk: what `chunksize: 1` costs more than one chunk a thread, by chunk. */
  readonly chunkNs: number;
  /** One more item of the subject's kind, in and out, without the subject's own work, by item. */
  readonly itemNs?: number;
}

/** Time against item count. */
export interface ItemSeries {
  readonly kind: 'loop' | 'pool';
  /** 1 for the loop. */
  readonly threads: number;
  /** By count, upwards. */
  readonly points: readonly ItemPoint[];
  /** T(n) = a + b·n through the points; absent where there are too few. */
  readonly fit?: Line;
}

export interface ItemPoint {
  readonly items: number;
  readonly time: Timing;
}

/** T(n) = a + b·n, in milliseconds. In a pool of W threads b is (the cost of an item in a thread) / W. */
export interface Line {
  readonly a: number;
  readonly b: number;
  /** The median of |T − fit| / T over the points: 0.05 is a good fit, 0.5 none. */
  readonly error: number;
}

/** Time against chunksize. */
export interface ChunksizeSeries {
  readonly items: number;
  readonly threads: number;
  /** By chunksize, upwards. */
  readonly points: readonly ChunksizePoint[];
  /** The default: chunks sized by the measured cost. `chunksize` is the largest chunk that it made. */
  readonly learned?: ChunksizePoint;
  /** Python's rule of thumb, ceil(n / (4·threads)). */
  readonly python: ChunksizePoint;
  /** The fastest of `points`. */
  readonly best: ChunksizePoint;
  /** Where `best` seemed clearly faster than what was learned: both once more, taking turns. */
  readonly contest?: { readonly best: Timing; readonly learned: Timing };
  /** The loop over the same items. */
  readonly loop?: Timing;
}

export interface ChunksizePoint {
  readonly chunksize: number;
  readonly time: Timing;
}

export interface Speedup {
  readonly items: number;
  readonly loop: Timing;
  readonly points: readonly SpeedupPoint[];
}

export interface SpeedupPoint {
  readonly threads: number;
  readonly time: Timing;
  /** Loop by pool, of the medians: `threads` would be ideal. */
  readonly speedup: number;
}

export interface Crossovers {
  /** The number of the subject's items from which on the pool is faster. */
  readonly items: FoundCrossover;
  /** The cost of an item in nanoseconds from which on the pool is faster. */
  readonly cost?: CostCrossover;
}

/** `fit`: where the lines through the points meet. `direct`: between which points the measured times change places. */
export interface FoundCrossover {
  readonly fit: Crossover;
  readonly direct: Crossover;
}

export interface CostCrossover extends FoundCrossover {
  /** At how many items. */
  readonly items: number;
  /** A task of adjustable cost, with the subject's items and one of its results, by cost upwards. */
  readonly points: readonly CostPoint[];
}

/** `reason` is a clause that says why there is none: 'an item costs more to hand over than to compute'. */
export type Crossover = { readonly at: number } | { readonly at: null; readonly reason: string };

export interface CostPoint {
  /** Nanoseconds an item, in the loop. */
  readonly costNs: number;
  readonly loop: Timing;
  readonly pool: Timing;
}

export interface Verdict {
  /** What to use for the items that were asked for; 'promises' is all at once on one thread, by Promise.all. */
  readonly use: 'pool' | 'loop' | 'promises';
  /** One sentence with its figures. */
  readonly sentence: string;
  /** A line of code to paste. */
  readonly code: string;
}

export interface NotMeasured {
  /** 'time at 1 000 000 items' */
  readonly what: string;
  /** 'the loop alone would take 12 s of a budget of 20 s' */
  readonly why: string;
}
