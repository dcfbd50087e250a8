/** Time against item count: in the loop, in the pool, and in smaller pools. */
import { rounds } from './clock.js';
import { crossoverByFit, crossoverByMeasurement, fitLine } from './crossover.js';
import type { FoundCrossover, ItemSeries, Line, NotMeasured } from './findings.js';
import type { Found, Lab } from './lab.js';
import { LEAST_ROUNDS, Steps } from './item-steps.js';
import { itemCounts } from './plan.js';
import { Samples } from './samples.js';

const ROUNDS = 15;

/** What the parts after this one need of it. */
export interface ItemSamples {
  readonly loop: Samples;
  /** By number of threads. */
  readonly pools: Map<number, Samples>;
  /** The counts that were measured, upwards. */
  counts: readonly number[];
  /** Milliseconds that an item of a pool's call took, at the least. */
  perItem: number;
  /** Milliseconds that an item costs in the pool's call besides the function. */
  handOver: number;
  /** The counts that there was no room for, upwards, and what was said of it. */
  rest: readonly number[];
  cut?: NotMeasured;
}

export function itemSamples(): ItemSamples {
  return { loop: new Samples(), pools: new Map(), counts: [], perItem: Infinity, handOver: 0, rest: [] };
}

/** Loop and pool, taking turns, so that a slow moment of the machine falls on both. */
export async function measureItems(lab: Lab, samples: ItemSamples): Promise<void> {
  const { clock, request } = lab;
  const left = (): number => clock.leftFor('items');
  const most = request.feed.count;
  const pool = await lab.pool();
  samples.pools.set(request.threads, new Samples());
  lab.found('items', () => ({ itemSeries: seriesOf(samples), ...crossoverOf(samples, request.threads) }));

  // Threads load the function, and V8 compiles it there; the slower the function, the less of that there is to do.
  const itemMs = lab.itemNs / 1e6;
  if (itemMs < left() / 10) await lab.introduce(pool);
  const some = Math.min(most, 100, Math.floor((left() / 50) * (pool.threads / itemMs)));
  if (some >= 1) {
    // What handing over an item costs is not known yet: it may be far more than the function.
    const asleep = lab.findings.dispatch?.asleep.median ?? 0;
    const handed = Math.min(await lab.map(pool, 1), await lab.map(pool, 1)) - asleep;
    const more = Math.min(some, Math.floor(left() / 20 / Math.max(handed, 1e-6)));
    if (more > 1) await lab.map(pool, more);
  }

  const steps = new Steps(lab, samples, pool, left);
  await steps.climb(itemCounts(most));
  if (samples.rest.length === 0) await steps.climbOn(most);
  await again(steps, samples.counts, left);
}

/** The counts that there was no room for, in what the other parts have left: of a slow function that is most of it. */
export async function continueItems(lab: Lab, samples: ItemSamples): Promise<void> {
  const { cut, rest, counts } = samples;
  if (cut === undefined) return;
  lab.withdraw(cut);
  const left = (): number => lab.clock.leftFor('rest');
  const steps = new Steps(lab, samples, await lab.pool(), left);
  await steps.climb(rest);
  await again(steps, samples.counts.slice(counts.length), left);
}

/** The largest first: what time runs out for are the smallest. */
async function again(steps: Steps, counts: readonly number[], left: () => number): Promise<void> {
  if (counts.length === 0) return;
  await rounds(ROUNDS - 1, LEAST_ROUNDS - 1, left, async () => {
    for (const n of [...counts].reverse()) await steps.turn(n);
  });
}

/** The loop first, then pools by their threads, upwards. */
export function seriesOf({ loop, pools }: ItemSamples): ItemSeries[] {
  const series = (kind: 'loop' | 'pool', threads: number, samples: Samples): ItemSeries => {
    const points = samples.timings().map(({ key, time }) => ({ items: key, time }));
    const fit = fitLine(points.map(({ items, time }) => ({ x: items, y: time.median })));
    return { kind, threads, points, ...(fit === undefined ? {} : { fit }) };
  };
  const byThreads = [...pools].sort(([left], [right]) => left - right);
  return [
    series('loop', 1, loop),
    ...byThreads.map(([threads, samples]) => series('pool', threads, samples)),
  ].filter(({ points }) => points.length > 0);
}

function crossoverOf(samples: ItemSamples, threads: number): Pick<Found, 'crossoverByItems'> {
  const series = seriesOf(samples);
  const loop = series.find(({ kind }) => kind === 'loop');
  const pool = series.find((one) => one.kind === 'pool' && one.threads === threads);
  if (loop?.fit === undefined || pool?.fit === undefined) return {};
  return { crossoverByItems: itemCrossover(loop, loop.fit, pool, pool.fit) };
}

function itemCrossover(loop: ItemSeries, loopLine: Line, pool: ItemSeries, poolLine: Line): FoundCrossover {
  if (pool.threads === 1) return { fit: NEVER_WITH_ONE, direct: NEVER_WITH_ONE };
  const pairs = loop.points.flatMap(({ items, time }) => {
    const other = pool.points.find((point) => point.items === items);
    return other === undefined ? [] : [{ x: items, loop: time.median, pool: other.time.median }];
  });
  return {
    fit: crossoverByFit(loopLine, poolLine, 1, 'items'),
    direct: crossoverByMeasurement(pairs, 'items'),
  };
}

const NEVER_WITH_ONE = { at: null, reason: 'one thread computes no faster than the loop' } as const;
