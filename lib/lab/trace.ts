/** A call that was watched, as the findings tell of it. Times are milliseconds. */

/** Which thread ran which items when, and where the time went. */
export interface Trace {
  readonly items: number;
  readonly chunksize: number | 'auto';
  readonly threads: number;
  /** Milliseconds from the call to its result. */
  readonly total: number;
  /** By start. Times count from the call. */
  readonly chunks: readonly Chunk[];
  /** There were more chunks than are listed: several that one thread took one after the other are shown as one. */
  readonly merged: boolean;
  /** How many there were. */
  readonly chunkCount: number;
  /** Items of the largest. */
  readonly largestChunk: number;
  /** By thread, also of those that did nothing. */
  readonly byThread: readonly ThreadShare[];
  readonly breakdown: Breakdown;
  /** Messages posted by all threads for this call. A chunk takes none of its own. */
  readonly messages: number;
}

/** Consecutive items that a thread took at a time; where `merged`, several such. */
export interface Chunk {
  /** 0 … threads − 1 */
  readonly thread: number;
  /** Items [from, until); where `merged`, `items` of them. */
  readonly from: number;
  readonly until: number;
  readonly items: number;
  readonly start: number;
  readonly end: number;
}

export interface ThreadShare {
  readonly thread: number;
  readonly items: number;
  readonly chunks: number;
  /** Milliseconds in chunks. */
  readonly busy: number;
}

/**
 * Where the time of a call went, seen from its threads: each part is the mean over the threads in milliseconds, so
 * that together they are `total`.
 */
export interface Breakdown {
  readonly total: number;
  /** The caller encodes the items; threads decode them. */
  readonly serializationIn: number;
  /** Threads encode the results; the caller decodes them. */
  readonly serializationOut: number;
  /** Until the first thread begins; between chunks; until the caller hears of the last result. */
  readonly dispatch: number;
  /** In the function. */
  readonly compute: number;
  /** A thread that begins later than the first one, or not at all. */
  readonly waiting: number;
  /** A thread is through, another one is still at its last chunk. */
  readonly imbalance: number;
}

export const BREAKDOWN_PARTS = [
  'serializationIn',
  'dispatch',
  'waiting',
  'compute',
  'imbalance',
  'serializationOut',
] as const satisfies readonly (keyof Breakdown)[];

/** What people call the parts. */
export const PART_NAMES: Readonly<Record<(typeof BREAKDOWN_PARTS)[number], string>> = {
  serializationIn: 'serialization in',
  dispatch: 'dispatch',
  waiting: 'waiting',
  compute: 'compute',
  imbalance: 'imbalance',
  serializationOut: 'serialization out',
};

/** One thread took chunk after chunk before any other was awake. */
export function ranAlone({ chunkCount, byThread }: Trace): boolean {
  return chunkCount > 1 && byThread.length > 1 && byThread.filter(({ items }) => items > 0).length === 1;
}
