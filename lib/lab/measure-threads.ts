/** Time against threads: smaller pools over the same items. */
import { rounds } from './clock.js';
import type { Found, Lab } from './lab.js';
import { LEAST_ROUNDS } from './item-steps.js';
import { seriesOf, type ItemSamples } from './measure-items.js';
import { affordable, threadCounts } from './plan.js';
import { items as itemsText, duration, threads as threadsText } from './quantities.js';
import { Samples } from './samples.js';

const ROUNDS = 15;

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
