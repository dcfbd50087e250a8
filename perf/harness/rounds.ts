import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { Rule } from './claims.js';
import { summarize } from './statistics.js';
import { Unavailable } from './suite.js';
import type { Figure, Findings, OpenSubject, Pace, Remark, Subject } from './suite.js';

export interface Comparison {
  readonly subjects: readonly Subject[];
  readonly rules: readonly Rule[];
  /** What a sample is of. Default 'call'. */
  readonly per?: string;
  /** Throws if a subject did the work wrong. */
  readonly verify?: (result: unknown, subject: string) => void;
}

/** A subject that takes longer for a sample is given up, so that a peer that hangs does not hang the suite. */
const PATIENCE_SECONDS = 60;
/** poolifier's destroy(), for one, does not always settle. */
const CLOSING_SECONDS = 3;

// A subject should not pay for its predecessor's garbage. Young garbage only: a full collection at every sample
// would throw away the compiled code of subjects that wait for their turn.
setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as (options: { type: 'minor' }) => void;

/**
 * Measures the subjects of a row against each other: round by round, one sample of each a round, so that a slow
 * minute of the machine falls on all of them. Every round starts one subject later than the one before, so that
 * none always follows the same predecessor.
 */
export async function compare(comparison: Comparison, pace: Pace): Promise<Findings> {
  const remarks: Remark[] = [];
  const samples = new Map<string, number[]>();
  const open = new Map<string, OpenSubject>();
  const giveUp = async (name: string, error: unknown) => {
    const failed = !(error instanceof Unavailable);
    remarks.push({ subject: name, text: `not measured: ${reasonOf(error)}`, failed });
    samples.delete(name);
    const subject = open.get(name);
    open.delete(name);
    if (subject !== undefined) await within(CLOSING_SECONDS, subject.close()).catch(() => undefined);
  };

  for (const subject of comparison.subjects) {
    if (!pace.includes(subject.name)) continue;
    pace.progress(`starting ${subject.name}`);
    try {
      const opened = await within(PATIENCE_SECONDS, subject.open());
      open.set(subject.name, opened);
      const result = await within(PATIENCE_SECONDS, opened.once());
      comparison.verify?.(result, subject.name);
      await within(PATIENCE_SECONDS, opened.sample(pace.warmUpSeconds));
      samples.set(subject.name, []);
    } catch (error) {
      await giveUp(subject.name, error);
    }
  }

  for (let round = 0; round < pace.rounds; round++) {
    pace.progress(`round ${round + 1} of ${pace.rounds}`);
    const names = [...samples.keys()];
    const turn = round % Math.max(1, names.length);
    for (const name of [...names.slice(turn), ...names.slice(0, turn)]) {
      collect({ type: 'minor' });
      try {
        samples.get(name)!.push(await within(PATIENCE_SECONDS, open.get(name)!.sample(pace.sampleSeconds)));
      } catch (error) {
        await giveUp(name, error);
      }
    }
  }

  for (const [name, subject] of open) {
    await within(CLOSING_SECONDS, subject.close()).catch((error: unknown) =>
      remarks.push({ subject: name, text: `measured, but its close ${reasonOf(error)}` }),
    );
  }
  const figures = new Map<string, Figure>();
  for (const [subject, values] of samples) {
    const per = comparison.per ?? 'call';
    figures.set(subject, { subject, unit: 'seconds', per, samples: values, summary: summarize(values) });
  }
  return {
    figures: [...figures.values()],
    claims: comparison.rules.map((rule) => rule(figures)),
    remarks,
  };
}

export function reasonOf(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return message.split('\n')[0];
}

async function within<T>(seconds: number, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`did not answer within ${seconds} s`)), seconds * 1000);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
