/** Threads from one to the machine's cores: a task that computes, and one that waits for memory. */
import { cpuCount } from 'granule';
import { linesOf } from '../harness/charts.js';
import { formatRatio } from '../harness/format.js';
import { compare } from '../harness/rounds.js';
import type { Figure, Findings, Pace, Row, Subject, Suite } from '../harness/suite.js';
import { granule } from '../peers/granule.js';
import { chunkedLoop, loop } from '../peers/loop.js';
import type { Run } from '../harness/instruments.js';
import type { Pool } from 'granule';
import { spin, squareInPlace } from '../tasks/references.js';
import { spinAll } from '../tasks/spin.js';
import * as numbers from '../tasks/numbers.js';

/** 1, 2, 4, … and all of them. */
function threadCounts(): number[] {
  const most = cpuCount();
  const counts: number[] = [];
  for (let threads = 1; threads < most; threads *= 2) counts.push(threads);
  return [...counts, most];
}

const nameOf = (threads: number) => `granule, ${threads} ${threads === 1 ? 'thread' : 'threads'}`;

function scaled(id: string, work: string, prepare: (pool: Pool) => Run, alone: Run, inChunks: Subject): Row {
  return {
    id,
    work,
    async measure(pace: Pace): Promise<Findings> {
      const counts = threadCounts();
      const findings = await compare(
        {
          subjects: [
            loop('loop', alone),
            inChunks,
            ...counts.map((threads) => granule(nameOf(threads), prepare, { threads })),
          ],
          rules: [],
        },
        pace,
      );
      return { ...findings, ...speedups(work, counts, findings.figures) };
    },
  };
}

/** Speedup over the loop, and efficiency: speedup a thread. */
function speedups(work: string, counts: readonly number[], figures: readonly Figure[]) {
  const serial = figures.find(({ subject }) => subject === 'loop');
  const points = counts.flatMap((threads) => {
    const figure = figures.find(({ subject }) => subject === nameOf(threads));
    return figure === undefined ? [] : [{ series: 'granule', x: threads, figure }];
  });
  if (serial === undefined || points.length === 0) return {};
  const alone = serial.summary.median;
  const chart = linesOf(points, {
    title: `Speedup: ${work}`,
    caption: 'How many times as fast as the loop, against the number of threads.',
    x: { label: 'threads', scale: 'linear', unit: 'count' },
    y: { label: 'speedup', scale: 'linear', unit: 'ratio' },
    scale: (seconds) => alone / seconds,
  });
  const ideal = { name: 'ideal', ideal: true, points: counts.map((threads) => ({ x: threads, y: threads })) };
  const rows = points.map(({ x, figure }) => {
    const speedup = alone / figure.summary.median;
    return [String(x), formatRatio(speedup), `${Math.round((100 * speedup) / x)} %`];
  });
  return {
    charts: [{ ...chart, series: [...chart.series, ideal] }],
    tables: [
      {
        title: `Speedup and efficiency: ${work}`,
        columns: ['threads', 'speedup', 'efficiency'].map((name) => ({ name, align: 'right' as const })),
        rows,
      },
    ],
  };
}

const steps = new Array<number>(2_000).fill(10_000);
const FLOATS = 4_000_000; // 32 MB, more than a core's caches hold
const CHUNK = FLOATS / 8;
const values = new Float64Array(new SharedArrayBuffer(8 * FLOATS)).fill(1);

export const scaling: Suite = {
  name: 'scaling',
  about: 'Threads from one to the cores of the machine: speedup and efficiency',
  rows: [
    scaled(
      'compute',
      'bound by computing',
      (pool) => () => pool.map(spin, steps),
      () => spinAll(steps),
      chunkedLoop('loop, in chunks', spinAll, steps),
    ),
    scaled(
      'memory',
      'bound by memory: squares in place over 32 MB',
      (pool) => () => pool.parallelFor(squareInPlace, FLOATS, { args: [values] }),
      () => numbers.squareInPlace(0, FLOATS, values),
      loop('loop, in chunks', () => {
        for (let start = 0; start < FLOATS; start += CHUNK) numbers.squareInPlace(start, start + CHUNK, values);
      }),
    ),
  ],
};
