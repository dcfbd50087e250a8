/**
 * Aborts by the thousand, sources that break, consumers that dawdle, pools that come and go (../storms). Its share is
 * for the pools, and so is most of a turn: one takes 0.1 s on two busy cores, and 1 000 are the floor. Aborts come by
 * the hundred in a tenth of a second.
 */
import { Pool } from 'granule';
import { abortStorm, moments, signals } from '../storms/aborts.js';
import { poolsComeAndGo } from '../storms/pools.js';
import { slowConsumers, sourcesAreLeft, sourcesThrow } from '../storms/sources.js';
import type { Part } from './part.js';

const ABORTS = 400;
const POOLS = 8;

export const storms: Part = {
  name: 'storms',
  share: 4,
  async run({ random, until, progress, count }) {
    const began = performance.now();
    /** Once, and again until that part of the turn has passed. */
    const during = async (part: number, work: () => Promise<void>): Promise<void> => {
      do await work();
      while (performance.now() < began + part * (until - began));
    };
    const pool = new Pool(2);
    await pool.ready();
    await during(0.05, async () => {
      const [moment, has] = [random.pick(moments), random.pick(signals)];
      progress(`${ABORTS} calls are aborted ${moment}, by ${has}`);
      count('of which stopped their call', await abortStorm(pool, ABORTS, moment, has));
      count('aborts', ABORTS);
    });
    await during(0.1, async () => {
      progress('sources throw and are left, consumers are slow');
      count('sources', await sourcesThrow(pool, random.below(40)));
      count('sources', await sourcesAreLeft(pool, random.below(10)));
      count('sources', await slowConsumers(pool, 1 + random.below(8), 10));
    });
    pool.close();
    await pool.join();
    await during(1, async () => {
      progress('pools come and go');
      await poolsComeAndGo(random, POOLS, 1 + random.below(4));
      count('pools', POOLS);
    });
  },
};
