import { speedAtLeast, timeAtMost } from '../harness/claims.js';
import type { Run } from '../harness/instruments.js';
import { compare } from '../harness/rounds.js';
import type { Row } from '../harness/suite.js';
import { granule } from '../peers/granule.js';
import { multithreading } from '../peers/multithreading.js';
import { piscina } from '../peers/piscina.js';
import { poolifier } from '../peers/poolifier.js';
import { tinypool } from '../peers/tinypool.js';
import { workerPool } from '../peers/workerpool.js';
import * as tasks from './tasks.js';

const oneAtATime: Row = {
  id: 'apply',
  work: 'apply of a no-op, one at a time',
  measure: (pace) =>
    compare(
      {
        subjects: [
          granule('granule', (pool) => () => pool.apply(tasks.nothing)),
          piscina('piscina.run', tasks.numbersFile, (pool) => () => pool.run(undefined, { name: 'nothing' })),
          tinypool('tinypool', tasks.numbersFile, (pool) => () => pool.run(undefined, { name: 'nothing' })),
          workerPool('workerpool', (pool) => () => pool.exec('nothing')),
          poolifier('poolifier', (pool) => () => pool.execute(undefined, 'nothing')),
        ],
        rules: [timeAtMost(1, 'granule', 'piscina.run')],
      },
      pace,
    ),
};

const IN_FLIGHT = 64;
export const CALLS = 2000;

/** Makes CALLS calls, the next as soon as one of the 64 under way has ended. */
export function inFlight(submit: () => PromiseLike<unknown>): Run {
  return () => {
    let left = CALLS;
    const callInTurn = async () => {
      while (left-- > 0) await submit();
    };
    return Promise.all(Array.from({ length: IN_FLIGHT }, callInTurn));
  };
}

const sixtyFourInFlight: Row = {
  id: 'apply-64',
  work: 'apply of a no-op, 64 in flight',
  measure: (pace) =>
    compare(
      {
        subjects: [
          granule('granule', (pool) => inFlight(() => pool.apply(tasks.nothing)), { units: CALLS }),
          piscina(
            'piscina.run',
            tasks.numbersFile,
            (pool) => inFlight(() => pool.run(undefined, { name: 'nothing' })),
            { units: CALLS },
          ),
          tinypool(
            'tinypool',
            tasks.numbersFile,
            (pool) => inFlight(() => pool.run(undefined, { name: 'nothing' })),
            CALLS,
          ),
          workerPool('workerpool', (pool) => inFlight(() => pool.exec('nothing')), CALLS),
          poolifier('poolifier', (pool) => inFlight(() => pool.execute(undefined, 'nothing')), CALLS),
          multithreading('multithreading', ({ spawn }) => inFlight(() => spawn(() => undefined).join()), CALLS),
        ],
        rules: [speedAtLeast(3, 'granule', 'piscina.run'), speedAtLeast(1, 'granule', 'poolifier')],
      },
      pace,
    ),
};

export const applies: readonly Row[] = [oneAtATime, sixtyFourInFlight];
