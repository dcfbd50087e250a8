/** The measuring from its beginning to its end, and what is known at any moment of it. */
import { Clock } from './clock.js';
import { BudgetSpent } from './failures.js';
import type { CostCrossover, Dispatch, Findings, ItemSeries, Verdict } from './findings.js';
import { Lab, type Request } from './lab.js';
import { describeMachine, describeVersions } from './machine.js';
import { measureChunksizes } from './measure-chunksizes.js';
import { measureCost } from './measure-cost.js';
import { measureCosts } from './measure-costs.js';
import { measureDispatch } from './measure-dispatch.js';
import { itemSamples, measureItems, measureThreads, type ItemSamples } from './measure-items.js';
import { verdictOf } from './verdict.js';

export type { Request } from './lab.js';

type Step = readonly [name: string, run: (lab: Lab, samples: ItemSamples) => Promise<void>];

/** In the order of what they are worth: what a small budget cuts off is the last. */
const STEPS: readonly Step[] = [
  ['the cost of an item', measureCost],
  ['the dispatch', measureDispatch],
  ['time against items', measureItems],
  ['time against chunksize', measureChunksizes],
  ['time against threads', measureThreads],
  ['time against the cost of an item', measureCosts],
];

export class Tuning implements AsyncDisposable {
  readonly #lab: Lab;
  readonly #clock: Clock;
  readonly #date = new Date();
  #over = false;

  /** @param budget milliseconds */
  constructor(request: Request, budget: number) {
    this.#clock = new Clock(budget);
    this.#lab = new Lab(request, this.#clock);
  }

  /** How much of the budget is spent, 0 to 1. */
  get share(): number {
    return Math.max(0, Math.min(1, this.#clock.elapsed / this.#clock.budget));
  }

  /**
   * Measures, and calls `entering` with what comes next. A budget that is spent ends it early. Rejects with
   * ModuleFailure, ItemFailure, and BudgetSpent where not one item was done.
   */
  async run(entering: (step: string) => void = () => undefined): Promise<Findings> {
    const samples = itemSamples();
    let current = 'the function';
    try {
      entering('loading the module');
      await this.#lab.load();
      for (const [name, step] of STEPS) {
        current = name;
        entering(name);
        await step(this.#lab, samples);
      }
    } catch (error) {
      if (!(error instanceof BudgetSpent)) throw error;
      if (Number.isNaN(this.#lab.itemNs)) throw error; // not even one item
      const left = STEPS.slice(Math.max(0, STEPS.findIndex(([name]) => name === current)));
      const why = `the budget of ${Math.round(this.#clock.budget) / 1000} s was spent`;
      for (const [name] of left) this.#lab.notMeasured(name, why);
    }
    this.#over = true;
    return this.findings();
  }

  /** What is known by now; `partial` until `run` has ended. */
  findings(): Findings {
    const { request, missing, asynchronous } = this.#lab;
    const { crossoverByItems, crossoverByCost, dispatch, itemSeries = [], traces = [], ...found } = this.#lab.findings;
    const { feed, module, path, name, file, threads } = request;
    const cost = crossoverByCost === undefined ? {} : { cost: crossoverByCost };
    const findings: Omit<Findings, 'verdict'> = {
      kind: 'granule tune',
      format: 1,
      date: this.#date.toISOString(),
      machine: describeMachine(),
      versions: describeVersions(),
      subject: {
        module,
        path,
        name,
        asynchronous,
        items: feed.count,
        source: feed.source,
        ...(file === undefined ? {} : { file }),
        threads,
        budget: this.#clock.budget,
      },
      partial: !this.#over,
      elapsed: this.#clock.elapsed,
      itemSeries,
      ...found,
      ...(dispatch === undefined ? {} : { dispatch: { ...dispatch, ...handOver(dispatch, crossoverByCost, threads) } }),
      ...(crossoverByItems === undefined ? {} : { crossover: { items: crossoverByItems, ...cost } }),
      traces,
      notMeasured: [...missing],
    };
    const verdict = judge(findings);
    return { ...findings, ...(verdict === undefined ? {} : { verdict }) };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#lab[Symbol.asyncDispose]();
  }
}

/** What is left of the cheapest task of adjustable cost, without a call's share and its own. */
function handOver(dispatch: Dispatch, costs: CostCrossover | undefined, threads: number): { itemNs?: number } {
  if (costs === undefined || costs.points.length === 0) return {};
  const [{ loop, pool }] = costs.points;
  const rest = pool.median - dispatch.asleep.median - loop.median / threads;
  return { itemNs: Math.max(0, (rest / costs.items) * 1e6) };
}

/** The verdict, once loop and pool are known. */
export function judge(findings: Omit<Findings, 'verdict'>): Verdict | undefined {
  const { subject, itemSeries, chunksizes, crossover } = findings;
  const loop = itemSeries.find(({ kind }) => kind === 'loop');
  const pool = itemSeries.find(({ kind, threads }) => kind === 'pool' && threads === subject.threads);
  if (loop === undefined || pool === undefined) return undefined;
  const count = subject.items;
  const inLoop = loop.points.find(({ items }) => items === count)?.time.median;
  const inPool = pool.points.find(({ items }) => items === count)?.time.median;
  const times = inLoop !== undefined && inPool !== undefined ? [inLoop, inPool] : [foreseen(loop), foreseen(pool)];
  const { best, learned } = chunksizes ?? {};
  // That nothing crosses says something only where the loop has come as far as a call costs.
  const isTelling =
    crossover?.items.fit.at != null || loop.points[loop.points.length - 1].time.median > pool.points[0].time.median;

  /** From the most items that were measured: a line's slope is less sure than they are. */
  function foreseen({ points }: ItemSeries): number {
    const last = points[points.length - 1];
    return (last.time.median / last.items) * count;
  }

  return verdictOf({
    name: subject.name,
    count,
    threads: subject.threads,
    asynchronous: subject.asynchronous,
    loop: times[0],
    pool: times[1],
    measured: inLoop !== undefined && inPool !== undefined,
    ...(best === undefined || learned === undefined
      ? {}
      : { best: { chunksize: best.chunksize, time: best.time.median, learned: learned.time.median } }),
    ...(crossover === undefined || !isTelling ? {} : { crossover: crossover.items }),
  });
}
