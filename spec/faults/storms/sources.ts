/** Sources that throw half-way, that are left, and that are endless while their consumer is slow. */
import type { Pool } from 'granule';
import { Violation } from '../soak/part.js';

const square = (x: number): number => x * x;

/** Counts what is taken, and whether it was closed; both as a generator and by hand. */
class Numbers {
  taken = 0;
  closed = 0;
  /** Why it ends after `length` items. */
  readonly error = new RangeError('the source broke');

  constructor(readonly length = Infinity) {}

  *sync(): Generator<number> {
    try {
      while (this.taken < this.length) yield this.taken++;
      throw this.error;
    } finally {
      this.closed++;
    }
  }

  async *async(): AsyncGenerator<number> {
    try {
      while (this.taken < this.length) {
        if (this.taken % 3 === 0) await turnOfTheLoop();
        yield this.taken++;
      }
      throw this.error;
    } finally {
      this.closed++;
    }
  }
}

const eager: Readonly<Record<string, (pool: Pool, items: Generator<number> | AsyncGenerator<number>) => unknown>> = {
  map: (pool, items) => pool.map(square, items),
  mapAsync: (pool, items) => pool.mapAsync(square, items),
  mapSettled: (pool, items) => pool.mapSettled(square, items),
};
const forms = ['sync', 'async'] as const;
const lazy = ['imap', 'imapUnordered'] as const;
export type Lazy = (typeof lazy)[number];

const turnOfTheLoop = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

function check(holds: boolean, what: string, cause?: unknown): asserts holds {
  if (!holds) throw new Violation(what, { cause });
}

/** Every call over sources that throw after `length` items; resolves with how many sources there were. */
export async function sourcesThrow(pool: Pool, length: number): Promise<number> {
  let sources = 0;
  for (const form of forms) {
    for (const [method, call] of Object.entries(eager)) {
      const source = new Numbers(length);
      const error = await failure(async () => call(pool, source[form]()));
      check(error === source.error, `${method} of a source that throws rejects with something else`, error);
      check(source.closed === 1, `${method} left a source that threw unfinished`);
      sources++;
    }
    for (const method of lazy) {
      const source = new Numbers(length);
      const results = pool[method](square, source[form](), { chunksize: 3 });
      const seen: number[] = [];
      const error = await failure(async () => {
        for await (const result of results) seen.push(result);
      });
      check(error === source.error, `${method} of a source that throws rejects with something else`, error);
      if (method === 'imapUnordered') seen.sort((a, b) => a - b);
      const whole = seen.length === length && seen.every((value, i) => value === i * i);
      check(whole, `${method} lost results: ${seen.join()}`);
      check((await results.next()).done === true, `${method} goes on after its source`);
      check(source.closed === 1, `${method} left a source that threw unfinished`);
      sources++;
    }
  }
  return sources;
}

/** Lazy maps of endless sources that are left, and calls that are aborted: each source is closed, once. */
export async function sourcesAreLeft(pool: Pool, after: number): Promise<number> {
  let sources = 0;
  for (const form of forms) {
    for (const method of lazy) {
      for (const how of ['left', 'aborted'] as const) {
        const [source, controller] = [new Numbers(), new AbortController()];
        const results = pool[method](square, source[form](), { bufferSize: 4, signal: controller.signal });
        for (let i = 0; i < after; i++) await results.next();
        if (how === 'aborted' && after > 0) {
          controller.abort(source.error);
          const error = await failure(() => results.next());
          check(error === source.error, `an aborted ${method} rejects with something else`, error);
        }
        await results.return!();
        // A generator that is busy closes when it is done; one that was never asked has nothing to close.
        for (let turns = 0; after > 0 && source.closed === 0 && turns < 1_000; turns++) await turnOfTheLoop();
        check(source.closed === Math.min(1, after), `${how}, ${method} closed its source ${source.closed} times`);
        const { taken } = source;
        await turnOfTheLoop();
        check(source.taken === taken, `${how}, ${method} reads on`);
        sources++;
      }
    }
  }
  const [source, controller] = [new Numbers(), new AbortController()];
  const endless = failure(() => pool.map(square, source.async(), { signal: controller.signal }));
  while (source.taken < after) await turnOfTheLoop();
  controller.abort(source.error);
  check((await endless) === source.error, 'an aborted map of an async source rejects with something else');
  for (let turns = 0; source.taken > 0 && source.closed === 0 && turns < 1_000; turns++) await turnOfTheLoop();
  check(source.closed === Math.min(1, source.taken), `an aborted map closed its source ${source.closed} times`);
  return sources + 1;
}

/** Pulls `results` of an endless source, slowly; resolves with how far it was read ahead at most. */
export async function readAhead(
  pool: Pool,
  method: Lazy,
  form: (typeof forms)[number],
  results: number,
  options: { bufferSize?: number; chunksize?: number },
): Promise<number> {
  const source = new Numbers();
  const squares = pool[method](square, source[form](), options);
  let most = 0;
  for (let pulled = 1; pulled <= results; pulled++) {
    await squares.next();
    // Time for the threads to finish all that they have, and for the source to be read.
    for (let turns = 0; turns < 3; turns++) await turnOfTheLoop();
    if (pulled % 8 === 0) await pool.apply(square, [pulled]);
    most = Math.max(most, source.taken - pulled);
  }
  await squares.return!();
  return most;
}

/** All of the above for one window; throws where it is not kept. Resolves with the number of sources. */
export async function slowConsumers(pool: Pool, size: number, results: number): Promise<number> {
  let sources = 0;
  for (const form of forms) {
    for (const method of lazy) {
      const windows = [
        [{ bufferSize: size }, size],
        [{ chunksize: size }, 2 * pool.threads * size],
      ] as const;
      for (const [options, window] of windows) {
        const most = await readAhead(pool, method, form, results, options);
        check(most <= window, `${method} with ${JSON.stringify(options)} read ${most} items ahead, not ${window}`);
        check(most > 0, `${method} with ${JSON.stringify(options)} read nothing ahead`);
        sources++;
      }
    }
  }
  return sources;
}

async function failure(work: () => Promise<unknown>): Promise<unknown> {
  try {
    await work();
  } catch (error) {
    return error;
  }
  return undefined;
}
