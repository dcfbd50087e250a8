/** "Only one process did all the work": ten tiny tasks may all run on one thread; ten real ones do not. */
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { Pool, taskModule } from 'granule';
import { projectFile } from '../harness/project.js';
import { reasonOf } from '../harness/rounds.js';
import { Unavailable } from '../harness/suite.js';
import type { Findings, Pace, Remark, Row } from '../harness/suite.js';

const { whoRan } = taskModule<typeof import('../tasks/who-ran.js')>(new URL('../tasks/who-ran.js', import.meta.url));

const TASKS = 10;
const THREADS = 4;
/** The one in the middle is shown. */
const CALLS = 9;

/** Python takes some sixty times as long for a step. */
const CASES = [
  { name: 'tiny tasks', steps: 1, stepsInPython: 1 },
  { name: 'tasks of some milliseconds', steps: 5_000_000, stepsInPython: 80_000 },
] as const;

/** Who ran each of the ten tasks, for several calls of each case. */
type Calls = readonly (readonly number[])[];

async function byGranule(): Promise<Calls[]> {
  const pool = new Pool(THREADS);
  try {
    await pool.ready();
    const cases: Calls[] = [];
    for (const { steps } of CASES) {
      const calls: number[][] = [];
      for (let call = 0; call < CALLS; call++) {
        calls.push(await pool.map(whoRan, new Array<number>(TASKS).fill(steps), { chunksize: 1 }));
      }
      cases.push(calls);
    }
    return cases;
  } finally {
    await pool.terminate();
  }
}

/** Its chunksize for ten items on four processes is 1 as well. */
async function byPython(): Promise<Calls[]> {
  const script = fileURLToPath(projectFile('perf/peers/who_ran.py'));
  const steps = CASES.map(({ stepsInPython }) => String(stepsInPython));
  try {
    const { stdout } = await promisify(execFile)('python3', [script, ...steps], { timeout: 60_000 });
    return stdout.trim().split('\n').map((line) => JSON.parse(line) as Calls);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') throw new Unavailable('no python3 here');
    throw error;
  }
}

const SUBJECTS = [
  { name: 'granule, chunksize 1', calls: byGranule },
  { name: 'CPython', calls: byPython },
] as const;

const tookPart = (ran: readonly number[]): number => new Set(ran).size;

function middleOf(calls: Calls): readonly number[] {
  return [...calls].sort((a, b) => tookPart(a) - tookPart(b))[calls.length >> 1];
}

/** A letter a thread, in the order in which they first appear. */
function lettersOf(ran: readonly number[]): string {
  const threads = [...new Set(ran)];
  return ran.map((id) => String.fromCharCode(65 + threads.indexOf(id))).join(' ');
}

const COLUMNS = ['ten tasks on four threads', 'by', 'who ran each', 'took part'];
const THEIRS = [CASES[0].name, 'a tutorial, CPython', lettersOf(new Array<number>(TASKS).fill(0)), `1 of ${THREADS}`];

async function measure(pace: Pace): Promise<Findings> {
  const rows: string[][] = [];
  const remarks: Remark[] = [];
  for (const subject of SUBJECTS.filter(({ name }) => pace.includes(name))) {
    pace.progress(subject.name);
    try {
      const cases = await subject.calls();
      CASES.forEach(({ name }, index) => {
        const ran = middleOf(cases[index]);
        rows.push([name, subject.name, lettersOf(ran), `${tookPart(ran)} of ${THREADS}`]);
      });
    } catch (error) {
      const failed = !(error instanceof Unavailable);
      remarks.push({ subject: subject.name, text: `not measured: ${reasonOf(error)}`, failed });
    }
  }
  const inOrder = CASES.flatMap(({ name }) => [THEIRS, ...rows].filter(([tasks]) => tasks === name));
  const columns = COLUMNS.map((name) => ({ name, align: 'left' as const }));
  return { figures: [], claims: [], remarks, tables: [{ title: 'Ten tasks on four threads', columns, rows: inOrder }] };
}

export const ten: Row = { id: 'ten-tasks', work: 'ten tasks on four threads: who ran them', measure };
