import { freemem } from 'node:os';
import { measureInChild } from '../harness/child.js';
import { bytesAtMost } from '../harness/claims.js';
import { formatBytes } from '../harness/format.js';
import { reasonOf } from '../harness/rounds.js';
import { median, summarize } from '../harness/statistics.js';
import { Unavailable } from '../harness/suite.js';
import type { Claim, Figure, Findings, Pace, Row } from '../harness/suite.js';
import type { LargeMap } from './children/large-map.js';
import type { ManyCalls } from './children/many-calls.js';

const SUBJECT = 'granule';
const MIB = 1024 ** 2;

const bytes = (subject: string, samples: readonly number[]): Figure => ({
  subject,
  unit: 'bytes',
  samples,
  summary: summarize(samples),
});

/** Measures granule alone, in processes of its own; `judge` gets undefined where that was not possible. */
async function alone<T>(
  pace: Pace,
  measure: () => Promise<T>,
  figuresOf: (measured: T) => Figure[],
  judge: (measured: T | undefined) => Claim[],
): Promise<Findings> {
  if (!pace.includes(SUBJECT)) return { figures: [], claims: judge(undefined), remarks: [] };
  try {
    const measured = await measure();
    return { figures: figuresOf(measured), claims: judge(measured), remarks: [] };
  } catch (error) {
    const failed = !(error instanceof Unavailable);
    const remark = { subject: SUBJECT, text: `not measured: ${reasonOf(error)}`, failed };
    return { figures: [], claims: judge(undefined), remarks: [remark] };
  }
}

const largeMap: Row = {
  id: 'memory',
  work: 'map over a shared Float64Array of 800 MB (200 if quick): resident size beyond the result',
  measure(pace) {
    const doubles = pace.quick ? 25_000_000 : 100_000_000;
    const result = 8 * doubles;
    return alone(
      pace,
      async () => {
        const needed = 2.5 * result;
        if (freemem() < needed) {
          throw new Unavailable(`needs ${formatBytes(needed)} of free memory, found ${formatBytes(freemem())}`);
        }
        const runs: LargeMap[] = [];
        for (let run = 1; run <= (pace.quick ? 1 : 5); run++) {
          pace.progress(`process ${run}`);
          runs.push(await measureInChild<LargeMap>(new URL('./children/large-map.js', import.meta.url), [doubles]));
        }
        return {
          atPeak: runs.map(({ before, peak }) => peak - before - result),
          afterwards: runs.map(({ before, after }) => after - before - result),
        };
      },
      ({ atPeak, afterwards }) => [
        bytes('the result', [result]),
        bytes('beyond it, at the peak', atPeak),
        bytes('beyond it, afterwards', afterwards),
      ],
      (measured) => [bytesAtMost(0.05 * result, 'peak − before − result', measured && median(measured.atPeak))],
    );
  },
};

/** How much the last three of the sizes are above the first three. */
const growth = (sizes: readonly number[]) => median(sizes.slice(-3)) - median(sizes.slice(0, 3));

const manyCalls: Row = {
  id: 'calls',
  work: '1 000 000 calls (100 000 if quick) of map on 10 items: growth after warm-up',
  measure(pace) {
    const calls = pace.quick ? 100_000 : 1_000_000;
    return alone(
      pace,
      async () => {
        pace.progress(`${calls} calls in a process of its own`);
        const program = new URL('./children/many-calls.js', import.meta.url);
        const { checkpoints } = await measureInChild<ManyCalls>(program, [calls]);
        return {
          heap: checkpoints.map(({ heap }) => heap),
          resident: checkpoints.map(({ resident }) => resident),
        };
      },
      ({ heap, resident }) => [
        bytes('heap in use, at ten points', heap),
        bytes('resident size, at ten points', resident),
      ],
      (measured) => [
        bytesAtMost(MIB / 2, 'heap, growth', measured && growth(measured.heap)),
        bytesAtMost(4 * MIB, 'resident size, growth', measured && growth(measured.resident)),
      ],
    );
  },
};

export const memory: readonly Row[] = [largeMap, manyCalls];
