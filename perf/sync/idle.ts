import { measureInChild } from '../harness/child.js';
import { secondsAtMost } from '../harness/claims.js';
import { reasonOf } from '../harness/rounds.js';
import { summarize } from '../harness/statistics.js';
import type { Figure, Remark, Row } from '../harness/suite.js';
import type { Wait, Waited } from './children/wait.js';

const SECONDS = 2;
const BOUND = 5e-3;

const waits: readonly { readonly name: string; readonly wait: Wait }[] = [
  { name: 'Lock.acquire', wait: 'blocked' },
  { name: 'Lock.acquireAsync', wait: 'async' },
  { name: 'Condition.wait', wait: 'blocked-condition' },
  { name: 'Condition.waitAsync', wait: 'async-condition' },
];

/** CPU time of the whole process, every thread of Node's included. */
export const idle: Row = {
  id: 'idle',
  work: `a wait of ${SECONDS} s in vain: CPU time that it uses`,
  async measure(pace) {
    const program = new URL('./children/wait.js', import.meta.url);
    const figures = new Map<string, Figure>();
    const remarks: Remark[] = [];
    for (const { name, wait } of waits) {
      if (!pace.includes(name)) continue;
      const samples: number[] = [];
      try {
        for (let run = 1; run <= (pace.quick ? 1 : 5); run++) {
          pace.progress(`${name}, process ${run}`);
          samples.push((await measureInChild<Waited>(program, [wait, SECONDS * 1000])).cpuSeconds);
        }
        figures.set(name, { subject: name, unit: 'seconds', per: 'wait', samples, summary: summarize(samples) });
      } catch (error) {
        remarks.push({ subject: name, text: `not measured: ${reasonOf(error)}`, failed: true });
      }
    }
    return {
      figures: [...figures.values()],
      claims: waits.map(({ name }) => secondsAtMost(BOUND, name)(figures)),
      remarks,
    };
  },
};
