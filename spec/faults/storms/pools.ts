/** Pools made and ended, in every manner and at every moment: every call settles, nothing is left. */
import { getEventListeners } from 'node:events';
import { Pool, type PoolOptions } from 'granule';
import { Violation, type Random } from '../soak/part.js';

const manners: readonly ((pool: Pool) => Promise<unknown>)[] = [
  (pool) => (pool.close(), pool.join()),
  (pool) => pool[Symbol.asyncDispose](),
  (pool) => pool.terminate(),
  (pool) => Promise.all([pool.terminate(), pool.terminate()]),
  (pool) => (pool.close(), pool.terminate()),
];
const executions: readonly PoolOptions['execution'][] = ['threads', 'threads', 'adaptive', 'inline'];
const square = (x: number): number => x * x;

/** What a program may be at as it ends its pool; each resolves, or rejects, by the pool's end at the latest. */
const works: readonly ((pool: Pool, signal: AbortSignal) => unknown)[] = [
  () => undefined,
  (pool) => pool.ready(),
  (pool, signal) => pool.apply(square, [3], { signal }),
  (pool, signal) => pool.map(square, [1, 2, 3, 4], { signal, chunksize: 1 }),
  (pool) => pool.broadcast(square, [3]),
  (pool, signal) => leaveHalfWay(pool.imap(square, endless(), { signal, bufferSize: 3, timeout: 600_000 })),
];

async function leaveHalfWay(results: AsyncIterableIterator<number>): Promise<void> {
  try {
    while (((await results.next()).value as number) < 9);
  } finally {
    await results.return!();
  }
}

function* endless(): Generator<number> {
  for (let i = 0; ; i++) yield i;
}

/** Makes and ends `count` pools, `beside` at a time; resolves with how many calls had their results. */
export async function poolsComeAndGo(random: Random, count: number, beside: number): Promise<number> {
  const controller = new AbortController();
  let [left, answered] = [count, 0];
  const one = async (): Promise<void> => {
    while (left-- > 0) {
      const pool = new Pool({ threads: 1 + random.below(2), execution: random.pick(executions) });
      const work = random.pick(works);
      const call = Promise.resolve(work(pool, controller.signal)).then(
        () => true,
        (error: Error) => {
          if (error.name === 'PoolClosedError') return false;
          throw new Violation('a call of a pool that ends rejects with something else', { cause: error });
        },
      );
      // As the threads start, in the midst of it, and when all is done.
      const moment = random.below(3);
      if (moment === 1) await new Promise((resolve) => setTimeout(resolve, random.below(60)));
      if (moment === 2) await call;
      await random.pick(manners)(pool);
      if (await call) answered++;
    }
  };
  await Promise.all(Array.from({ length: beside }, one));
  const listeners = getEventListeners(controller.signal, 'abort').length;
  if (listeners > 0) throw new Violation(`${count} pools have left ${listeners} listeners on a signal`);
  return answered;
}
