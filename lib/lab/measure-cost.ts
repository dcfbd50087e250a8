/** What the function costs in a loop on one thread. */
import { rounds } from './clock.js';
import type { ItemCost } from './findings.js';
import type { Lab } from './lab.js';
import { distributionOf, median, timingOf } from './statistics.js';

/** V8 compiles a hot function in steps, the last of them after some ten thousand calls, or some ms in its loops. */
const WARM_UP_MS = 150;
/** Above this a single item can be timed: reading the clock twice costs some 80 ns. */
const SINGLE_NS = 2_000;
/** A batch of items below that. */
const BATCH_NS = 10_000;
const SAMPLES = 25;

export async function measureCost(lab: Lab): Promise<void> {
  const { clock, request } = lab;
  const left = (): number => clock.leftFor('cost');
  const { asynchronous, first } = await lab.bench.start();
  lab.asynchronous = asynchronous;
  clock.begin(); // that thread has its items now, which may be many megabytes

  // More and more items, until they take long enough to be timed: the first item alone may be a cheap one.
  let count = 1;
  let took = first;
  lab.itemNs = first * 1e6;
  for (;;) {
    if (took * 2 < left()) took = await lab.bench.first(count);
    lab.itemNs = (took / count) * 1e6;
    if (took > 5 || count >= request.feed.count || took * 8 > left()) break;
    count = Math.min(request.feed.count, count * 4);
  }
  const warmUp = Math.min(WARM_UP_MS, left() / 4);
  const passed = count;
  for (const until = clock.elapsed + warmUp; clock.elapsed + took < until; ) [took] = await lab.bench.loop(count, 1, 5);
  lab.itemNs = (took / count) * 1e6;

  let waiting: number | undefined;
  if (asynchronous) {
    const why = `${request.name} returns a promise: times here are those of one item after the other, waiting included`;
    lab.notMeasured('what Promise.all would gain without threads', why);
    if (took < left()) {
      // A pass that the machine's others delay for as long as it would have waited finds nothing to wait for.
      const shares: number[] = [];
      const until = clock.elapsed + WARM_UP_MS;
      await rounds(9, 1, () => Math.min(until - clock.elapsed, left() / 2), async () => {
        shares.push(await lab.bench.waiting(count));
      });
      waiting = median(shares);
    }
  }

  const passes: number[] = [];
  let spread: ItemCost['distribution'] | undefined;
  lab.found('cost', () => {
    if (passes.length === 0) return {};
    const { median, lowerQuartile, upperQuartile } = timingOf(passes);
    const distribution = spread ?? distributionOf(passes.map(perItem), count);
    return {
      cost: {
        meanNs: perItem(median),
        lowerQuartileNs: perItem(lowerQuartile),
        upperQuartileNs: perItem(upperQuartile),
        items: count,
        passes: passes.length,
        distribution,
        ...(lab.bench.copyNs > 0 ? { changesItems: true } : {}),
        ...(waiting === undefined ? {} : { waiting }),
      },
    };
  });
  const perItem = (milliseconds: number): number => (milliseconds / count) * 1e6;

  // A pass over all items where they can be afforded a few times.
  const most = Math.floor(((left() / 10) * 1e6) / (lab.itemNs + lab.bench.copyNs));
  count = Math.max(1, Math.min(request.feed.count, most));
  if (count > passed) await lab.bench.first(count);
  const enough = count === 1 && (4 * lab.itemNs) / 1e6 > left(); // so long an item is not run once more
  passes.push(...(enough ? [lab.itemNs / 1e6] : await lab.bench.loop(count, 1, 1)));
  if (!enough) {
    await rounds(SAMPLES - 1, 1, () => left() / 2, async () => {
      passes.push(...(await lab.bench.loop(count, 1, 1)));
    });
  }
  lab.itemNs = perItem(timingOf(passes).median);

  const batch = lab.itemNs >= SINGLE_NS ? 1 : Math.ceil(BATCH_NS / lab.itemNs);
  // One batch of them all is a pass, and all of them in less time than a batch takes are none.
  if (batch < request.feed.count && left() > lab.itemNs / 1e6) {
    const times = await lab.bench.batches(batch, left());
    if (times.length > 0) spread = distributionOf(times.map((time) => (time / batch) * 1e6), batch);
  }
}
