/** Items of unequal cost: four distributions under the four schedules, against the ideal makespan. */
import { timeAtMost } from '../harness/claims.js';
import { backToBack } from '../harness/instruments.js';
import { compare } from '../harness/rounds.js';
import type { Findings, Pace, Row, Subject, Suite } from '../harness/suite.js';
import { startedPool } from '../peers/granule.js';
import { chunkedLoop, loop } from '../peers/loop.js';
import { piscina } from '../peers/piscina.js';
import { THREADS } from '../peers/threads.js';
import { spin, spinFile } from '../tasks/references.js';
import { spinAll } from '../tasks/spin.js';
import { DISTRIBUTIONS } from './distributions.js';
import type { Distribution } from './distributions.js';

const SCHEDULES = ['auto', 'static', 'dynamic', 'guided'] as const;
const IDEAL = 'ideal: piscina, halves of equal cost';

/** Dealt out by cost, the costliest first, as one who knew the costs would. */
function equalShares(items: readonly number[]): number[][] {
  const shares: number[][] = Array.from({ length: THREADS }, () => []);
  const sums = shares.map(() => 0);
  for (const cost of items.toSorted((a, b) => b - a)) {
    const least = sums.indexOf(Math.min(...sums));
    shares[least].push(cost);
    sums[least] += cost;
  }
  return shares;
}

const rowOf = (distribution: Distribution): Row => ({
  id: distribution.id,
  work: distribution.about,
  async measure(pace: Pace): Promise<Findings> {
    const items = distribution.make();
    const pool = await startedPool();
    const shares = equalShares(items);
    const subject = (schedule: (typeof SCHEDULES)[number]): Subject => ({
      name: `granule, ${schedule}`,
      open: async () => backToBack({ run: () => pool.map(spin, items, { schedule }) }),
    });
    try {
      return await compare(
        {
          subjects: [
            ...SCHEDULES.map(subject),
            piscina(IDEAL, spinFile, (peer) => async () => {
              await Promise.all(shares.map((share) => peer.run(share, { name: 'spinAll' })));
            }),
            loop('loop', () => spinAll(items)),
            chunkedLoop('loop, in chunks', spinAll, items),
          ],
          rules: [timeAtMost(1.1, 'granule, auto', IDEAL)],
        },
        pace,
      );
    } finally {
      await pool.terminate();
    }
  },
});

/** Also in the suite `dispatch`, whose table has it. */
export const rare = rowOf(DISTRIBUTIONS.find(({ id }) => id === 'rare')!);

export const skew: Suite = {
  name: 'skew',
  about: 'Items of unequal cost, in four distributions, under the four schedules',
  rows: DISTRIBUTIONS.map(rowOf),
};
