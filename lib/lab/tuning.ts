/** The measuring from its beginning to its end, and what is known at any moment of it. */
import { Clock } from './clock.js';
import { BudgetSpent } from './failures.js';
import type { ChunksizeSeries, CostCrossover, Dispatch, Findings, ItemSeries, Verdict } from './findings.js';
import { Lab, type Request } from './lab.js';
import { describeMachine, describeVersions, doubtOf, watchOthers } from './machine.js';
import { measureChunksizes } from './measure-chunksizes.js';
import { measureCost } from './measure-cost.js';
import { measureCosts } from './measure-costs.js';
import { measureDispatch } from './measure-dispatch.js';
import { continueItems, itemSamples, measureItems, type ItemSamples } from './measure-items.js';
import { measureThreads } from './measure-threads.js';
import { duration } from './quantities.js';
import { isClearlyFaster } from './statistics.js';
import { verdictOf, type Case } from './verdict.js';

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

/** The rest of the time against items, where the parts in between have left time for it. */
const MORE = 'time against more items';

export class Tuning implements AsyncDisposable {
  readonly #lab: Lab;
  readonly #clock: Clock;
  readonly #date = new Date();
  /** As it was before: measuring is a load itself. */
  readonly #machine = describeMachine();
  readonly #others = watchOthers();
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
      this.#clock.begin();
      for (const [name, step] of STEPS) {
        current = name;
        entering(name);
        await step(this.#lab, samples);
      }
      current = MORE;
      entering(MORE);
      await continueItems(this.#lab, samples);
    } catch (error) {
      if (!(error instanceof BudgetSpent)) throw error;
      // Not even one item; or one that took all the time.
      if (Number.isNaN(this.#lab.itemNs) || error.stuck !== undefined) throw error;
      const left = STEPS.map(([name]) => name).slice(Math.max(0, STEPS.findIndex(([name]) => name === current)));
      const why = `the budget of ${duration(this.#clock.budget)} was spent`;
      for (const [k, name] of (current === MORE ? [MORE] : left).entries()) {
        this.#lab.notMeasured(name, k === 0 && error.during !== undefined ? `${why} during ${error.during}` : why);
      }
    }
    this.#over = true;
    return this.findings();
  }

  /** What is known by now; `partial` until `run` has ended. */
  findings(): Findings {
    const { request, missing, asynchronous } = this.#lab;
    const { crossoverByItems, crossoverByCost, dispatch, itemSeries = [], traces = [], ...found } = this.#lab.findings;
    const { feed, module, path, name, file, threads } = request;
    const others = this.#others();
    const cost = crossoverByCost === undefined ? {} : { cost: crossoverByCost };
    const findings: Omit<Findings, 'verdict'> = {
      kind: 'granule tune',
      format: 1,
      date: this.#date.toISOString(),
      machine: { ...this.#machine, ...(others === undefined ? {} : { others }) },
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

/** Times a call's cost: below it, what an item costs in a pool is lost in what calls differ by. */
const FAR = 3;
/** Rounds of a contest, below which it has shown nothing. */
const LEAST_CONTEST = 5;

/** The verdict, once loop and pool are known; none where too little was measured to foresee the rest. */
export function judge(findings: Omit<Findings, 'verdict'>): Verdict | undefined {
  const { subject, itemSeries, chunksizes, crossover, cost } = findings;
  const loop = itemSeries.find(({ kind }) => kind === 'loop');
  const pool = itemSeries.find(({ kind, threads }) => kind === 'pool' && threads === subject.threads);
  if (loop === undefined || pool === undefined) return undefined;
  const count = subject.items;
  const inLoop = loop.points.find(({ items }) => items === count)?.time.median;
  const inPool = pool.points.find(({ items }) => items === count)?.time.median;
  const measured = inLoop !== undefined && inPool !== undefined;
  // A pool's times say what an item costs in it, and that nothing crosses, only where the loop has come well
  // beyond what a call costs.
  const last = loop.points[loop.points.length - 1].time.median;
  const call = Math.min(findings.dispatch?.asleep.median ?? Infinity, pool.points[0].time.median);
  const isTelling = last > FAR * call || crossover?.items.fit.at != null;
  const times = measured ? { loop: inLoop, pool: inPool } : foreseen(loop, pool, findings, call, isTelling);
  if (times === undefined) return undefined;
  const contest = contestOf(chunksizes, count);

  return verdictOf({
    name: subject.name,
    count,
    threads: subject.threads,
    asynchronous: subject.asynchronous,
    ...(cost?.waiting === undefined ? {} : { waiting: cost.waiting }),
    ...times,
    measured,
    ...(contest === undefined ? {} : { best: contest }),
    ...(crossover === undefined || !isTelling ? {} : { crossover: crossover.items }),
    doubtful: doubtOf(findings.machine, subject.threads) !== undefined,
  });
}

/** The fastest fixed chunksize where it has won its contest, over as many items as were asked for, or half of them. */
function contestOf(series: ChunksizeSeries | undefined, count: number): Case['best'] {
  if (series?.contest === undefined || 2 * series.items < count) return undefined;
  const { best, learned } = series.contest;
  if (best.samples < LEAST_CONTEST || !isClearlyFaster(best, learned)) return undefined;
  return { chunksize: series.best.chunksize, time: best.median, learned: learned.median };
}

/**
 * Milliseconds of all items, from the most that were measured (a line's slope is less sure than they are): in a pool
 * what a call costs once, and the rest for as many rounds as the threads need.
 */
function foreseen(
  loop: ItemSeries,
  pool: ItemSeries,
  { subject, machine, cost }: Pick<Findings, 'subject' | 'machine' | 'cost'>,
  call: number,
  isTelling: boolean,
): { loop: number; pool: number } | undefined {
  const ofLoop = loop.points[loop.points.length - 1];
  const { items, time } = pool.points[pool.points.length - 1];
  // Its cost was measured over whole passes, most often of more items than these calls had.
  const isOfMore = cost !== undefined && cost.items > ofLoop.items;
  const inLoop = (isOfMore ? cost.meanNs / 1e6 : ofLoop.time.median / ofLoop.items) * subject.items;
  // So few take less than a call alone: the pool's times say nothing of its items, and need not.
  if (!isTelling && inLoop < call) return { loop: inLoop, pool: call };
  // Items so dear to hand over that a few of them take longer than all do in the loop.
  const isLost = time.median > inLoop && time.samples >= 3;
  if (!isTelling && !isLost) return undefined;
  // One count alone is enough where the function takes far longer than its call, and no longer than in the loop.
  const isAsInLoop = time.median > 10 * call && time.median < call + 1.5 * ofLoop.time.median;
  if (pool.points.length === 1 && !isAsInLoop && !isLost) return undefined;
  const atOnce = Math.min(subject.threads, machine.cores);
  const rounds = Math.ceil(subject.items / atOnce) / Math.ceil(items / atOnce);
  return { loop: inLoop, pool: call + Math.max(0, time.median - call) * rounds };
}
