/**
 * The experiments that tutorials on Python's multiprocessing make: a hundred squares, the same with inner loops, and
 * ten tiny tasks on four processes. Their figures stand beside ours; they were taken on another machine, so that only
 * the ratio of loop to pool compares.
 */
import assert from 'node:assert/strict';
import { Pool } from 'granule';
import { timeAtMost } from '../harness/claims.js';
import { formatRatio } from '../harness/format.js';
import { compare } from '../harness/rounds.js';
import type { Findings, Pace, Row, Suite } from '../harness/suite.js';
import { granule } from '../peers/granule.js';
import { chunkedLoop, loop } from '../peers/loop.js';
import { piscina } from '../peers/piscina.js';
import { python } from '../peers/python.js';
import { spin, spinFile, square, numbersFile } from '../tasks/references.js';
import * as numbers from '../tasks/numbers.js';
import { spinAll } from '../tasks/spin.js';
import { whoRan } from './who-ran.js';

const items = Array.from({ length: 100 }, (_, i) => i);

/** From the tutorial: a pool of four processes, 370 ms; a loop, 16 µs. */
const TUTORIAL = { pool: 0.37, loop: 16e-6 };

const squares: Row = {
  id: 'squares',
  work: '100 squares',
  async measure(pace: Pace): Promise<Findings> {
    const findings = await compare(
      {
        subjects: [
          granule('granule', (pool) => () => pool.map(square, items)),
          piscina('piscina by item', numbersFile, (pool) => () =>
            Promise.all(items.map((item) => pool.run(item, { name: 'square' })))),
          python('CPython', { work: 'squares', items: 100 }),
          python('CPython, chunksize 1', { work: 'squares', items: 100, chunksize: 1 }),
          loop('loop', () => numbers.squares(items)),
          chunkedLoop('loop, in chunks', numbers.squares, items),
        ],
        rules: [timeAtMost(1 / 15, 'granule', 'CPython')],
        verify: (result) => result === undefined || assert.deepEqual(result, items.map(numbers.square)),
      },
      pace,
    );
    const medianOf = (name: string) => findings.figures.find(({ subject }) => subject === name)?.summary.median;
    const [pool, alone] = [medianOf('granule'), medianOf('loop')];
    const here = pool === undefined || alone === undefined ? 'not measured' : formatRatio(pool / alone);
    const there = formatRatio(TUTORIAL.pool / TUTORIAL.loop);
    const said = { subject: 'the tutorial', text: `370 ms by its pool, 16 µs by its loop: ${there}; here ${here}` };
    return { ...findings, remarks: [...findings.remarks, said] };
  },
};

const innerLoop = (steps: number): Row => ({
  id: `inner-${steps}`,
  work: `100 items with an inner loop of ${steps.toLocaleString('en-US')}`,
  async measure(pace: Pace): Promise<Findings> {
    const work = new Array<number>(100).fill(steps);
    const inPython = steps * 100 <= 1_000_000 || !pace.quick;
    // Python takes some fifty times as long for a step: seconds for a call of the longer loop.
    const stepsInPython = Math.min(steps, 100_000);
    const cpython = stepsInPython === steps ? 'CPython' : `CPython, ${stepsInPython.toLocaleString('en-US')} only`;
    const findings = await compare(
      {
        subjects: [
          granule('granule', (pool) => () => pool.map(spin, work)),
          piscina('piscina by item', spinFile, (pool) => () =>
            Promise.all(work.map((item) => pool.run(item, { name: 'spin' })))),
          ...(inPython ? [python(cpython, { work: 'spins', items: 100, steps: stepsInPython })] : []),
          loop('loop', () => spinAll(work)),
          chunkedLoop('loop, in chunks', spinAll, work),
        ],
        rules: steps >= 1_000_000 ? [timeAtMost(1.1, 'granule', 'loop', 1 / 2)] : [],
      },
      pace,
    );
    if (inPython) return findings;
    const leftOut = { subject: cpython, text: 'left out of a quick run: a call takes seconds' };
    return { ...findings, remarks: [...findings.remarks, leftOut] };
  },
});

/** "Only one process did all the work": ten tiny tasks may all run on one thread; ten real ones do not. */
const ten: Row = {
  id: 'ten-tasks',
  work: 'ten tasks on four threads: who ran them',
  async measure(): Promise<Findings> {
    const pool = new Pool(4);
    try {
      await pool.ready();
      const cases = [
        { name: 'tiny tasks', steps: 1 },
        { name: 'tasks of some milliseconds', steps: 5_000_000 },
      ];
      const rows: string[][] = [];
      for (const { name, steps } of cases) {
        const ran = await pool.map(whoRan, new Array<number>(10).fill(steps), { chunksize: 1 });
        const threads = [...new Set(ran)];
        const letters = ran.map((id) => String.fromCharCode(65 + threads.indexOf(id)));
        rows.push([name, letters.join(' '), String(threads.length)]);
      }
      return {
        figures: [],
        claims: [],
        remarks: rows.map(([subject, ran, count]) => ({ subject, text: `${ran} (${count} of 4 threads)` })),
        tables: [
          {
            title: 'Ten tasks on four threads',
            columns: ['tasks', 'thread of each', 'threads that took part'].map((name) => ({ name, align: 'left' })),
            rows,
          },
        ],
      };
    } finally {
      await pool.terminate();
    }
  },
};

export const experiments: Suite = {
  name: 'experiments',
  about: "The experiments of tutorials on Python's Pool, with their figures beside ours",
  rows: [squares, innerLoop(1_000), innerLoop(1_000_000), ten],
};
