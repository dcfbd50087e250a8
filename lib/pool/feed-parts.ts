/** How much a call is, and what is left of it once some of its steps have been run. */
import type { Extent } from './caller-task.js';
import type { Feed } from './engine.js';

export function extentOf(feed: Feed): Extent {
  if (feed.kind !== 'ranges') return { steps: feed.items.length, units: feed.items.length, isRanges: false };
  const { start, stop } = feed.range;
  return { steps: feed.count, units: stop - start, isRanges: true };
}

/** The feed from the step `from` on. */
export function restOf(feed: Feed, from: number): Feed {
  if (feed.kind === 'items') {
    return { ...feed, items: feed.items.slice(from), path: (index) => feed.path(from + index) };
  }
  if (feed.kind === 'typed') return { kind: 'typed', items: feed.items.subarray(from) };
  const { start, stop, size } = feed.range;
  return { ...feed, range: { start: start + from * size, stop, size }, count: feed.count - from };
}

/** The results of the whole call, with those of its rest written into them; `undefined` where none are kept. */
export function joined(results: unknown, rest: unknown, from: number): unknown {
  if (results === undefined) return undefined;
  if (ArrayBuffer.isView(results)) (results as unknown as Uint8Array).set(rest as Uint8Array, from);
  else for (const [i, value] of (rest as unknown[]).entries()) (results as unknown[])[from + i] = value;
  return results;
}
