/** Time against item count: in the loop, in the pool, and in smaller pools. */
import { rounds } from './clock.js';
import { crossoverByFit, crossoverByMeasurement, fitLine } from './crossover.js';
import type { FoundCrossover, ItemSeries, Line } from './findings.js';
import type { Found, Lab } from './lab.js';
import { affordable, furtherCounts, itemCounts, threadCounts } from './plan.js';
import { items as itemsText, duration, threads as threadsText } from './quantities.js';
import { Samples } from './samples.js';

const ROUNDS = 15;
const LEAST_ROUNDS = 3;
/** A crossover is looked for no farther than this. */
const FARTHEST = 2_000_000;
const FAR_ENOUGH_MS = 50;

/** What the parts after this one need of it. */
export interface ItemSamples {
  readonly loop: Samples;
  /** By number of threads. */
  readonly pools: Map<number, Samples>;
  /** The counts that were measured, upwards. */
  counts: readonly number[];
  /** Milliseconds that an item costs in the pool's call besides the function. */
  handOver: number;
}

export function itemSamples(): ItemSamples {
  return { loop: new Samples(), pools: new Map(), counts: [], handOver: 0 };
}

/** Loop and pool, taking turns, so that a slow moment of the machine falls on both. */
export async function measureItems(lab: Lab, samples: ItemSamples): Promise<void> {
  const { clock, request } = lab;
  const left = (): number => clock.leftFor('items');
  const most = request.feed.count;
  const pool = await lab.pool();
  const own = new Samples();
  samples.pools.set(request.threads, own);
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

  const counts: number[] = [];
  const turn = async (n: number): Promise<number> => {
    const time = await lab.map(pool, n);
    own.add(n, time);
    samples.loop.add(n, ...(await lab.bench.loop(n)));
    return time;
  };
  // Upwards, as far as it goes: what an item takes at most is known from the counts before.
  let perItem = Infinity;
  const expect = (n: number): number => n * (Math.min(perItem, 1e9) + (lab.itemNs + lab.bench.copyNs) / 1e6);
  const hasRoom = (n: number): boolean => LEAST_ROUNDS * expect(n) <= left();
  const fits = async (n: number): Promise<boolean> => {
    if (counts.length === 0 || hasRoom(n)) return true;
    // One slow moment, a garbage collection among large items, is no reason to end here.
    const last = counts[counts.length - 1];
    for (let k = 0; k < 3 && hasRoom(last); k++) {
      perItem = Math.min(perItem, (await turn(last)) / last);
      if (hasRoom(n)) return true;
    }
    const expected = expect(n);
    const budget = `the budget of ${duration(clock.budget)}`;
    const isLong = LEAST_ROUNDS * expected > clock.budget / 4;
    const why = isLong
      ? `it takes about ${duration(expected)} a time, too long for ${budget}`
      : `${budget} has no room for it`;
    lab.notMeasured(`time at ${itemsText(n)}${n < most ? ' and more' : ''}`, why);
    return false;
  };
  const upTo = async (n: number): Promise<number> => {
    const time = await turn(n);
    perItem = Math.min(perItem, time / n);
    counts.push(n);
    samples.counts = counts;
    samples.handOver = Math.max(0, perItem - lab.itemNs / 1e6 / pool.threads);
    return time;
  };
  let won = 0;
  for (const n of itemCounts(most)) {
    if (!(await fits(n))) break;
    won = (await upTo(n)) < (n * lab.itemNs) / 1e6 ? won + 1 : 0;
  }
  // Beyond what was asked for, where the loop was faster that far: does it ever end?
  if (pool.threads > 1 && counts[counts.length - 1] === most) {
    for (const n of furtherCounts(most, FARTHEST)) {
      const loop = (n * lab.itemNs) / 1e6;
      if (won >= 2 || loop > FAR_ENOUGH_MS || LEAST_ROUNDS * expect(n) > left() / 2) break;
      won = (await upTo(n)) < loop ? won + 1 : 0;
    }
  }
  // Then the largest first: what time runs out for are the smallest.
  await rounds(ROUNDS - 1, LEAST_ROUNDS - 1, left, async () => {
    for (const n of [...counts].reverse()) await turn(n);
  });
}

/** Smaller pools, each started, measured and ended by itself: what more threads gain. */
export async function measureThreads(lab: Lab, samples: ItemSamples): Promise<void> {
  const { clock, request } = lab;
  const smaller = threadCounts(request.threads).slice(0, -1);
  const itemMs = lab.itemNs / 1e6;
  const costOf = (n: number, threads: number): number => n * (itemMs / threads + samples.handOver) + 1.5;
  const share = clock.leftFor('threads') / (smaller.length + 1);
  // All at one count, the largest that three rounds of it leave room for.
  const fits = (n: number): boolean => n <= request.feed.count && LEAST_ROUNDS * costOf(n, 1) < share / 2;
  const largest = [...samples.counts].reverse().find(fits) ?? samples.counts[0];
  if (largest < request.threads) {
    const few = `${itemsText(largest)} ${largest === 1 ? 'is' : 'are'} too few for ${threadsText(request.threads)}`;
    const isCut = largest < request.feed.count;
    lab.notMeasured('time against threads', isCut ? `${few}, and the budget has no room for more` : few);
    return;
  }
  lab.found('threads', () => ({ itemSeries: seriesOf(samples), ...speedupOf(samples, largest) }));
  for (const threads of smaller) {
    const began = clock.elapsed;
    const left = (): number => Math.min(clock.leftFor('threads'), share - (clock.elapsed - began));
    if (clock.leftFor('threads') < LEAST_ROUNDS * costOf(largest, threads)) {
      lab.notMeasured(`a pool of ${threads}`, `the budget of ${duration(clock.budget)} was spent`);
      continue;
    }
    const own = new Samples();
    const pool = await lab.pool(threads);
    await lab.introduce(pool);
    await lab.map(pool, Math.min(largest, 100));
    const upTo = samples.counts.filter((n) => n <= largest).reverse();
    const counts = affordable(upTo, (n) => LEAST_ROUNDS * costOf(n, threads), left());
    samples.pools.set(threads, own);
    await rounds(ROUNDS, LEAST_ROUNDS, left, async () => {
      for (const n of counts) own.add(n, await lab.map(pool, n));
    });
    await lab.close(threads);
  }
}

function seriesOf({ loop, pools }: ItemSamples): ItemSeries[] {
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

function speedupOf({ loop, pools }: ItemSamples, items: number): Pick<Found, 'speedup'> {
  const inLoop = loop.timing(items);
  if (inLoop === undefined) return {};
  const points = [...pools]
    .sort(([left], [right]) => left - right)
    .flatMap(([threads, samples]) => {
      const time = samples.timing(items);
      return time === undefined ? [] : [{ threads, time, speedup: inLoop.median / time.median }];
    });
  return points.length === 0 ? {} : { speedup: { items, loop: inLoop, points } };
}
