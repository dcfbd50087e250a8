import assert from 'node:assert/strict';
import { SharedArray, Value } from 'granule';
import { timeAtMost } from '../harness/claims.js';
import { backToBack } from '../harness/instruments.js';
import type { Run } from '../harness/instruments.js';
import { compare } from '../harness/rounds.js';
import type { Row, Subject } from '../harness/suite.js';
import { pythonLocking } from '../peers/python.js';

const here = (name: string, units: number, prepare: () => Run): Subject => ({
  name,
  open: async () => backToBack({ run: prepare() }, units),
});

const ADDS = 1000;

const adds: Row = {
  id: 'value-add',
  work: 'Value.add on an integer',
  measure(pace) {
    return compare(
      {
        subjects: [
          here('granule Value', ADDS, () => {
            const value = new Value('i');
            return () => {
              for (let i = 0; i < ADDS; i++) value.add(1);
            };
          }),
          here('bare Atomics.add', ADDS, () => {
            const words = new Int32Array(new SharedArrayBuffer(4));
            return () => {
              for (let i = 0; i < ADDS; i++) Atomics.add(words, 0, 1);
            };
          }),
          here('granule Value of doubles, with its lock', ADDS, () => {
            const value = new Value('d');
            return () => {
              for (let i = 0; i < ADDS; i++) value.add(1);
            };
          }),
          pythonLocking('CPython multiprocessing.Value', { work: 'value', rounds: ADDS }, ADDS),
        ],
        rules: [timeAtMost(2, 'granule Value', 'bare Atomics.add')],
        per: 'add',
      },
      pace,
    );
  },
};

const ELEMENTS = 1_000_000;

/** One function for both, so that only what it loops over differs. */
function writeAndRead(elements: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < elements.length; i++) {
    elements[i] = i;
    sum += elements[i];
  }
  return sum;
}

const overElements = (name: string, make: () => Float64Array): Subject =>
  here(name, ELEMENTS, () => {
    const elements = make();
    return () => writeAndRead(elements);
  });

const view: Row = {
  id: 'view',
  work: 'a loop over 1 000 000 doubles, written and read',
  measure(pace) {
    return compare(
      {
        subjects: [
          overElements('granule SharedArray.view', () => new SharedArray('d', ELEMENTS).view),
          overElements('bare typed array', () => new Float64Array(new SharedArrayBuffer(8 * ELEMENTS))),
        ],
        // Whatever is between them is noise: it is the same machine code.
        rules: [timeAtMost(1.05, 'granule SharedArray.view', 'bare typed array')],
        per: 'element',
        verify: (sum) => { assert.equal(sum, (ELEMENTS * (ELEMENTS - 1)) / 2); },
      },
      pace,
    );
  },
};

export const values: readonly Row[] = [adds, view];
