/** Time against chunksize, and where the time of a call goes. */
import { pythonChunksize, staticSize } from '../pool/schedules.js';
import { rounds } from './clock.js';
import type { ChunksizePoint, ChunksizeSeries } from './findings.js';
import type { Lab } from './lab.js';
import type { ItemSamples } from './measure-items.js';
import { chunksizes } from './plan.js';
import { duration } from './quantities.js';
import { Samples } from './samples.js';
import { isClearlyFaster } from './statistics.js';
import type { Trace } from './trace.js';
import { traced } from './watch.js';

const ROUNDS = 15;
const LEAST_ROUNDS = 3;
const TRACED_CALLS = 5;
const CONTEST = 15;
/** Stands for the default among the chunk sizes. */
const LEARNED = 0;
/** Items whose encoding is measured. */
const CARRIED = 2_000;

export async function measureChunksizes(lab: Lab, samples: ItemSamples): Promise<void> {
  const { clock } = lab;
  const left = (): number => clock.leftFor('chunksizes');
  const pool = await lab.pool();
  const { threads } = pool;
  const perItem = lab.itemNs / 1e6 / threads + samples.handOver;
  const costOf = (n: number): number => LEAST_ROUNDS * (chunksizes(n, threads).length + 2) * (n * perItem + 1.5);
  const count = [...samples.counts].reverse().find((n) => n <= lab.request.feed.count && costOf(n) < left());
  if (count === undefined) {
    lab.notMeasured('time against chunksize', `a round takes more than the budget of ${duration(clock.budget)} leaves`);
    return;
  }

  const traces: Trace[] = [];
  lab.found('traces', () => ({ traces: [...traces] }));
  const carried = Math.min(count, CARRIED, Math.max(1, Math.floor(left() / 10 / (lab.itemNs / 1e6))));
  const costs = await lab.bench.carrying(carried);
  const watch = async (chunksize: number | 'auto'): Promise<void> => {
    const calls = Math.max(1, Math.min(TRACED_CALLS, Math.floor(left() / 10 / (count * perItem + 8))));
    traces.push(await traced(lab, pool, count, chunksize, calls, costs));
  };
  await watch('auto');

  const times = new Samples();
  let contest: ChunksizeSeries['contest'] = undefined;
  const sizes = [LEARNED, ...chunksizes(count, threads)];
  const loop = samples.loop.timing(count);
  lab.found('chunksizes', () => {
    const points = times.timings().map(({ key, time }) => ({ chunksize: key, time }));
    const series = seriesOf(points, count, threads, traces[0].largestChunk);
    if (series === undefined) return {};
    return {
      chunksizes: {
        ...series,
        ...(contest === undefined ? {} : { contest }),
        ...(loop === undefined ? {} : { loop }),
      },
    };
  });
  await rounds(ROUNDS, LEAST_ROUNDS, left, async (k) => {
    // Each round begins elsewhere, so that none always has the same one before it.
    for (const [i] of sizes.entries()) {
      const size = sizes[(i + k * 3) % sizes.length];
      times.add(size, await lab.map(pool, count, size === LEARNED ? undefined : size));
    }
  });

  const { chunksizes: found } = lab.findings;
  if (found?.learned === undefined || !isClearlyFaster(found.best.time, found.learned.time)) return;
  const { chunksize } = found.best;
  contest = await contestOf((size) => lab.map(pool, count, size), chunksize, () => clock.leftFor('traces'));
  if (isClearlyFaster(contest.best, contest.learned)) await watch(chunksize);
}

/** The fastest of a dozen is so by chance as well: both once more, taking turns. */
async function contestOf(
  call: (chunksize?: number) => Promise<number>,
  chunksize: number,
  left: () => number,
): Promise<NonNullable<ChunksizeSeries['contest']>> {
  const times = new Samples();
  await rounds(CONTEST, 1, left, async (k) => {
    for (const size of k % 2 === 0 ? [LEARNED, chunksize] : [chunksize, LEARNED]) {
      times.add(size, await call(size === LEARNED ? undefined : size));
    }
  });
  return { best: times.timing(chunksize)!, learned: times.timing(LEARNED)! };
}

/** `points`: with the default as LEARNED. */
function seriesOf(
  points: readonly ChunksizePoint[],
  items: number,
  threads: number,
  learnedSize: number,
): ChunksizeSeries | undefined {
  const fixed = points.filter(({ chunksize }) => chunksize !== LEARNED);
  const learned = points.find(({ chunksize }) => chunksize === LEARNED);
  const rule = Math.min(staticSize(items, threads), pythonChunksize(items, threads));
  const python = fixed.find(({ chunksize }) => chunksize === rule);
  if (python === undefined) return undefined;
  const best = fixed.reduce((one, other) => (other.time.median < one.time.median ? other : one));
  return {
    items,
    threads,
    points: fixed,
    ...(learned === undefined ? {} : { learned: { chunksize: learnedSize, time: learned.time } }),
    python,
    best,
  };
}
