/**
 * Chunk sizes from 1 to n for tasks of four costs, under one pool a row; Python's rule of thumb; the four schedules;
 * and the learned chunksize against the best of the fixed ones.
 */
import assert from 'node:assert/strict';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { Pool } from 'granule';
import { linesOf } from '../harness/charts.js';
import { speedAtLeastTheBest } from '../harness/claims.js';
import { backToBack } from '../harness/instruments.js';
import { compare } from '../harness/rounds.js';
import type { Figure, Findings, Pace, Row, Subject, Suite } from '../harness/suite.js';
import { startedPool } from '../peers/granule.js';
import { chunkedLoop, loop } from '../peers/loop.js';
import { THREADS } from '../peers/threads.js';
import { spin } from '../tasks/references.js';
import { spin as spinHere, spinAll } from '../tasks/spin.js';

/** Enough items for some tens of milliseconds a call, and no more than an array of a hundred thousand. */
const COSTS = [
  { id: '10ns', steps: 10, items: 100_000 },
  { id: '1us', steps: 1_000, items: 20_000 },
  { id: '10us', steps: 10_000, items: 2_000 },
  { id: '1ms', steps: 1_000_000, items: 40 },
] as const;

const SCHEDULES = ['static', 'dynamic', 'guided', 'auto'] as const;

const pythonsRule = (items: number) => Math.ceil(items / (4 * THREADS));

function sizesUpTo(items: number, quick: boolean): number[] {
  const factor = quick ? 16 : 4;
  const sizes: number[] = [];
  for (let size = 1; size < items; size *= factor) sizes.push(size);
  return [...new Set([...sizes, pythonsRule(items), items])].sort((a, b) => a - b);
}

const rowOf = ({ id, steps, items: count }: (typeof COSTS)[number]): Row => ({
  id: `chunks-${id}`,
  work: `map of ${count.toLocaleString('en-US')} items of about ${id.replace(/^\d+/, '$& ').replace('us', 'µs')}`,
  async measure(pace: Pace): Promise<Findings> {
    const pool = await startedPool();
    try {
      return await measure(pool, new Array<number>(count).fill(steps), pace);
    } finally {
      await pool.terminate();
    }
  },
});

async function measure(pool: Pool, items: readonly number[], pace: Pace): Promise<Findings> {
  const subject = (name: string, options: object): Subject => ({
    name,
    open: async () => backToBack({ run: () => pool.map(spin, items, options) }),
  });
  const sizes = sizesUpTo(items.length, pace.quick);
  const expected = spinHere(items[0]);
  const findings = await compare(
    {
      subjects: [
        subject('learned', {}),
        ...sizes.map((chunksize) => subject(`chunksize ${chunksize}`, { chunksize, schedule: 'dynamic' })),
        ...SCHEDULES.map((schedule) => subject(`schedule ${schedule}`, { schedule })),
        loop('loop', () => spinAll(items)),
        chunkedLoop('loop, in chunks', spinAll, items),
      ],
      rules: [],
      verify(result, subject) {
        if (result === undefined) return;
        assert.ok((result as number[]).every((value) => value === expected), `${subject} gives other results`);
      },
    },
    pace,
  );
  const figures = new Map(findings.figures.map((figure) => [figure.subject, figure]));
  // Within 10 % of the best fixed chunksize, which nobody knows beforehand.
  const claim = speedAtLeastTheBest(1 / 1.1, 'learned', sizes.map((size) => `chunksize ${size}`))(figures);
  return {
    ...findings,
    claims: [claim],
    charts: figures.has('learned') ? [chartOf(items.length, sizes, figures, await largestChunk(pool, items))] : [],
  };
}

/** Items of the largest chunk that the learned size comes to: one more call, watched. */
async function largestChunk(pool: Pool, items: readonly number[]): Promise<number> {
  let largest = 1;
  const note = (message: unknown) => {
    largest = Math.max(largest, (message as { count: number }).count);
  };
  subscribe('granule:chunk', note);
  try {
    await pool.map(spin, items);
  } finally {
    unsubscribe('granule:chunk', note);
  }
  return largest;
}

function chartOf(items: number, sizes: readonly number[], figures: ReadonlyMap<string, Figure>, largest: number) {
  const learned = figures.get('learned')!;
  const points = sizes.flatMap((size) => {
    const figure = figures.get(`chunksize ${size}`);
    return figure === undefined ? [] : [{ series: 'fixed chunksize', x: size, figure }];
  });
  return linesOf(points, {
    title: `Time against chunksize, ${items.toLocaleString('en-US')} items`,
    caption: 'Small chunks pay a claim for each; large ones leave a thread without work at the end.',
    x: { label: 'chunksize', scale: 'log', unit: 'count' },
    y: { label: 'time of a call', scale: 'log', unit: 'seconds' },
    marks: [
      { axis: 'x', at: pythonsRule(items), label: "Python's rule" },
      { axis: 'x', at: largest, label: 'learned, at most' },
      { axis: 'y', at: learned.summary.median, label: 'learned' },
    ],
  });
}

export const chunksize: Suite = {
  name: 'chunksize',
  about: 'Chunk sizes from 1 to n, the four schedules, and the learned chunksize against the best fixed one',
  rows: COSTS.map(rowOf),
};
