/** One task cost: adaptive calls of many sizes against a loop and against threads. */
import assert from 'node:assert/strict';
import { Pool } from 'granule';
import { ITEMS, linesOf, TIME, type Point } from '../harness/charts.js';
import type { Rule } from '../harness/claims.js';
import { formatRatio } from '../harness/format.js';
import { backToBack } from '../harness/instruments.js';
import { compare } from '../harness/rounds.js';
import { summarize } from '../harness/statistics.js';
import type { Claim, Figure, Findings, Pace, Remark, Row, Subject } from '../harness/suite.js';
import { loop } from '../peers/loop.js';
import { THREADS } from '../peers/threads.js';
import { nothing, spin as spinTask } from '../tasks/references.js';
import { spin, spinAll } from '../tasks/spin.js';
import { countsFor } from './grid.js';

/** The most that a call may run on the caller's thread: a longer loop is no alternative to threads. */
export const BUDGET_SECONDS = 200e-6;

/** After these, or this time, an adaptive pool has made up its mind: its bars last 1 000 calls. Quick is rough. */
const WARM_UP_CALLS = 3_000;
const WARM_UP_SECONDS = 2;
const QUICK_WARM_UP_SECONDS = 0.05;

const LOOP = 'loop';
const EMPTY = 'a call of nothing';
const IN_THREADS = 'threads';
const ADAPTIVE = 'adaptive';

export const rowOf = (steps: number): Row => ({
  id: `cost-${steps}`,
  work: `map of items of ${steps.toLocaleString('en-US')} steps, about a nanosecond each`,
  measure: (pace) => measure(steps, pace),
});

async function measure(steps: number, pace: Pace): Promise<Findings> {
  const points: Point[] = [];
  const claims: Claim[] = [];
  const remarks: Remark[] = [];
  for (const count of countsFor(steps, pace.quick)) {
    const items = new Array<number>(count).fill(steps);
    const expected = spin(steps);
    const found = await compare(
      {
        subjects: [
          pooled(ADAPTIVE, 'adaptive', pace.quick, (pool) => pool.map(spinTask, items)),
          loop(LOOP, () => spinAll(items)),
          pooled(IN_THREADS, 'threads', pace.quick, (pool) => pool.map(spinTask, items)),
          pooled(EMPTY, 'adaptive', pace.quick, (pool) => pool.map(nothing, [0] as never[])),
        ],
        rules: [againstTheBetter(count)],
        verify(result, subject) {
          if (subject === EMPTY || result === undefined) return;
          assert.ok((result as number[]).every((value) => value === expected), `${subject} gives other results`);
        },
      },
      { ...pace, progress: (text) => pace.progress(`${count} items: ${text}`) },
    );
    points.push(...found.figures.map((figure) => ({ series: figure.subject, x: count, figure })));
    claims.push(...found.claims);
    remarks.push(...found.remarks.map((remark) => ({ ...remark, subject: `${remark.subject}, ${count} items` })));
  }
  const figures: Figure[] = points.map(({ series, x, figure }) => {
    return { ...figure, subject: `${series}, ${x} items`, base: `${ADAPTIVE}, ${x} items` };
  });
  const chart = linesOf(points, {
    title: `Adaptive execution, ${steps.toLocaleString('en-US')} steps an item`,
    caption: 'A call on the caller, in threads, and where the pool decides.',
    x: ITEMS,
    y: TIME,
    marks: [{ axis: 'y', at: BUDGET_SECONDS, label: "the caller's budget" }],
  });
  return { figures, claims, remarks, charts: [chart] };
}

/**
 * The time of a call over that of the better way to make it. A loop costs what it takes and what any call does,
 * and counts while it keeps to the budget.
 */
function againstTheBetter(count: number): Rule {
  const says = { compares: `${ADAPTIVE} : the better of loop and threads, ${count} items`, mustBe: '≤ 1.2 ×' };
  return (figures) => {
    const [own, alone, threads, empty] = [ADAPTIVE, LOOP, IN_THREADS, EMPTY].map((name) => figures.get(name)?.samples);
    if (own === undefined || alone === undefined || threads === undefined || empty === undefined) {
      return { ...says, shown: 'not measured' };
    }
    const ratios = own.map((seconds, round) => {
      const onCaller = alone[round] > BUDGET_SECONDS ? Infinity : alone[round] + empty[round];
      return seconds / Math.min(onCaller, threads[round]);
    });
    const measured = summarize(ratios);
    return { ...says, measured, shown: formatRatio(measured.median), met: measured.median <= 1.2 };
  };
}

export async function warmUp(quick: boolean, call: () => Promise<unknown>): Promise<void> {
  const end = performance.now() + 1_000 * (quick ? QUICK_WARM_UP_SECONDS : WARM_UP_SECONDS);
  for (let calls = 0; calls < WARM_UP_CALLS && performance.now() < end; calls++) await call();
}

/** A pool of its own: an adaptive pool knows a task by its mean cost. */
function pooled(
  name: string,
  execution: 'adaptive' | 'threads',
  quick: boolean,
  run: (pool: Pool) => Promise<unknown>,
): Subject {
  return {
    name,
    async open() {
      const pool = new Pool({ threads: THREADS, execution });
      await pool.ready();
      await warmUp(quick, () => run(pool));
      return backToBack({ run: () => run(pool), close: () => pool.terminate() });
    },
  };
}
