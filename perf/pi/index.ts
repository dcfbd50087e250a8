import assert from 'node:assert/strict';
import { countInside, STREAMS } from '#workers/kernels/pi.js';
import { speedAtLeast, timeAtMost } from '../harness/claims.js';
import { compare } from '../harness/rounds.js';
import type { Row, Suite } from '../harness/suite.js';
import { granule } from '../peers/granule.js';
import { loop } from '../peers/loop.js';
import { piscina } from '../peers/piscina.js';
import { python } from '../peers/python.js';
import { openmp } from '../peers/openmp.js';
import * as tasks from './tasks.js';

const SAMPLES = 40_000_000;
const MATH_RANDOM_SAMPLES = 8_000_000;
const PYTHON_SAMPLES = 800_000;
const SEED = 1;

const add = (left: number, right: number) => left + right;

const onGranule = (name: string, threads: number) =>
  granule(
    name,
    (pool) => () => pool.parallelReduce(tasks.countInside, STREAMS, add, { args: [SAMPLES, SEED] }),
    { threads, units: SAMPLES },
  );

/** Two halves on bare threads: what two cores of this machine can give at that moment. */
const twoHalves = piscina(
  'piscina, 2 halves',
  tasks.piFile,
  (pool) => async () => {
    const half = (start: number, stop: number): Promise<number> =>
      pool.run([start, stop, SAMPLES, SEED], { name: 'countInsideRange' });
    return add(...(await Promise.all([half(0, STREAMS / 2), half(STREAMS / 2, STREAMS)])));
  },
  { units: SAMPLES },
);

const CHUNK = STREAMS / 8;
function inChunks(): number {
  let inside = 0;
  for (let start = 0; start < STREAMS; start += CHUNK) inside += countInside(start, start + CHUNK, SAMPLES, SEED);
  return inside;
}

const byMathRandom = 'granule, Math.random';
const byPython = 'CPython, random.random';

export const pi: Row = {
  id: 'pi',
  work: 'π by Monte Carlo',
  measure(pace) {
    const inside = countInside(0, STREAMS, SAMPLES, SEED);
    return compare(
      {
        per: 'sample',
        subjects: [
          onGranule('granule, 2 threads', 2),
          onGranule('granule, 1 thread', 1),
          twoHalves,
          loop('loop', () => countInside(0, STREAMS, SAMPLES, SEED), SAMPLES),
          loop('loop, in chunks', inChunks, SAMPLES),
          granule(
            byMathRandom,
            (pool) => async () => {
              const hits = await pool.parallelReduce(tasks.countInsideMathRandom, MATH_RANDOM_SAMPLES, add);
              assert.ok(Math.abs((4 * hits) / MATH_RANDOM_SAMPLES - Math.PI) < 0.01, 'the estimate is off');
            },
            { units: MATH_RANDOM_SAMPLES },
          ),
          python(byPython, { work: 'pi', samples: PYTHON_SAMPLES }, PYTHON_SAMPLES),
          python('CPython, numpy', { work: 'numpy_pi', samples: MATH_RANDOM_SAMPLES }, MATH_RANDOM_SAMPLES),
          openmp('C with OpenMP, 2 threads', 2, SAMPLES, SEED),
          openmp('C with OpenMP, 1 thread', 1, SAMPLES, SEED),
        ],
        rules: [
          speedAtLeast(1.9, 'granule, 2 threads', 'granule, 1 thread'),
          timeAtMost(1 / 6, byMathRandom, byPython),
        ],
        verify(result, subject) {
          if (result !== undefined) assert.equal(result, inside, `${subject} counts other hits for the same seed`);
        },
      },
      pace,
    );
  },
};

export const piSuite: Suite = {
  name: 'pi',
  about: 'Monte Carlo π against CPython, numpy and C with OpenMP: how far it is to what the machine can do',
  rows: [pi],
};
