import assert from 'node:assert/strict';
import { timeAtMost } from '../harness/claims.js';
import { compare } from '../harness/rounds.js';
import type { Row } from '../harness/suite.js';
import { granule } from '../peers/granule.js';
import { loop } from '../peers/loop.js';
import { piscina } from '../peers/piscina.js';
import { spinAll, skewedItems } from '../tasks/spin.js';
import * as tasks from './tasks.js';

const ITEMS = 10_000;
const STEPS = 2500; // a few microseconds; its hundredfold, a third of a millisecond

/** Dealt out by cost, as one who knew the costs would: what two cores of this machine can give at that moment. */
function equalHalves(items: readonly number[]): [number[], number[]] {
  const byCost = items.toSorted((a, b) => b - a);
  return [byCost.filter((_, index) => index % 2 === 0), byCost.filter((_, index) => index % 2 === 1)];
}

export const skew: Row = {
  id: 'skew',
  work: '1 % of items cost 100 times the rest, auto',
  measure(pace) {
    const items = skewedItems(ITEMS, STEPS);
    const expected = spinAll(items);
    return compare(
      {
        subjects: [
          granule('granule, auto', (pool) => () => pool.map(tasks.spin, items)),
          granule('granule, static', (pool) => () => pool.map(tasks.spin, items, { schedule: 'static' })),
          piscina('piscina, 2 halves of equal cost', tasks.spinFile, (pool) => async () => {
            await Promise.all(equalHalves(items).map((half) => pool.run(half, { name: 'spinAll' })));
          }),
          loop('loop', () => spinAll(items)),
        ],
        rules: [timeAtMost(1.1, 'granule, auto', 'loop', 1 / 2)],
        verify(result) {
          if (result !== undefined) assert.deepEqual(result, expected);
        },
      },
      pace,
    );
  },
};
