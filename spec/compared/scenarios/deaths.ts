import type { Cell, Library, Opening } from '../library.js';
import type { TaskName } from '../tasks/common.js';
import { described, failureCell, outcomeOf, threadsAlive, until, warmPool, words } from '../support.js';

/** A task that ends its thread: how does its call settle, and does the pool get its thread back? */
export const dies = (task: TaskName, opening?: Opening) => async (library: Library): Promise<Cell> => {
  const pool = await warmPool(library, opening);
  return failureCell(pool, await outcomeOf(() => pool.run(task)));
};

export async function terminatedFromOutside(library: Library): Promise<Cell> {
  const pool = await warmPool(library, { threads: 1 });
  const begun = words(0);
  const call = outcomeOf(() => pool.run('endless', begun));
  await until(() => begun[0] === 1);
  for (const thread of threadsAlive()) void thread.terminate();
  return failureCell(pool, await call, 1);
}

/** One call ends its thread, 100 harmless ones wait: how many of these are not answered? */
export async function losesOthers(library: Library): Promise<Cell> {
  const pool = await warmPool(library);
  const death = outcomeOf(() => pool.run('exits'));
  const hundred = Array.from({ length: 100 }, (_, i) => outcomeOf(() => pool.run('echo', i)));
  const others = await Promise.all(hundred);
  await death;
  const lost = others.filter(({ state }) => state !== 'resolves');
  if (lost.length === 0) return { cell: 'none' };
  const fates = lost.map((outcome) => ('error' in outcome ? `reject: ${described(outcome.error)}` : 'hang'));
  return { cell: `${lost.length} of 100`, detail: `they ${[...new Set(fates)].join(', or ')}` };
}

/** A module that throws as it loads: 20 calls at once, then one more. */
export async function brokenModule(library: Library): Promise<Cell> {
  const outcomes = await outcomesOfBroken(library);
  const hanging = outcomes.filter(({ state }) => state === 'hangs').length;
  const told = outcomes.filter((outcome) => 'error' in outcome && /does not load/.test(String(outcome.error))).length;
  if (hanging === outcomes.length) return { cell: 'hangs' };
  if (hanging > 0) return { cell: `${hanging} of ${outcomes.length} calls hang` };
  return { cell: told === outcomes.length ? "rejects with the module's error" : 'rejects' };
}

async function outcomesOfBroken(library: Library) {
  const opened = await outcomeOf(() => library.open({ tasks: 'broken' }));
  if (opened.state !== 'resolves') return [opened];
  const pool = opened.value as Awaited<ReturnType<Library['open']>>;
  const first = await Promise.all(Array.from({ length: 20 }, () => outcomeOf(() => pool.run('echo', 1))));
  return [...first, await outcomeOf(() => pool.run('echo', 1))];
}
