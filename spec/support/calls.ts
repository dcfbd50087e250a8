/** Every kind of call that runs a task over items, in one shape: what holds for calls is shown for each. */
import type { MapOptions, Pool, Task } from 'granule';

export interface Call {
  /** Runs `task(item, ...args)` for the items 0, 1, …; of ranges, `task(item, item + 1, ...args)`. */
  start(pool: Pool, task: Task, args: readonly unknown[], options?: MapOptions): Promise<unknown>;
  /** How many items it runs. */
  readonly items: number;
}

const ITEMS = 6;
const items = Array.from({ length: ITEMS }, (_, i) => i);

export const calls: Readonly<Record<string, Call>> = {
  apply: { items: 1, start: (pool, task, args, options) => pool.apply(task, [0, ...args], options) },
  applyAsync: { items: 1, start: (pool, task, args, options) => pool.applyAsync(task, [0, ...args], options).get() },
  map: { items: ITEMS, start: (pool, task, args, options) => pool.map(task, items, { ...options, args }) },
  mapAsync: {
    items: ITEMS,
    start: (pool, task, args, options) => pool.mapAsync(task, items, { ...options, args }).get(),
  },
  'map of an async source': {
    items: ITEMS,
    start: (pool, task, args, options) => pool.map(task, later(items), { ...options, args }),
  },
  'map of a typed array': {
    items: ITEMS,
    start: (pool, task, args, options) => pool.map(task, Float64Array.from(items), { ...options, args }),
  },
  mapSettled: {
    items: ITEMS,
    start: (pool, task, args, options) => pool.mapSettled(task, items, { ...options, args }),
  },
  starmap: {
    items: ITEMS,
    start: (pool, task, args, options) => pool.starmap(task, items.map((item) => [item, ...args]), options),
  },
  'imap, to its end': {
    items: ITEMS,
    start: (pool, task, args, options) => drain(pool.imap(task, items, { ...options, args })),
  },
  'imapUnordered, to its end': {
    items: ITEMS,
    start: (pool, task, args, options) => drain(pool.imapUnordered(task, items, { ...options, args })),
  },
  parallelFor: {
    items: ITEMS,
    start: (pool, task, args, options) => pool.parallelFor(task, ITEMS, { ...options, chunksize: 1, args }),
  },
  parallelReduce: {
    items: ITEMS,
    start: (pool, task, args, options) =>
      pool.parallelReduce(task, ITEMS, (left: unknown) => left, { ...options, chunksize: 1, args }),
  },
};

async function* later<T>(values: Iterable<T>): AsyncGenerator<T> {
  for (const value of values) {
    await Promise.resolve();
    yield value;
  }
}

async function drain(results: AsyncIterableIterator<unknown>): Promise<unknown[]> {
  const all: unknown[] = [];
  try {
    for await (const result of results) all.push(result);
  } finally {
    // A failed item does not end the iteration, and for await leaves an iterator alone whose next() rejects.
    await results.return!();
  }
  return all;
}
