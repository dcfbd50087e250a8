/** From which cost of an item on the pool pays: with a task whose cost can be chosen. */
import { rounds } from './clock.js';
import { crossoverByFit, crossoverByMeasurement, fitLine } from './crossover.js';
import type { CostPoint } from './findings.js';
import { firstLine } from './failures.js';
import type { Lab } from './lab.js';
import { burning } from './measure-dispatch.js';
import type { ItemSamples } from './measure-items.js';
import { costsAround } from './plan.js';
import { duration } from './quantities.js';
import { Samples } from './samples.js';

const ROUNDS = 9;
const LEAST_ROUNDS = 3;
const COSTS = 9;
const CALIBRATION_STEPS = 20_000;

export async function measureCosts(lab: Lab, samples: ItemSamples): Promise<void> {
  const { clock, request } = lab;
  const left = (): number => clock.leftFor('costs');
  const found = lab.findings;
  const fit = found.itemSeries?.find(({ kind, threads }) => kind === 'pool' && threads === request.threads)?.fit;
  if (request.threads === 1 || fit === undefined || found.dispatch === undefined) return;

  const pool = await lab.pool();
  const { threads } = pool;
  // T = a + n·(h + c/W) meets n·c at c = (a/n + h)·W / (W − 1): there the costs to try lie.
  const itemMs = lab.itemNs / 1e6;
  const spread = threads / (threads - 1);
  const call = Math.max(fit.a, found.dispatch.asleep.median);
  const expected = (n: number): number => (call / n + samples.handOver) * spread;
  const costOf = (n: number): number => {
    const costs = costsAround(expected(n), COSTS).reduce((sum, cost) => sum + cost, 0);
    return LEAST_ROUNDS * (n * (costs * 2 + COSTS * samples.handOver) + COSTS * 1.5);
  };
  if (request.feed.count === 1) {
    lab.notMeasured('the crossover by cost of an item', 'threads do not share 1 item, whatever it costs');
    return;
  }
  const fits = (n: number): boolean => n > 1 && n <= request.feed.count && costOf(n) < left();
  const count = [...samples.counts].reverse().find(fits);
  if (count === undefined || itemMs * threads * 4 > left()) {
    lab.notMeasured('the crossover by cost of an item', `the budget of ${duration(clock.budget)} was spent`);
    return;
  }

  const loopTimes = new Samples();
  const poolTimes = new Samples();
  const { name, module } = request;
  try {
    await pool.broadcast(burning.prepare, [module, name, lab.items(1)[0]], { timeout: Math.max(1, clock.left) });
    const [calibration] = await lab.bench.burnLoop(CALIBRATION_STEPS, 1, 1, 5);
    const stepMs = calibration / CALIBRATION_STEPS;
    const steps = [0, ...costsAround(expected(count), COSTS).map((cost) => Math.max(1, Math.round(cost / stepMs)))];
    const keys = [...new Set(steps)];

    lab.found('costs', () => {
      const points = pointsOf(loopTimes, poolTimes, count);
      const loop = fitLine(points.map((point) => ({ x: point.costNs, y: point.loop.median })));
      const inPool = fitLine(points.map((point) => ({ x: point.costNs, y: point.pool.median })));
      if (loop === undefined || inPool === undefined) return {};
      const pairs = points.map((point) => ({ x: point.costNs, loop: point.loop.median, pool: point.pool.median }));
      return {
        crossoverByCost: {
          items: count,
          points,
          fit: crossoverByFit(loop, inPool, 0, 'cost'),
          direct: crossoverByMeasurement(pairs, 'cost'),
        },
      };
    });
    await rounds(ROUNDS, LEAST_ROUNDS, left, async () => {
      for (const step of keys) {
        poolTimes.add(step, await lab.mapWith(pool, burning.burn, count, [step]));
        loopTimes.add(step, ...(await lab.bench.burnLoop(step, count)));
      }
    });
  } catch (error) {
    if ((error as Error).name === 'BudgetSpent') throw error;
    lab.notMeasured('the crossover by cost of an item', firstLine(error));
  }
}

/** The cost of an item is what it takes in the loop. */
function pointsOf(loop: Samples, pool: Samples, count: number): CostPoint[] {
  const points = loop.timings().flatMap(({ key, time }) => {
    const other = pool.timing(key);
    return other === undefined ? [] : [{ costNs: (time.median / count) * 1e6, loop: time, pool: other }];
  });
  return points.sort((left, right) => left.costNs - right.costNs);
}
