/** A task that becomes a thousand times as costly: how many calls go over the budget before it is moved. */
import { Pool } from 'granule';
import { summarize } from '../harness/statistics.js';
import type { Findings, Pace, Row } from '../harness/suite.js';
import { THREADS } from '../peers/threads.js';
import { spin } from '../tasks/references.js';

const CHEAP = 1_000;
const DEAR = 1_000 * CHEAP;
const ITEMS = 20;
const WARM_UP_CALLS = 2_000;
const DEAR_CALLS = 20;

async function measure(pace: Pace): Promise<Findings> {
  const over: number[] = [];
  for (let round = 0; round < (pace.quick ? 2 : 10); round++) {
    pace.progress(`change ${round + 1}`);
    const pool = new Pool({ threads: THREADS, execution: 'adaptive' });
    try {
      const [cheap, dear] = [CHEAP, DEAR].map((steps) => new Array<number>(ITEMS).fill(steps));
      for (let call = 0; call < WARM_UP_CALLS; call++) await pool.map(spin, cheap);
      let times = 0;
      for (let call = 0; call < DEAR_CALLS; call++) {
        const { onCaller } = pool.stats();
        await pool.map(spin, dear);
        // A single item of this is five times the budget.
        if (pool.stats().onCaller > onCaller) times++;
      }
      over.push(times);
    } finally {
      await pool.terminate();
    }
  }
  const most = Math.max(...over);
  return {
    figures: [],
    claims: [
      {
        compares: `calls over the budget, of ${DEAR_CALLS} after the change`,
        mustBe: '≤ 1',
        measured: summarize(over),
        shown: String(most),
        met: most <= 1,
      },
    ],
    remarks: [],
  };
}

export const change: Row = {
  id: 'change',
  work: `map of ${ITEMS} items that cost 1 µs, then 1 ms`,
  measure,
};
