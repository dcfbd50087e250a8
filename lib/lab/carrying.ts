/** What it costs to carry items to a thread and results back, measured on the pool's own encoders. */
import { deserialize, serialize } from 'node:v8';
import { Arena } from '../pool/arena.js';
import type { Work } from '../pool/engine.js';
import { JobMaker } from '../pool/job-maker.js';
import { Decoder } from '../tasks/codec/decoder.js';
import { Encoder } from '../tasks/codec/encoder.js';
import type { CarryingCosts } from './breakdown.js';
import { median } from './statistics.js';

const LEAST_ROUNDS = 3;
const LONGEST_MS = 40;

/** `results` are of `items`, none of them a promise. */
export function carryingCosts(items: readonly unknown[], results: readonly unknown[]): CarryingCosts {
  const [encodeItem, decodeItem] = costsOf(items, () => encodeJob(items));
  // Numbers, booleans and the like are a store and a load, which are part of the loop.
  const heavy = results.filter((value) => value != null && typeof value !== 'number' && typeof value !== 'boolean');
  const [encodeResult, decodeResult] = heavy.length === 0 ? [0, 0] : costsOf(heavy, undefined);
  const share = heavy.length / results.length;
  return { encodeItem, decodeItem, encodeResult: encodeResult * share, decodeResult: decodeResult * share };
}

/** Nanoseconds a value: encoding and decoding. */
function costsOf(values: readonly unknown[], encode: (() => void) | undefined): [encode: number, decode: number] {
  // Numbers go through a column, and are read where they lie.
  if (encode !== undefined && values.every((value) => typeof value === 'number')) {
    return [timed(values.length, encode), 0];
  }
  const encoder = new Encoder();
  const offsets: number[] = [];
  const record = (): boolean => {
    encoder.reset();
    offsets.length = 0;
    for (const value of values) {
      offsets.push(encoder.length);
      if (!encoder.write(value, 'value')) return false;
    }
    return true;
  };
  if (record()) {
    const decoder = new Decoder();
    return [
      timed(values.length, encode ?? record),
      timed(values.length, () => offsets.map((offset) => decoder.read(encoder.bytes, offset))),
    ];
  }
  // They go by message, as structured clones. What only a message carries is not what costs.
  const bytes = values.map((value) => serializeOr(value));
  return [
    timed(values.length, () => values.map((value) => serializeOr(value))),
    timed(values.length, () => bytes.map((each) => deserialize(each) as unknown)),
  ];
}

const NOTHING = serialize(undefined);

function serializeOr(value: unknown): Buffer {
  try {
    return serialize(value);
  } catch {
    return NOTHING;
  }
}

/** In memory that is used again, as the pool's own is. */
function encodeJob(items: readonly unknown[]): void {
  const work = { method: 'map', args: [], pinned: -1 } as unknown as Work; // all that making a job asks of it
  const feed = { items, spread: false, path: (index: number) => `items[${index}]` };
  const job = maker.ofItems(work, 1, feed, true);
  if (job !== undefined) arena.release(job.block);
}

const arena = new Arena();
const maker = new JobMaker(arena, new Encoder('aside'));

/** Nanoseconds by `count`: the median of the second half of the rounds, when V8 has compiled what runs. */
function timed(count: number, run: () => unknown): number {
  const samples: number[] = [];
  for (const end = performance.now() + LONGEST_MS; samples.length < LEAST_ROUNDS || performance.now() < end; ) {
    const began = performance.now();
    run();
    samples.push(performance.now() - began);
  }
  return (median(samples.slice(samples.length >> 1)) / count) * 1e6;
}
