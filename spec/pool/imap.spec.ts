import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Pool, taskModule } from 'granule';
import { Gate, sharedWords } from '../support/gate.js';
import { HeldGrace } from '../support/grace.js';
import { openPool } from '../support/pools.js';

const { square, identity, squareLater } = taskModule<typeof import('../fixtures/pool/arithmetic.js')>(
  new URL('../fixtures/pool/arithmetic.js', import.meta.url),
);
const { passWhere, untilAborted, countAndPass } = taskModule<typeof import('../fixtures/pool/gates.js')>(
  new URL('../fixtures/pool/gates.js', import.meta.url),
);
const { count } = taskModule<typeof import('../fixtures/pool/counting.js')>(
  new URL('../fixtures/pool/counting.js', import.meta.url),
);

let pool: Pool;
beforeAll(() => {
  pool = new Pool(2);
});
afterAll(() => pool.terminate());

const upTo = (n: number): number[] => Array.from({ length: n }, (_, i) => i);

async function all<T>(results: AsyncIterable<T>): Promise<T[]> {
  const values: T[] = [];
  for await (const value of results) values.push(value);
  return values;
}

/** A source that never ends, and counts what was taken from it. */
class Numbers implements Iterable<number> {
  taken = 0;
  closed = 0;
  *[Symbol.iterator](): Generator<number, void, undefined> {
    try {
      for (;;) yield this.taken++;
    } finally {
      this.closed++;
    }
  }
}

/** The same, each item a turn of the event loop later. */
class SlowNumbers implements AsyncIterable<number> {
  taken = 0;
  closed = 0;
  close = (): void => undefined;
  /** A generator that is asked for an item closes once it has given it. */
  readonly whenClosed = new Promise<void>((resolve) => (this.close = resolve));
  async *[Symbol.asyncIterator](): AsyncGenerator<number, void, undefined> {
    try {
      for (;;) {
        await new Promise((resolve) => setImmediate(resolve));
        yield this.taken++;
      }
    } finally {
      this.closed++;
      this.close();
    }
  }
}

const methods = ['imap', 'imapUnordered'] as const;

describe.each(methods)('%s', (method) => {
  test('gives every result once, of any source, numbers or not', async () => {
    const sorted = async (items: Iterable<number> | AsyncIterable<number>): Promise<number[]> =>
      (await all(pool[method](square, items))).sort((left, right) => left - right);
    async function* later(): AsyncGenerator<number> {
      yield* [1, 2];
    }
    expect(await sorted([])).toEqual([]);
    expect(await sorted([3])).toEqual([9]);
    expect(await sorted(new Set([1, 2, 3]))).toEqual([1, 4, 9]);
    expect(await sorted(later())).toEqual([1, 4]);
    expect(await sorted(upTo(3_000))).toEqual(upTo(3_000).map((x) => x * x));
    const texts = await all(pool[method]((x: string) => `<${x}>`, ['a', 'b']));
    expect(texts.sort()).toEqual(['<a>', '<b>']);
  });

  test('takes an endless source, sync or async, and closes it when the loop is left', async () => {
    for (const source of [new Numbers(), new SlowNumbers()]) {
      const seen: number[] = [];
      for await (const value of pool[method](square, source)) {
        seen.push(value);
        if (seen.length === 100) break;
      }
      expect(seen).toHaveLength(100);
      if (source instanceof SlowNumbers) await source.whenClosed;
      expect(source.closed).toBe(1);
    }
  });

  test('takes nothing before it is pulled, and holds no thread then', async () => {
    const source = new Numbers();
    const results = pool[method](square, source);
    expect(await pool.apply(square, [3])).toBe(9);
    expect(source.taken).toBe(0);
    expect(pool.stats().running + pool.stats().queued).toBe(0);
    await results.return!();
    expect(source.taken).toBe(0);
  });

  test('takes at most `bufferSize` items ahead of its consumer', async () => {
    for (const bufferSize of [1, 2, 7, 64]) {
      const source = new Numbers();
      const results = pool[method](square, source, { bufferSize });
      let most = 0;
      for (let pulled = 1; pulled <= 50; pulled++) {
        await results.next();
        most = Math.max(most, source.taken - pulled);
      }
      expect(most).toBeLessThanOrEqual(bufferSize);
      await results.return!();
    }
  });

  test('by default takes two chunks a thread ahead', async () => {
    const source = new Numbers();
    const results = pool[method](square, source, { chunksize: 5 });
    await results.next();
    expect(source.taken).toBeLessThanOrEqual(1 + 2 * 2 * 5);
    await results.return!();
  });

  test('keeps every thread at work within the window', async () => {
    const gate = new Gate();
    const mine = openPool(2); // which has not learned yet that two such items may be one chunk
    const results = mine[method](countAndPass, upTo(2), { args: [sharedWords(2), gate.words] });
    const first = results.next();
    await gate.arrived(2);
    gate.open();
    await first;
    await results.return!();
  });

  test('runs each item once, whatever the chunksize and the buffer', async () => {
    for (const [chunksize, bufferSize] of [[1, 1], [3, 2], [10, 100], ['auto', 1_000]] as const) {
      const counts = sharedWords(500);
      await all(pool[method](count, upTo(500), { chunksize, bufferSize, args: [counts] }));
      expect(counts.findIndex((times) => times !== 1)).toBe(-1);
    }
  });

  test('gives a failed item to its own next(); the one after it goes on', async () => {
    const odd = (x: number): number => {
      if (x % 2 === 0) throw new RangeError(`even ${x}`);
      return x;
    };
    const results = pool[method](odd, upTo(6));
    const seen: unknown[] = [];
    for (let i = 0; i < 6; i++) {
      const { value } = await results.next().catch((error: Error) => ({ value: error.message }));
      seen.push(value);
    }
    expect(seen.map(String).sort()).toEqual(['1', '3', '5', 'even 0', 'even 2', 'even 4']);
    expect(await results.next()).toEqual({ done: true, value: undefined });
    expect(await results.next()).toEqual({ done: true, value: undefined });
  });

  test('gives what a source gave before it threw, then its error, then nothing', async () => {
    const broken = new Error('the source broke');
    function* half(): Generator<number> {
      yield 2;
      yield 3;
      throw broken;
    }
    async function* halfLater(): AsyncGenerator<number> {
      yield 2;
      yield 3;
      throw broken;
    }
    for (const source of [half(), halfLater()]) {
      const results = pool[method](square, source);
      const seen = [(await results.next()).value, (await results.next()).value];
      expect(seen.sort()).toEqual([4, 9]);
      await expect(results.next()).rejects.toBe(broken);
      expect((await results.next()).done).toBe(true);
    }
  });

  test('an item that cannot cross fails by itself', async () => {
    const results = pool[method](identity, [1, () => undefined, 3], { chunksize: 3 });
    const seen: unknown[] = [];
    for (let i = 0; i < 3; i++) {
      const { value } = await results.next().catch((error: { code: string; message: string }) => ({
        value: `${error.code} ${error.message.includes('items[1]')}`,
      }));
      seen.push(value);
    }
    expect(seen.map(String).sort()).toEqual(['1', '3', 'ERR_GRANULE_SERIALIZATION true']);
  });

  test('a task that does not load ends it with the task’s own error', async () => {
    const { missing } = taskModule<{ missing(x: number): number }>(
      new URL('../fixtures/pool/arithmetic.js', import.meta.url),
    );
    const source = new Numbers();
    const results = pool[method](missing, source);
    await expect(results.next()).rejects.toThrow(/no export 'missing'/);
    expect((await results.next()).done).toBe(true);
    expect(source.closed).toBe(1);
  });

  test('several pulls at once are answered in their order', async () => {
    const results = pool[method](square, [1, 2, 3], { chunksize: 1 });
    const pulls = await Promise.all([results.next(), results.next(), results.next(), results.next(), results.next()]);
    expect(pulls.map(({ done }) => done === true)).toEqual([false, false, false, true, true]);
  });

  test('return() ends pulls that wait, and stops the work', async () => {
    using _grace = new HeldGrace();
    const gate = new Gate();
    const seen = new Gate();
    const source = new Numbers();
    const results = pool[method](untilAborted, source, { args: [gate.words, seen.words], chunksize: 1, bufferSize: 2 });
    const pull = results.next();
    await gate.arrived();
    await results.return!();
    expect(await pull).toEqual({ done: true, value: undefined });
    await seen.arrived();
    expect(source.closed).toBe(1);
    expect(await pool.apply(square, [3])).toBe(9);
  });

  test('throw() leaves it as return() does, with the error', async () => {
    const source = new Numbers();
    const results = pool[method](square, source);
    await results.next();
    const why = new Error('changed my mind');
    await expect(results.throw!(why)).rejects.toBe(why);
    expect(source.closed).toBe(1);
  });

  test('an error in the loop’s body closes the source', async () => {
    const source = new Numbers();
    const run = async (): Promise<void> => {
      for await (const _ of pool[method](square, source)) throw new Error('body');
    };
    await expect(run()).rejects.toThrow('body');
    expect(source.closed).toBe(1);
  });

  test('aborting ends it with the reason: no more items are taken, what runs sees it', async () => {
    using _grace = new HeldGrace();
    const gate = new Gate();
    const seen = new Gate();
    const source = new Numbers();
    const controller = new AbortController();
    const options = { args: [gate.words, seen.words], chunksize: 1, bufferSize: 3, signal: controller.signal };
    const results = pool[method](untilAborted, source, options);
    const pull = results.next();
    await gate.arrived();
    const why = new Error('enough');
    controller.abort(why);
    await expect(pull).rejects.toBe(why);
    await seen.arrived();
    const { taken } = source;
    expect(await results.next()).toEqual({ done: true, value: undefined });
    expect(source.taken).toBe(taken);
    expect(source.closed).toBe(1);
  });

  test('a signal that is aborted already: nothing is taken', async () => {
    const source = new Numbers();
    const results = pool[method](square, source, { signal: AbortSignal.abort('early') });
    await expect(results.next()).rejects.toBe('early');
    expect(source.taken).toBe(0);
  });

  test('`timeout` ends it with TimeoutError', async () => {
    using _grace = new HeldGrace();
    const gate = new Gate();
    const seen = new Gate();
    const results = pool[method](untilAborted, new Numbers(), { args: [gate.words, seen.words], timeout: 20 });
    await expect(results.next()).rejects.toMatchObject({ code: 'ERR_GRANULE_TIMEOUT' });
    await seen.arrived(gate.arrivals); // none where the machine slept through the time
    expect((await results.next()).done).toBe(true);
  });

  test('`onProgress` counts, and knows the total once the source has ended', async () => {
    const told: [number, number | undefined][] = [];
    const onProgress = (done: number, total: number | undefined): unknown => told.push([done, total]);
    await all(pool[method](square, upTo(20), { chunksize: 5, onProgress }));
    expect(told.map(([done]) => done)).toEqual([...told.map(([done]) => done)].sort((left, right) => left - right));
    expect(told.at(-1)).toEqual([20, 20]);
  });

  test('`onProgress` is told again where the last items were done before the source was known to end', async () => {
    const told: [number, number | undefined][] = [];
    const onProgress = (done: number, total: number | undefined): unknown => told.push([done, total]);
    await all(pool[method](square, upTo(4), { chunksize: 4, bufferSize: 4, onProgress }));
    expect(told).toEqual([[4, undefined], [4, 4]]);
  });

  test('sends whole chunks, however the consumer makes room', async () => {
    const mine = openPool(2);
    await all(mine[method](square, upTo(1_050), { chunksize: 100 }));
    expect(mine.stats().wait.count).toBe(11);
  });

  test('an iterator that nobody pulls does not hold join()', async () => {
    const mine = openPool(2);
    mine[method](square, new Numbers()); // never started
    const started = mine[method](square, new Numbers());
    await started.next();
    mine.close();
    await mine.join();
    // The pool has ended under it.
    const rest = (async () => {
      for (;;) if ((await started.next()).done === true) return 'done';
    })();
    await expect(rest).rejects.toMatchObject({ code: 'ERR_GRANULE_POOL_CLOSED' });
  });

  test('one that is being pulled when the pool is closed goes on to its end', async () => {
    const mine = openPool(2);
    const results = mine[method](squareLater, upTo(200), { chunksize: 1, bufferSize: 4 });
    const seen = [(await results.next()).value as number];
    mine.close();
    const joined = mine.join();
    for await (const value of results) seen.push(value);
    expect(seen.sort((left, right) => left - right)).toEqual(upTo(200).map((x) => x * x));
    await joined;
  });

  test('is refused by a closed pool, and throws for bad arguments', async () => {
    const mine = openPool(1);
    mine.close();
    expect(() => mine[method](square, [1])).toThrow(expect.objectContaining({ code: 'ERR_GRANULE_POOL_CLOSED' }));
    expect(() => pool[method](square, 5 as never)).toThrow(TypeError);
    expect(() => pool[method](5 as never, [1])).toThrow(TypeError);
    expect(() => pool[method](square, [1], { bufferSize: 0 })).toThrow(RangeError);
  });

  test('may be taken by a chain of `yield*`, and disposed of', async () => {
    async function* chain(): AsyncGenerator<number> {
      yield* pool[method](square, [1, 2]);
    }
    expect((await all(chain())).sort()).toEqual([1, 4]);
    const source = new Numbers();
    const results = pool[method](square, source) as AsyncGenerator<number>;
    await results.next();
    await results[Symbol.asyncDispose]();
    expect(source.closed).toBe(1);
  });
});

describe('the order', () => {
  test('of imap is the items’, though the first ends last', async () => {
    const gate = new Gate();
    const results = pool.imap(passWhere, [0, 1, 2, 3], { chunksize: 1, bufferSize: 4, args: [[0], gate.words] });
    const first = results.next();
    await gate.arrived();
    gate.open();
    const rest = await Promise.all([first, results.next(), results.next(), results.next()]);
    expect(rest.map(({ value }) => value as number)).toEqual([0, 1, 2, 3]);
  });

  test('of imapUnordered is that of completion: what waits comes last', async () => {
    const gate = new Gate();
    const results = pool.imapUnordered(passWhere, [0, 1, 2, 3], {
      chunksize: 1,
      bufferSize: 4,
      args: [[0], gate.words],
    });
    const seen: number[] = [];
    for (let i = 0; i < 3; i++) seen.push((await results.next()).value as number);
    expect(seen).toEqual([1, 2, 3]);
    gate.open();
    expect((await results.next()).value).toBe(0);
  });
});

describe('a slow source', () => {
  test('does not hold back what it has given: the first result comes before the second item', async () => {
    let give = (): void => undefined;
    const wait = new Promise<void>((resolve) => (give = resolve));
    async function* slow(): AsyncGenerator<number> {
      yield 5;
      await wait;
      yield 6;
    }
    const results = pool.imap(square, slow(), { chunksize: 10 });
    expect((await results.next()).value).toBe(25);
    give();
    expect((await results.next()).value).toBe(36);
    expect((await results.next()).done).toBe(true);
  });

  test('that is left while it makes us wait is closed without waiting for it', async () => {
    let closed = false;
    const stuck: AsyncIterable<number> = {
      [Symbol.asyncIterator]: () => ({
        next: () => new Promise(() => undefined),
        return: () => {
          closed = true;
          return Promise.resolve({ done: true, value: undefined });
        },
      }),
    };
    const results = pool.imap(square, stuck);
    const pull = results.next();
    await results.return!();
    expect(await pull).toEqual({ done: true, value: undefined });
    expect(closed).toBe(true);
  });
});
