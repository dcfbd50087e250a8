/** A pool whose calls are watched: chunk by chunk, and by the messages that they take. */
import { setTimeout as pause } from 'node:timers/promises';
import type { Pool } from '../pool/pool.js';
import { taskModule } from '../tasks/reference.js';
import { breakdownOf, merged, sharesOf, type CarryingCosts } from './breakdown.js';
import { REST_MS, type Lab } from './lab.js';
import { countMessages } from './messages.js';
import { FIELDS, recordsBytes, recordsOf, type Records } from './records.js';
import type { Chunk, Trace } from './trace.js';

const watching = taskModule<typeof import('../../workers/lab/watch.js')>(
  new URL('../../workers/lab/watch.js', import.meta.url),
);

/** Chunks that are recorded, and chunks of a thread that are listed. */
const RECORDED = 1 << 17;
const LISTED = 500;
/** What a call's runners post when they return to sleep belongs to it: they have done so after this. */
const SETTLED_MS = 3;

/**
 * Calls of the default or a fixed chunksize over `count` items, `calls` of them; the trace is that of the call with
 * the median time.
 */
export async function traced(
  lab: Lab,
  pool: Pool,
  count: number,
  chunksize: number | 'auto',
  calls: number,
  costs: CarryingCosts,
): Promise<Trace> {
  const memory = new SharedArrayBuffer(recordsBytes(Math.min(RECORDED, count + pool.threads)));
  const records = recordsOf(memory);
  const threads = await pool.broadcast(watching.watch, [memory]);
  const traces: Trace[] = [];
  try {
    for (let k = 0; k < calls; k++) traces.push(await one(lab, pool, count, chunksize, records, threads, costs));
  } finally {
    await pool.broadcast(watching.unwatch);
  }
  traces.sort((left, right) => left.total - right.total);
  return traces[Math.floor(traces.length / 2)];
}

async function one(
  lab: Lab,
  pool: Pool,
  count: number,
  chunksize: number | 'auto',
  records: Records,
  threads: readonly number[],
  costs: CarryingCosts,
): Promise<Trace> {
  const items = lab.items(count);
  const options = { timeout: Math.max(1, lab.clock.left), ...(chunksize === 'auto' ? {} : { chunksize }) };
  // The threads are found as by the calls that were timed: just at work, then asleep.
  await lab.map(pool, count, chunksize === 'auto' ? undefined : chunksize);
  await pause(REST_MS);
  const stopCounting = countMessages(records.words, 1);
  let began: number;
  let total: number;
  let chunks: Chunk[];
  try {
    Atomics.store(records.words, 0, 0);
    Atomics.store(records.words, 1, 0);
    began = now();
    await pool.map(lab.task, items, options);
    total = now() - began;
    chunks = chunksOf(records, threads, began);
    await pause(SETTLED_MS);
  } catch (error) {
    throw lab.failure(error, count);
  } finally {
    stopCounting();
  }
  const listed = merged(chunks, LISTED);
  return {
    items: count,
    chunksize,
    threads: pool.threads,
    total,
    chunks: listed,
    merged: listed.length < chunks.length,
    chunkCount: chunks.length,
    largestChunk: chunks.reduce((most, chunk) => Math.max(most, chunk.items), 0),
    byThread: sharesOf(chunks, pool.threads),
    breakdown: breakdownOf(chunks, total, pool.threads, costs),
    messages: Atomics.load(records.words, 1),
  };
}

/** The records as chunks, by start; times count from `began`. */
function chunksOf({ words, doubles, capacity }: Records, threads: readonly number[], began: number): Chunk[] {
  const count = Math.min(Atomics.load(words, 0), capacity);
  const entries = Array.from({ length: count }, (_, k) => doubles.subarray(k * FIELDS, (k + 1) * FIELDS));
  const bases = basesOf(entries);
  return entries
    .map(([thread, serial, from, until, start, end]) => ({
      thread: threads.indexOf(thread),
      from: bases.get(serial)! + from,
      until: bases.get(serial)! + until,
      items: until - from,
      start: start - began,
      end: end - began,
    }))
    .filter(({ thread, end }) => thread >= 0 && !Number.isNaN(end))
    .sort((left, right) => left.start - right.start);
}

/** Items that only messages carry are several boards, whose serials are in the items' order: where does each begin? */
function basesOf(entries: readonly Float64Array[]): Map<number, number> {
  const counts = new Map<number, number>();
  for (const [, serial, , until] of entries) counts.set(serial, Math.max(counts.get(serial) ?? 0, until));
  const bases = new Map<number, number>();
  let base = 0;
  for (const [serial, count] of [...counts].sort(([left], [right]) => left - right)) {
    bases.set(serial, base);
    base += count;
  }
  return bases;
}

/** Milliseconds on the clock of workers/lab/watch.ts. */
function now(): number {
  const [seconds, nanoseconds] = process.hrtime();
  return seconds * 1e3 + nanoseconds / 1e6;
}
