/** Where the time of a watched call went, and which thread ran what. */
import type { Breakdown, Chunk, ThreadShare } from './trace.js';

/** What carrying an item or a result costs by itself, in nanoseconds: measured apart from the call. */
export interface CarryingCosts {
  readonly encodeItem: number;
  readonly decodeItem: number;
  readonly encodeResult: number;
  readonly decodeResult: number;
}

/**
 * Splits `total` milliseconds of each of `threads` threads, and takes the mean of the splits, so that the parts are
 * `total` together. A thread's time is, in this order: the caller encodes the items; until the first thread begins
 * (dispatch); until this one begins (waiting); its chunks (items decoded, computed, results encoded) and what lies
 * between them (dispatch); until the last thread is through (imbalance, or waiting for a thread that had nothing);
 * until the caller has decoded the results.
 *
 * Carrying costs are averages from elsewhere: each is cut to the time there is for it.
 */
export function breakdownOf(
  chunks: readonly Chunk[],
  total: number,
  threads: number,
  costs: CarryingCosts,
): Breakdown {
  const first = Math.min(total, least(chunks, ({ start }) => start));
  const last = Math.min(total, Math.max(first, most(chunks, ({ end }) => end)));
  const items = sum(chunks, (chunk) => chunk.items);
  const encoding = Math.min(first, (items * costs.encodeItem) / 1e6);
  const tail = total - last;
  const decoding = Math.min(tail, (items * costs.decodeResult) / 1e6);

  const parts = { serializationIn: 0, serializationOut: 0, dispatch: 0, compute: 0, waiting: 0, imbalance: 0 };
  for (let thread = 0; thread < threads; thread++) {
    parts.serializationIn += encoding;
    parts.dispatch += first - encoding + (tail - decoding);
    parts.serializationOut += decoding;
    const own = chunks.filter((chunk) => chunk.thread === thread);
    if (own.length === 0) {
      parts.waiting += last - first;
      continue;
    }
    const begun = Math.min(last, least(own, ({ start }) => start));
    const through = Math.min(last, Math.max(begun, most(own, ({ end }) => end)));
    const busy = Math.min(through - begun, sum(own, ({ start, end }) => end - start));
    const count = sum(own, ({ items }) => items);
    const carried = count * (costs.decodeItem + costs.encodeResult);
    const carrying = Math.min(busy, carried / 1e6);
    const carriage = carried > 0 ? carrying / carried : 0;
    const inward = carriage * count * costs.decodeItem;
    const outward = carriage * count * costs.encodeResult;
    parts.waiting += begun - first;
    parts.serializationIn += inward;
    parts.serializationOut += outward;
    parts.compute += Math.max(0, busy - inward - outward);
    parts.dispatch += through - begun - busy;
    parts.imbalance += last - through;
  }
  const mean = (part: number): number => part / threads;
  return {
    total,
    serializationIn: mean(parts.serializationIn),
    serializationOut: mean(parts.serializationOut),
    dispatch: mean(parts.dispatch),
    compute: mean(parts.compute),
    waiting: mean(parts.waiting),
    imbalance: mean(parts.imbalance),
  };
}

/** By thread, also of those without a chunk. */
export function sharesOf(chunks: readonly Chunk[], threads: number): ThreadShare[] {
  return Array.from({ length: threads }, (_, thread) => {
    const own = chunks.filter((chunk) => chunk.thread === thread);
    return {
      thread,
      items: sum(own, ({ items }) => items),
      chunks: own.length,
      busy: sum(own, ({ start, end }) => end - start),
    };
  });
}

/** At most `limit` chunks a thread: where there are more, as many are joined as it takes. `chunks` by start. */
export function merged(chunks: readonly Chunk[], limit: number): Chunk[] {
  const byThread = new Map<number, Chunk[]>();
  for (const chunk of chunks) {
    const own = byThread.get(chunk.thread);
    if (own === undefined) byThread.set(chunk.thread, [chunk]);
    else own.push(chunk);
  }
  const joined = [...byThread.values()].flatMap((own) => {
    const size = Math.ceil(own.length / limit);
    const groups = Math.ceil(own.length / size);
    return Array.from({ length: groups }, (_, k) => joinedOf(own.slice(k * size, (k + 1) * size)));
  });
  return joined.sort((left, right) => left.start - right.start);
}

function joinedOf(chunks: readonly Chunk[]): Chunk {
  return {
    thread: chunks[0].thread,
    from: least(chunks, ({ from }) => from),
    until: most(chunks, ({ until }) => until),
    items: sum(chunks, ({ items }) => items),
    start: chunks[0].start,
    end: most(chunks, ({ end }) => end),
  };
}

function sum(chunks: readonly Chunk[], of: (chunk: Chunk) => number): number {
  return chunks.reduce((total, chunk) => total + of(chunk), 0);
}

// Not Math.min(…chunks): there may be more of them than a call takes arguments.
function least(chunks: readonly Chunk[], of: (chunk: Chunk) => number): number {
  return chunks.reduce((value, chunk) => Math.min(value, of(chunk)), Infinity);
}

function most(chunks: readonly Chunk[], of: (chunk: Chunk) => number): number {
  return chunks.reduce((value, chunk) => Math.max(value, of(chunk)), -Infinity);
}
