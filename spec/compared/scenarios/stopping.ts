import type { Cell, Library } from '../library.js';
import { failureCell, isAtFullSize, outcomeOf, until, warmPool, words } from '../support.js';

export async function abortsEndlessLoop(library: Library): Promise<Cell> {
  const pool = await warmPool(library);
  const begun = words(0);
  const controller = new AbortController();
  const call = outcomeOf(() => pool.run('endless', begun, { signal: controller.signal }));
  await until(() => begun[0] === 1);
  controller.abort();
  return failureCell(pool, await call);
}

export async function limitsEndlessLoop(library: Library): Promise<Cell> {
  const pool = await warmPool(library);
  return failureCell(pool, await outcomeOf(() => pool.run('endless', words(0), { limitMs: 300 })));
}

/** A task that waits behind another for longer than its own limit: does the limit count the waiting? */
export async function limitCountsFrom(library: Library): Promise<Cell> {
  const pool = await warmPool(library, { threads: 1 });
  const before = pool.run('sleeps', 1200);
  const limited = await outcomeOf(() => pool.run('echo', 1, { limitMs: 600 }));
  await before;
  return { cell: limited.state === 'resolves' ? 'when it starts' : 'when it is called' };
}

export async function thousandAborts(library: Library): Promise<Cell> {
  const pool = await warmPool(library);
  const controllers = Array.from({ length: 1000 }, () => new AbortController());
  const calls = controllers.map(({ signal }) => outcomeOf(() => pool.run('naps', 1e9, { signal }), 15_000));
  for (const controller of controllers) controller.abort();
  const rejected = (await Promise.all(calls)).filter(({ state }) => state === 'rejects').length;
  const full = await isAtFullSize(pool);
  return { cell: `${rejected === 1000 ? 'all reject' : `${1000 - rejected} hang`}${full ? '' : ', a thread short'}` };
}
