/**
 * The experiments that tutorials on Python's multiprocessing make: a hundred squares, the same with inner loops, and
 * ten tiny tasks on four processes. Their figures stand beside ours; they were taken on another machine, so that only
 * the ratio of pool to loop compares, each by the loop of its own language.
 */
import assert from 'node:assert/strict';
import { Pool } from 'granule';
import { timeAtMost } from '../harness/claims.js';
import { formatRatio, formatSeconds } from '../harness/format.js';
import { backToBack } from '../harness/instruments.js';
import { compare } from '../harness/rounds.js';
import type { Figure, Findings, Pace, Row, Subject, Suite } from '../harness/suite.js';
import { granule } from '../peers/granule.js';
import { chunkedLoop, loop } from '../peers/loop.js';
import { piscina } from '../peers/piscina.js';
import { python } from '../peers/python.js';
import { THREADS } from '../peers/threads.js';
import { spin, spinFile, square, numbersFile } from '../tasks/references.js';
import * as numbers from '../tasks/numbers.js';
import * as spins from '../tasks/spin.js';
import { ten } from './ten-tasks.js';

const items = Array.from({ length: 100 }, (_, i) => i);

/** From the tutorial: a pool of four processes, 370 ms; a loop, 16 µs. */
const TUTORIAL = { pool: 0.37, loop: 16e-6 };

const LOOP = 'loop';
const PYTHONS_LOOP = 'CPython, loop';

/** What a program does that makes a pool wherever it needs one. */
const aNewPool: Subject = {
  name: 'granule, a new pool for the call',
  async open() {
    const run = async () => {
      const pool = new Pool(THREADS);
      try {
        return await pool.map(square, items);
      } finally {
        await pool.terminate();
      }
    };
    return backToBack({ run });
  },
};

const squares: Row = {
  id: 'squares',
  work: '100 squares',
  async measure(pace: Pace): Promise<Findings> {
    const findings = await compare(
      {
        subjects: [
          granule('granule', (pool) => () => pool.map(square, items)),
          aNewPool,
          piscina('piscina by item', numbersFile, (pool) => () =>
            Promise.all(items.map((item) => pool.run(item, { name: 'square' })))),
          loop(LOOP, () => numbers.squares(items)),
          chunkedLoop('loop, in chunks', numbers.squares, items),
          python('CPython', { work: 'squares', items: 100 }),
          python('CPython, chunksize 1', { work: 'squares', items: 100, chunksize: 1 }),
          python('CPython, a new pool for the call', { work: 'squares', items: 100, by: 'new pool' }),
          python(PYTHONS_LOOP, { work: 'squares', items: 100, by: 'loop' }),
        ],
        rules: [timeAtMost(1 / 15, 'granule', 'CPython')],
        verify: (result) => result === undefined || assert.deepEqual(result, items.map(numbers.square)),
      },
      pace,
    );
    return { ...findings, tables: [besideTheTutorial(findings.figures)] };
  },
};

/** Each pool against the loop of its own language, and first of all the tutorial's. */
function besideTheTutorial(figures: readonly Figure[]) {
  const medianOf = (name: string) => figures.find(({ subject }) => subject === name)?.summary.median;
  const rows = figures.flatMap(({ subject, summary: { median } }) => {
    const own = subject.startsWith('CPython') ? PYTHONS_LOOP : LOOP;
    return subject.includes(LOOP) ? [] : [cellsOf(subject, median, medianOf(own))];
  });
  return {
    title: "100 squares, the tutorial's figures and ours",
    columns: ['100 squares', 'by the pool', 'in a loop', 'pool : loop'].map((name, index) => {
      return { name, align: index === 0 ? ('left' as const) : ('right' as const) };
    }),
    rows: [cellsOf('a tutorial: CPython, 4 processes', TUTORIAL.pool, TUTORIAL.loop), ...rows],
  };
}

function cellsOf(name: string, pool: number, alone: number | undefined): string[] {
  const against = alone === undefined ? ['–', '–'] : [formatSeconds(alone), formatRatio(pool / alone)];
  return [name, formatSeconds(pool), ...against];
}

const innerLoop = (steps: number): Row => ({
  id: `inner-${steps}`,
  work: `100 items with an inner loop of ${steps.toLocaleString('en-US')}`,
  async measure(pace: Pace): Promise<Findings> {
    const work = new Array<number>(100).fill(steps);
    // Python takes some sixty times as long for a step: seconds for a call of the longer loop.
    const long = steps * 100 > 1_000_000;
    const inPython = [
      ...(long && pace.quick ? [] : [python('CPython', { work: 'spins', items: 100, steps })]),
      ...(long ? [] : [python(PYTHONS_LOOP, { work: 'spins', items: 100, steps, by: 'loop' })]),
    ];
    const expected = work.map(spins.spin);
    const findings = await compare(
      {
        subjects: [
          granule('granule', (pool) => () => pool.map(spin, work)),
          piscina('piscina by item', spinFile, (pool) => () =>
            Promise.all(work.map((item) => pool.run(item, { name: 'spin' })))),
          loop(LOOP, () => spins.spinAll(work)),
          chunkedLoop('loop, in chunks', spins.spinAll, work),
          ...inPython,
        ],
        rules: long ? [timeAtMost(1.1, 'granule', LOOP, 1 / 2)] : [],
        verify: (result) => result === undefined || assert.deepEqual(result, expected),
      },
      pace,
    );
    const leftOut = [
      ...(long && pace.quick ? [{ subject: 'CPython', text: 'left out of a quick run: a call takes seconds' }] : []),
      ...(long ? [{ subject: PYTHONS_LOOP, text: 'left out: a call takes twice as many' }] : []),
    ];
    return { ...findings, remarks: [...findings.remarks, ...leftOut] };
  },
});

export const experiments: Suite = {
  name: 'experiments',
  about: "The experiments of tutorials on Python's Pool, with their figures beside ours",
  rows: [squares, innerLoop(1_000), innerLoop(1_000_000), ten],
};
