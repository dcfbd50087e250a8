/** What an imap calls may call it back: its source while it is asked, an item's getter while it is sent. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Pool, taskModule } from 'granule';
import { sharedWords } from '../support/gate.js';

const { identity } = taskModule<typeof import('../fixtures/pool/arithmetic.js')>(
  new URL('../fixtures/pool/arithmetic.js', import.meta.url),
);
const { count } = taskModule<typeof import('../fixtures/pool/counting.js')>(
  new URL('../fixtures/pool/counting.js', import.meta.url),
);

let pool: Pool;
beforeAll(() => {
  pool = new Pool(2);
});
afterAll(() => pool.terminate());

const END = { done: true, value: undefined };

/** Gives 1, calls back, gives 2 and 3. */
class Caller {
  closed = 0;
  call = (): void => undefined;
  *[Symbol.iterator](): Generator<number, void, undefined> {
    try {
      yield 1;
      this.call();
      yield 2;
      yield 3;
    } finally {
      this.closed++;
    }
  }
}

describe.each(['imap', 'imapUnordered'] as const)('%s', (method) => {
  test('whose source aborts it ends with the reason, then for good, and closes the source', async () => {
    const source = new Caller();
    const controller = new AbortController();
    const why = new Error('enough');
    source.call = () => controller.abort(why);
    const results = pool[method](identity, source, { signal: controller.signal });
    await expect(results.next()).rejects.toBe(why);
    expect(await results.next()).toEqual(END);
    expect(source.closed).toBe(1);
  });

  test('whose source leaves it is left, and closes the source', async () => {
    const source = new Caller();
    const results = pool[method](identity, source);
    let left: Promise<unknown> | undefined;
    source.call = () => {
      left = results.return!();
    };
    expect(await results.next()).toEqual(END);
    expect(await left).toEqual(END);
    expect(await results.next()).toEqual(END);
    expect(source.closed).toBe(1);
  });

  test('whose source pulls it is not asked while it answers: nothing is lost', async () => {
    const source = new Caller();
    const results = pool[method](identity, source);
    const pulls: Promise<IteratorResult<unknown, unknown>>[] = [];
    source.call = () => void pulls.push(results.next());
    pulls.unshift(results.next());
    const given = await Promise.all([...pulls, results.next(), results.next()]);
    expect(given.map(({ value }) => value as unknown).sort()).toEqual([1, 2, 3, undefined]);
  });

  test('that is left by an item’s getter runs nothing of what was to be sent with it', async () => {
    const counts = sharedWords(6);
    let left: Promise<unknown> | undefined;
    const leaving = {
      get fn() {
        left = results.return!();
        return () => undefined; // cannot cross: the others would be sent one by one
      },
    };
    const items = [leaving as never, 1, 2, 3, 4, 5];
    const results = pool[method](count, items, { args: [counts], chunksize: items.length });
    expect(await results.next()).toEqual(END);
    expect(await left).toEqual(END);
    expect(await results.next()).toEqual(END);
    await pool.broadcast(count, [0, counts]); // behind what would have been sent
    expect([...counts]).toEqual([2, 0, 0, 0, 0, 0]);
  });

  test('that was left with an error not yet pulled has ended', async () => {
    const controller = new AbortController();
    const aborted = pool[method](identity, [1, 2], { signal: controller.signal });
    await aborted.next();
    controller.abort();
    await aborted.return!();
    expect(await aborted.next()).toEqual(END);

    const source = new Caller();
    source.call = () => {
      throw new Error('no more');
    };
    const failed = pool[method](identity, source);
    expect(await failed.next()).toEqual({ done: false, value: 1 });
    await failed.return!();
    expect(await failed.next()).toEqual(END);
  });
});
