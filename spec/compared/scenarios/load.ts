import type { Cell, Library } from '../library.js';
import { described, outcomeOf, warmPool, words } from '../support.js';

const MANY = 70_000;

export async function manyCalls(library: Library): Promise<Cell> {
  const pool = await warmPool(library);
  let answered = 0;
  const calls = Array.from({ length: MANY }, (_, i) => pool.run('echo', i).then(() => answered++));
  await outcomeOf(() => Promise.all(calls), 60_000);
  return { cell: answered === MANY ? 'all' : `${MANY - answered} are not` };
}

export async function boundedQueue(library: Library): Promise<Cell> {
  const pool = await warmPool(library, { threads: 1, maxQueue: 2 });
  void outcomeOf(() => pool.run('sleeps', 1000));
  const calls = await Promise.all(Array.from({ length: 6 }, (_, i) => outcomeOf(() => pool.run('echo', i))));
  const refused = calls.find(({ state }) => state !== 'resolves');
  if (refused === undefined) return { cell: '–' };
  const detail = 'error' in refused ? described(refused.error) : 'hangs';
  return { cell: refused.state === 'throws' ? 'throws at the call' : refused.state, detail };
}

export async function concurrentTasks(library: Library): Promise<Cell> {
  const pool = await warmPool(library, { threads: 1, concurrency: 2 });
  const present = words(0, 2);
  const met = await Promise.all([1, 2].map(() => outcomeOf(() => pool.run('meetsAsync', present))));
  return { cell: met.every((outcome) => outcome.state === 'resolves' && outcome.value === true) ? 'yes' : '–' };
}
