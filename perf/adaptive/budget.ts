/** How long a call keeps the caller's thread: calls as long as an adaptive pool runs there, timed one by one. */
import { Pool } from 'granule';
import { formatSeconds } from '../harness/format.js';
import { quantile, summarize } from '../harness/statistics.js';
import type { Figure, Findings, Pace, Row } from '../harness/suite.js';
import { THREADS } from '../peers/threads.js';
import { spin } from '../tasks/references.js';
import { BUDGET_SECONDS, warmUp } from './grid-row.js';

const STEPS = 1_000;
/** From a tenth of the budget to ten times as much. */
const COUNTS = [20, 50, 100, 150, 200, 400, 2_000];
const QUICK_COUNTS = [20, 150, 2_000];

async function measure(pace: Pace): Promise<Findings> {
  const figures: Figure[] = [];
  const beyond: number[] = [];
  for (const count of pace.quick ? QUICK_COUNTS : COUNTS) {
    pace.progress(`${count} items`);
    const { adaptive, threads: posting } = await timesOf(count, pace);
    const base = `${count} items`;
    figures.push(figureOf(base, base, adaptive), figureOf(`${base}, threads`, base, posting));
    beyond.push(Math.max(0, late(adaptive) - late(posting)));
  }
  const most = Math.max(...beyond);
  return {
    figures,
    claims: [
      {
        compares: "on the caller's thread beyond what posting to threads takes, 99 calls of 100",
        mustBe: `≤ ${formatSeconds(BUDGET_SECONDS)}`,
        measured: summarize(beyond),
        shown: formatSeconds(most),
        met: most <= BUDGET_SECONDS,
      },
    ],
    remarks: [],
  };
}

const EXECUTIONS = ['adaptive', 'threads'] as const;
/** The two take turns of so many calls. */
const TURN = 100;

/** What runs on the caller runs before map returns. So does waking a thread: tenths of a millisecond at worst. */
async function timesOf(count: number, pace: Pace): Promise<Record<(typeof EXECUTIONS)[number], number[]>> {
  const items = new Array<number>(count).fill(STEPS);
  const samples = { adaptive: [] as number[], threads: [] as number[] };
  const pools = EXECUTIONS.map((execution) => ({ execution, pool: new Pool({ threads: THREADS, execution }) }));
  try {
    for (const { pool } of pools) await warmUp(pace.quick, () => pool.map(spin, items));
    for (let turn = 0; turn < (pace.quick ? 5 : 50); turn++) {
      for (const { execution, pool } of pools) {
        for (let call = 0; call < TURN; call++) {
          const began = performance.now();
          const results = pool.map(spin, items);
          samples[execution].push((performance.now() - began) / 1_000);
          await results;
        }
      }
    }
  } finally {
    await Promise.all(pools.map(({ pool }) => pool.terminate()));
  }
  return samples;
}

function figureOf(subject: string, base: string, samples: readonly number[]): Figure {
  return { subject, unit: 'seconds', per: 'call', base, samples, summary: summarize(samples) };
}

function late(samples: readonly number[]): number {
  return quantile([...samples].sort((a, b) => a - b), 0.99);
}

export const budget: Row = {
  id: 'budget',
  work: "map of items of 1 µs: time on the caller's thread before map returns",
  measure,
};
