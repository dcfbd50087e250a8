import assert from 'node:assert/strict';
import { speedAtLeast, timeAtMost } from '../harness/claims.js';
import { compare } from '../harness/rounds.js';
import type { Row } from '../harness/suite.js';
import { granule } from '../peers/granule.js';
import { chunkedLoop, loop } from '../peers/loop.js';
import { inHandMadeChunks, piscina } from '../peers/piscina.js';
import { poolifier } from '../peers/poolifier.js';
import { python } from '../peers/python.js';
import { tinypool } from '../peers/tinypool.js';
import { workerPool } from '../peers/workerpool.js';
import { square, squareInPlace, squares } from '../tasks/numbers.js';
import { makeOrders, priceOrders } from '../tasks/orders.js';
import * as tasks from './tasks.js';

const numbersUpTo = (count: number) => Array.from({ length: count }, (_, i) => i);

const expectSquares = (count: number) => {
  const expected = numbersUpTo(count).map(square);
  return (result: unknown, subject: string) => {
    if (result !== undefined) assert.deepEqual(result, expected, `${subject} does not give the squares`);
  };
};

const mapSquares = (items: readonly number[], idleMs?: number) =>
  granule('granule', (pool) => () => pool.map(tasks.square, items), { idleMs });

const byItem = 'piscina by item';
const inChunks = 'piscina, 2 hand-made chunks';
const cpython = 'CPython';

const hundredSquares: Row = {
  id: '100-squares',
  work: 'map of 100 squares, back to back',
  measure(pace) {
    const items = numbersUpTo(100);
    return compare(
      {
        subjects: [
          mapSquares(items),
          piscina(byItem, tasks.numbersFile, (pool) => () =>
            Promise.all(items.map((item) => pool.run(item, { name: 'square' })))),
          piscina(inChunks, tasks.numbersFile, (pool) => inHandMadeChunks(pool, 'squares', items)),
          tinypool('tinypool by item', tasks.numbersFile, (pool) => () =>
            Promise.all(items.map((item) => pool.run(item, { name: 'square' })))),
          workerPool('workerpool by item', (pool) => () =>
            Promise.all(items.map((item) => pool.exec('square', [item])))),
          poolifier('poolifier by item', (pool) => () =>
            Promise.all(items.map((item) => pool.execute(item, 'square')))),
          python(cpython, { work: 'squares', items: 100 }),
          python('CPython, chunksize 1', { work: 'squares', items: 100, chunksize: 1 }),
          loop('loop', () => squares(items)),
          chunkedLoop('loop, in chunks', squares, items),
        ],
        rules: [timeAtMost(1 / 100, 'granule', byItem), timeAtMost(1 / 15, 'granule', cpython)],
        verify: expectSquares(100),
      },
      pace,
    );
  },
};

const hundredSquaresAfterIdle: Row = {
  id: '100-squares-idle',
  work: 'map of 100 squares, 1 ms idle between calls',
  measure(pace) {
    const items = numbersUpTo(100);
    return compare(
      {
        subjects: [
          mapSquares(items, 1),
          piscina(
            'piscina.run of a no-op',
            tasks.numbersFile,
            (pool) => () => pool.run(undefined, { name: 'nothing' }),
            { idleMs: 1 },
          ),
        ],
        rules: [timeAtMost(2, 'granule', 'piscina.run of a no-op')],
      },
      pace,
    );
  },
};

const tenThousandSquares: Row = {
  id: '10k-squares',
  work: 'map of 10 000 squares',
  measure(pace) {
    const items = numbersUpTo(10_000);
    return compare(
      {
        subjects: [
          mapSquares(items),
          piscina(inChunks, tasks.numbersFile, (pool) => inHandMadeChunks(pool, 'squares', items)),
          python(cpython, { work: 'squares', items: 10_000 }),
          loop('loop', () => squares(items)),
          chunkedLoop('loop, in chunks', squares, items),
        ],
        rules: [timeAtMost(1 / 8, 'granule', cpython)],
        verify: expectSquares(10_000),
      },
      pace,
    );
  },
};

const millionSquares: Row = {
  id: '1m-squares',
  work: 'map of 1 000 000 squares, plain array',
  measure(pace) {
    const items = numbersUpTo(1_000_000);
    return compare(
      {
        subjects: [
          mapSquares(items),
          piscina(inChunks, tasks.numbersFile, (pool) => inHandMadeChunks(pool, 'squares', items)),
          python(cpython, { work: 'squares', items: 1_000_000 }),
          loop('loop', () => squares(items)),
          chunkedLoop('loop, in chunks', squares, items),
        ],
        rules: [
          timeAtMost(1 / 8, 'granule', inChunks),
          timeAtMost(1 / 8, 'granule', cpython),
          timeAtMost(2.5, 'granule', 'loop'),
        ],
        verify: expectSquares(1_000_000),
      },
      pace,
    );
  },
};

const FLOATS = 1_000_000;

/** Ones, because squares in place of anything else end at zero, infinity, or in denormals, which are slow. */
const sharedOnes = () => new Float64Array(new SharedArrayBuffer(8 * FLOATS)).fill(1);

const sharedFloats: Row = {
  id: 'shared-floats',
  work: 'square over a shared Float64Array of 1 000 000',
  measure(pace) {
    const values = sharedOnes();
    return compare(
      {
        subjects: [
          granule('granule, parallelFor in place', async (pool) => {
            const run = () => pool.parallelFor(tasks.squareInPlace, FLOATS, { args: [values] });
            values.fill(3);
            await run();
            assert.ok(values.every((value) => value === 9), 'parallelFor left something out');
            values.fill(1);
            return run;
          }),
          // What two cores of this machine have of its memory at that moment.
          piscina('piscina, 2 halves in place', tasks.numbersFile, (pool) => () => {
            const halves = [[0, FLOATS / 2], [FLOATS / 2, FLOATS]];
            return Promise.all(
              halves.map(([start, stop]) => pool.run({ start, stop, values }, { name: 'squarePart' })),
            );
          }),
          granule('granule, map', (pool) => () => pool.map(tasks.square, values)),
          loop('loop in place', () => squareInPlace(0, FLOATS, values)),
          loop('Float64Array.map', () => values.map(square)),
        ],
        rules: [
          speedAtLeast(1, 'granule, parallelFor in place', 'loop in place'),
          speedAtLeast(1, 'granule, map', 'Float64Array.map'),
        ],
        verify(result, subject) {
          if (subject.startsWith('piscina')) return;
          if (result !== undefined) assert.ok((result as Float64Array).every((value) => value === 1));
        },
      },
      pace,
    );
  },
};

const smallObjects: Row = {
  id: 'objects',
  work: 'map of 10 000 small objects',
  measure(pace) {
    const items = makeOrders(10_000);
    const expected = priceOrders(items);
    return compare(
      {
        subjects: [
          granule('granule', (pool) => () => pool.map(tasks.priceOrder, items)),
          piscina(inChunks, tasks.ordersFile, (pool) => inHandMadeChunks(pool, 'priceOrders', items)),
          loop('loop', () => priceOrders(items)),
          chunkedLoop('loop, in chunks', priceOrders, items),
        ],
        rules: [timeAtMost(1, 'granule', inChunks)],
        verify: (result) => assert.deepEqual(result, expected),
      },
      pace,
    );
  },
};

export const maps: readonly Row[] = [
  hundredSquares,
  hundredSquaresAfterIdle,
  tenThousandSquares,
  millionSquares,
  sharedFloats,
  smallObjects,
];
