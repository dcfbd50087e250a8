/**
 * Items of unequal cost: four distributions under the four schedules, against the ideal makespan. That is measured, on
 * bare threads that are dealt their shares by one who knew every cost, and so has what two cores of this machine give
 * at that moment; half of the loop's time, which no machine reaches whose cores slow each other down, stands beside.
 */
import assert from 'node:assert/strict';
import { timeAtMost } from '../harness/claims.js';
import type { Table } from '#lib/report/report.js';
import { formatRatio } from '../harness/format.js';
import { backToBack } from '../harness/instruments.js';
import { compare } from '../harness/rounds.js';
import type { Figure, Findings, Pace, Row, Subject, Suite } from '../harness/suite.js';
import { startedPool } from '../peers/granule.js';
import { chunkedLoop, loop } from '../peers/loop.js';
import { piscina } from '../peers/piscina.js';
import { THREADS } from '../peers/threads.js';
import { spin, spinFile } from '../tasks/references.js';
import { spin as spinHere, spinAll } from '../tasks/spin.js';
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
    const [expected, inShares] = [items.map(spinHere), shares.flat().map(spinHere)];
    const subject = (schedule: (typeof SCHEDULES)[number]): Subject => ({
      name: `granule, ${schedule}`,
      open: async () => backToBack({ run: () => pool.map(spin, items, { schedule }) }),
    });
    try {
      const findings = await compare(
        {
          subjects: [
            ...SCHEDULES.map(subject),
            piscina(IDEAL, spinFile, (peer) => async () => {
              const halves = shares.map((share): Promise<number[]> => peer.run(share, { name: 'spinAll' }));
              return ([] as number[]).concat(...(await Promise.all(halves)));
            }),
            loop('loop', () => spinAll(items)),
            chunkedLoop('loop, in chunks', spinAll, items),
          ],
          rules: [timeAtMost(1.1, 'granule, auto', IDEAL)],
          verify(result, subject) {
            if (result === undefined) return;
            assert.deepEqual(result, subject === IDEAL ? inShares : expected, `${subject} gives other results`);
          },
        },
        pace,
      );
      return { ...findings, tables: tablesOf(distribution, findings.figures) };
    } finally {
      await pool.terminate();
    }
  },
});

/** How far each schedule is from the ideal, as it was measured and as arithmetic has it. */
function tablesOf({ about }: Distribution, figures: readonly Figure[]): Table[] {
  const medianOf = (name: string) => figures.find(({ subject }) => subject === name)?.summary.median;
  const [ideal, alone] = [medianOf(IDEAL), medianOf('loop')];
  if (ideal === undefined || alone === undefined) return [];
  const rows = [...SCHEDULES.map((schedule) => `granule, ${schedule}`), IDEAL].flatMap((name) => {
    const own = medianOf(name);
    return own === undefined ? [] : [[name, formatRatio(own / ideal), formatRatio((own * THREADS) / alone)]];
  });
  const columns = [
    { name: '', align: 'left' as const },
    { name: 'of the measured ideal', align: 'right' as const },
    { name: `of the loop's time / ${THREADS}`, align: 'right' as const },
  ];
  return [{ title: `Makespan, ${about}`, columns, rows }];
}

/** Also in the suite `dispatch`, whose table has it. */
export const rare = rowOf(DISTRIBUTIONS.find(({ id }) => id === 'rare')!);

export const skew: Suite = {
  name: 'skew',
  about: 'Items of unequal cost, in four distributions, under the four schedules',
  rows: DISTRIBUTIONS.map(rowOf),
};
