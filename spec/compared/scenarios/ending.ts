import type { Cell, Library, OpenPool } from '../library.js';
import { outcomeOf, pause, threadsAlive, warmPool } from '../support.js';

/** Two tasks run, one for longer than the other, and four wait when the pool is asked to end in order. */
export async function closesWithWork(library: Library): Promise<Cell> {
  const pool = await warmPool(library);
  const run = (ms: number) => outcomeOf(() => pool.run('sleeps', ms), 6000);
  const running = [run(200), run(1500)];
  await pause(100);
  const waiting = [1, 2, 3, 4].map(run);
  await outcomeOf(async () => pool.close(), 8000);
  const states = async (calls: typeof running) => (await Promise.all(calls)).map(({ state }) => state);
  return { cell: fate(await states(running), await states(waiting)) };
}

function fate(running: readonly string[], waiting: readonly string[]): string {
  const all = [...running, ...waiting];
  const are = (states: readonly string[], state: string) => states.every((each) => each === state);
  if (are(all, 'resolves')) return 'finishes all';
  if (all.includes('hangs')) return `${all.filter((state) => state === 'hangs').length} of 6 calls hang`;
  if (are(running, 'resolves')) return 'finishes what runs';
  if (are(all, 'rejects')) return 'rejects all';
  return `rejects ${all.filter((state) => state === 'rejects').length} of 6, running ones too`;
}

/** Nothing more happens here: the command watches whether this process ends by itself. */
export async function idles(library: Library): Promise<Cell> {
  const pool = await warmPool(library);
  await pool.run('echo', 1);
  return { cell: 'yes' };
}

/** A pool that may have one thread or two: two tasks at once, then nothing for three seconds. */
export async function growsAndShrinks(open: () => Pick<OpenPool, 'run'>): Promise<Cell> {
  const pool = open();
  await pool.run('echo', 1);
  await pause(300);
  const before = threadsAlive().length;
  await Promise.all([pool.run('sleeps', 500), pool.run('sleeps', 500), pool.run('sleeps', 500)]);
  const busy = threadsAlive().length;
  await pause(4000);
  const after = threadsAlive().length;
  const grows = before < busy;
  const shrinks = after < busy;
  return { cell: grows && shrinks ? 'yes' : grows ? 'grows' : '–', detail: `${before}, ${busy}, ${after} threads` };
}
