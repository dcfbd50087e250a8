/** How long a call keeps the caller's thread: calls as long as an adaptive pool runs there, timed one by one. */
import { Pool } from 'granule';
import { formatSeconds } from '../harness/format.js';
import { quantile, summarize } from '../harness/statistics.js';
import type { Figure, Findings, Pace, Row } from '../harness/suite.js';
import { THREADS } from '../peers/threads.js';
import { spin } from '../tasks/references.js';
import { BUDGET_SECONDS } from './grid-row.js';

const STEPS = 1_000;
/** From a tenth of the budget to ten times as much. */
const COUNTS = [20, 50, 100, 150, 200, 400, 2_000];

async function measure(pace: Pace): Promise<Findings> {
  const figures: Figure[] = [];
  for (const count of COUNTS) {
    pace.progress(`${count} items`);
    const pool = new Pool({ threads: THREADS, execution: 'adaptive' });
    const items = new Array<number>(count).fill(STEPS);
    const calls = pace.quick ? 500 : 5_000;
    const samples: number[] = [];
    try {
      for (let call = 0; call < 2 * calls; call++) {
        // What runs on the caller runs before map returns.
        const began = performance.now();
        const results = pool.map(spin, items);
        const seconds = (performance.now() - began) / 1_000;
        await results;
        if (call >= calls) samples.push(seconds);
      }
    } finally {
      await pool.terminate();
    }
    figures.push({ subject: `${count} items`, unit: 'seconds', per: 'call', samples, summary: summarize(samples) });
  }
  const late = figures.map(({ samples }) => quantile([...samples].sort((a, b) => a - b), 0.99));
  const most = Math.max(...late);
  return {
    figures,
    claims: [
      {
        compares: "on the caller's thread, 99 calls of 100",
        mustBe: `≤ ${formatSeconds(BUDGET_SECONDS)}`,
        measured: summarize(late),
        shown: formatSeconds(most),
        met: most <= BUDGET_SECONDS,
      },
    ],
    remarks: [],
  };
}

export const budget: Row = {
  id: 'budget',
  work: "map of items of 1 µs: time on the caller's thread before map returns",
  measure,
};
