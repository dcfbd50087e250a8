/** Threads from one to the machine's cores: a task that computes, and one that waits for memory. */
import assert from 'node:assert/strict';
import { cpuCount } from 'granule';
import type { Pool } from 'granule';
import { linesOf } from '../harness/charts.js';
import { formatRatio } from '../harness/format.js';
import type { Run } from '../harness/instruments.js';
import { compare } from '../harness/rounds.js';
import type { Figure, Findings, Pace, Row, Subject, Suite } from '../harness/suite.js';
import { granule } from '../peers/granule.js';
import { chunkedLoop, loop } from '../peers/loop.js';
import { spin, squareInPlace } from '../tasks/references.js';
import * as spins from '../tasks/spin.js';
import * as numbers from '../tasks/numbers.js';

/** 1, 2, 4, … and all of them. */
function threadCounts(): number[] {
  const most = cpuCount();
  const counts: number[] = [];
  for (let threads = 1; threads < most; threads *= 2) counts.push(threads);
  return [...counts, most];
}

const nameOf = (threads: number) => `granule, ${threads} ${threads === 1 ? 'thread' : 'threads'}`;

/** The three forms of a row's work. */
interface Forms {
  readonly alone: Run;
  readonly inChunks: Subject;
  readonly inThreads: (pool: Pool) => Run | Promise<Run>;
  readonly verify?: (result: unknown, subject: string) => void;
}

function scaled(id: string, work: string, make: () => Forms): Row {
  return {
    id,
    work,
    async measure(pace: Pace): Promise<Findings> {
      const { alone, inChunks, inThreads, verify } = make();
      const counts = threadCounts();
      const findings = await compare(
        {
          subjects: [
            loop('loop', alone),
            inChunks,
            ...counts.map((threads) => granule(nameOf(threads), inThreads, { threads })),
          ],
          rules: [],
          verify,
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

const computing = scaled('compute', 'bound by computing', () => {
  const steps = new Array<number>(2_000).fill(10_000);
  const expected = steps.map(spins.spin);
  return {
    alone: () => spins.spinAll(steps),
    inChunks: chunkedLoop('loop, in chunks', spins.spinAll, steps),
    inThreads: (pool) => () => pool.map(spin, steps),
    verify: (result, subject) => { assert.deepEqual(result, expected, `${subject} gives other results`); },
  };
});

/** 128 MiB: what a core has for itself of the caches holds a fiftieth of that, or less. */
const FLOATS = 2 ** 24;
const CHUNK = FLOATS / 8;

const streaming = scaled('memory', 'bound by memory: squares in place over 128 MiB', () => {
  // Ones, because squares in place of anything else end at zero, infinity, or in denormals, which are slow.
  const values = new Float64Array(new SharedArrayBuffer(8 * FLOATS)).fill(1);
  return {
    alone: () => { numbers.squareInPlace(0, FLOATS, values); },
    inChunks: loop('loop, in chunks', () => {
      for (let start = 0; start < FLOATS; start += CHUNK) numbers.squareInPlace(start, start + CHUNK, values);
    }),
    async inThreads(pool) {
      const run = () => pool.parallelFor(squareInPlace, FLOATS, { args: [values] });
      values.fill(3);
      await run();
      assert.ok(values.every((value) => value === 9), 'parallelFor left something out');
      values.fill(1);
      return run;
    },
  };
});

export const scaling: Suite = {
  name: 'scaling',
  about: 'Threads from one to the cores of the machine: speedup and efficiency',
  rows: [computing, streaming],
};
