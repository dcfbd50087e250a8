/** Calls of every kind over items with fates, started at random. */
import { setTimeout as sleep } from 'node:timers/promises';
import { SharedArray, taskModule, type Pool } from 'granule';
import type { Item } from '../../../fixtures/faults/misfortunes.js';
import type { Random } from '../part.js';
import { plan } from './fates.js';

const { live, liveAs, liveAt, liveThrough } = taskModule<typeof import('../../../fixtures/faults/misfortunes.js')>(
  new URL('../../../fixtures/faults/misfortunes.js', import.meta.url),
);

const methods = [
  'mapSettled', 'mapSettled', 'map', 'mapAsync', 'map of a typed array', 'starmap', 'imap', 'imapUnordered',
  'apply', 'apply', 'applyAsync', 'parallelFor', 'parallelReduce',
] as const;
export type Method = (typeof methods)[number];

export type Outcome = PromiseSettledResult<unknown>;

export interface Call {
  readonly method: Method;
  readonly items: readonly Item[];
  /** How often each was run. */
  readonly runs: SharedArray<'i'>;
  readonly retries: number;
  readonly aborted: boolean;
  /** What came of it: for all items at once, or for each. */
  readonly outcome: Promise<Whole | Each | Aborted>;
}
export interface Whole {
  readonly whole: Outcome;
}
export interface Each {
  readonly each: readonly Outcome[];
}
export interface Aborted {
  readonly aborted: true;
}

/** Ample for an item that comes to no harm, on a machine that is busy with other things. */
const itemTimeout = 3_000;
const single: readonly Method[] = ['apply', 'applyAsync'];
const perItem: readonly Method[] = ['mapSettled', 'imap', 'imapUnordered'];
const ofNumbers: readonly Method[] = ['map of a typed array', 'parallelFor', 'parallelReduce'];

export function start(pool: Pool, random: Random, busy: Int32Array, smallHeap: boolean): Call {
  const method = random.pick(methods);
  const harm = perItem.includes(method) ? 12 : single.includes(method) ? 4 : 60;
  const odds = { harm, numbers: ofNumbers.includes(method), smallHeap };
  const items = plan(random, single.includes(method) ? 1 : 1 + random.below(60), odds);
  const runs = new SharedArray('i', items.length);
  const controller = new AbortController();
  const aborted = random.below(5) === 0;
  const retries = !single.includes(method) && random.below(3) === 0 ? 1 : 0;
  const schedule = random.pick(['static', 'dynamic', 'guided', 'auto'] as const);
  const chunksize = schedule === 'auto' ? ('auto' as const) : 1 + random.below(10);
  const { signal } = controller;
  const options = { itemTimeout, schedule, chunksize, retries, signal, args: [runs, busy] as const };
  const fates = items.map(({ fate }) => fate);
  const overIndexes = { ...options, args: [fates, runs, busy] as const };

  async function run(): Promise<Whole | Each> {
    switch (method) {
      case 'mapSettled':
        return { each: await pool.mapSettled(live, items, options) };
      case 'map':
        return { each: fulfilled(await pool.map(live, items, options)) };
      case 'mapAsync':
        return { each: fulfilled(await pool.mapAsync(live, items, options).get()) };
      case 'starmap': {
        const tuples = items.map(({ index, fate }) => [index, fate, runs, busy] as const);
        return { each: fulfilled(await pool.starmap(liveAs as never, tuples as never, { ...options, args: [] })) };
      }
      case 'map of a typed array': {
        const indexes = Float64Array.from(items, ({ index }) => index);
        return { each: fulfilled([...(await pool.map(liveAt as never, indexes, overIndexes))]) };
      }
      case 'parallelFor':
        await pool.parallelFor(liveThrough, items.length, overIndexes);
        return { whole: { status: 'fulfilled', value: undefined } };
      case 'parallelReduce': {
        const add = (left: unknown, right: unknown): unknown => (left as number) + (right as number);
        const value = await pool.parallelReduce(liveThrough, items.length, add, overIndexes);
        return { whole: { status: 'fulfilled', value } };
      }
      case 'apply':
      case 'applyAsync': {
        const [{ index, fate }] = items;
        const task = pool[method](liveAs, [index, fate, runs, busy], { itemTimeout, signal });
        return { each: fulfilled([await task]) };
      }
      case 'imap':
        return drain(pool.imap(live, items, options), items.length);
      case 'imapUnordered':
        return drain(pool.imapUnordered(live, items, options), items.length);
    }
  }
  const outcome = run().catch((reason: unknown): Whole | Aborted =>
    reason === 'aborted' ? { aborted: true } : { whole: { status: 'rejected', reason } },
  );
  if (aborted) {
    void sleep(random.below(40)).then(() => {
      controller.abort('aborted');
    });
  }
  return { method, items, runs, retries, aborted, outcome };
}

function fulfilled(values: readonly unknown[]): Outcome[] {
  return values.map((value) => ({ status: 'fulfilled', value }));
}

async function drain(results: AsyncIterableIterator<unknown>, count: number): Promise<Each | Whole> {
  const each: Outcome[] = [];
  for (;;) {
    const [next] = await Promise.allSettled([results.next()]);
    if (next.status === 'rejected') {
      if (next.reason === 'aborted') throw next.reason;
      each.push(next);
    } else if (next.value.done === true) break;
    else each.push({ status: 'fulfilled', value: next.value.value });
  }
  // A call that cannot go on says so in its last pull; what it has not given is under that verdict.
  const last = each.at(-1);
  if (last?.status === 'rejected') while (each.length < count) each.push(last);
  return { each };
}
