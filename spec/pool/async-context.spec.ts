/** AsyncLocalStorage: what a caller's functions see in it, whoever woke the pool. */
import { describe, expect, test } from '@jest/globals';
import { AsyncLocalStorage } from 'node:async_hooks';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { openPool } from '../support/pools.js';

const storage = new AsyncLocalStorage<string>();
const square = (x: number): number => x * x;
const fail = (): never => {
  throw new Error('no');
};
const items = [1, 2, 3, 4, 5, 6, 7, 8];

describe.each(['threads', 'inline', 'adaptive'] as const)('under %s the context of a call', (execution) => {
  test('is there after it, also when another call woke the pool', async () => {
    const pool = openPool({ threads: 2, execution });
    const seen = await Promise.all(
      ['a', 'b', 'c'].map((name) =>
        storage.run(name, async () => {
          await pool.map(square, items);
          const after = storage.getStore();
          await pool.apply(fail).catch(() => undefined);
          return [after, storage.getStore()];
        }),
      ),
    );
    expect(seen).toEqual([['a', 'a'], ['b', 'b'], ['c', 'c']]);
  });

  test('is that of callback and errorCallback', async () => {
    const pool = openPool({ threads: 2, execution });
    const seen: (string | undefined)[] = [];
    const note = (): void => void seen.push(storage.getStore());
    for (const name of ['a', 'b']) {
      await storage.run(name, () => pool.mapAsync(square, items, { callback: note }).wait());
      await storage.run(name, () => pool.applyAsync(fail, [], { errorCallback: note }).wait());
    }
    expect(seen).toEqual(['a', 'a', 'b', 'b']);
  });

  test('is that of onProgress', async () => {
    const pool = openPool({ threads: 2, execution });
    const seen = new Map<string, Set<string | undefined>>();
    await Promise.all(
      ['a', 'b', 'c'].map((name) => {
        const stores = new Set<string | undefined>();
        seen.set(name, stores);
        const onProgress = (): void => void stores.add(storage.getStore());
        return storage.run(name, async () => {
          await pool.map(square, items, { chunksize: 1, onProgress });
          for await (const value of pool.imap(square, items, { onProgress })) void value;
        });
      }),
    );
    for (const [name, stores] of seen) expect([...stores]).toEqual([name]);
  });

  test('is that of an imap’s source and of what consumes it', async () => {
    const pool = openPool({ threads: 2, execution });
    const inSource = new Set<string | undefined>();
    const inLoop = new Set<string | undefined>();
    const source = function* (): Generator<number> {
      for (const item of items) {
        inSource.add(storage.getStore());
        yield item;
      }
    };
    const others = storage.run('other', () => pool.map(square, items));
    await storage.run('a', async () => {
      for await (const value of pool.imap(square, source(), { chunksize: 1, bufferSize: 2 })) {
        inLoop.add(storage.getStore());
        void value;
      }
    });
    await others;
    expect([[...inSource], [...inLoop]]).toEqual([['a'], ['a']]);
  });

  test('is that of an imap’s source whoever pulls it, from its start to its end', async () => {
    const pool = openPool({ threads: 2, execution });
    const seen = new Set<string | undefined>();
    const note = (): void => void seen.add(storage.getStore());
    const source = function* (): Generator<number> {
      try {
        for (let n = 0; ; n++) {
          note();
          yield n;
        }
      } finally {
        note();
      }
    };
    const options = { chunksize: 1, bufferSize: 2, onProgress: note };
    const squares = storage.run('a', () => pool.imap(square, source(), options));
    const pulled: unknown[] = [];
    for (let pulls = 0; pulls < items.length; pulls++) {
      await storage.run('b', async () => {
        pulled.push((await squares.next()).value, storage.getStore());
      });
    }
    await storage.run('b', () => squares.return!());
    expect([...seen]).toEqual(['a']);
    expect(pulled).toEqual(items.flatMap((_, n) => [n * n, 'b']));
  });

  test('is that of granule:call:end', async () => {
    const pool = openPool({ threads: 2, execution, name: `context ${execution}` });
    const seen: (string | undefined)[] = [];
    const note = (event: unknown): void => {
      if ((event as { pool: string }).pool === `context ${execution}`) seen.push(storage.getStore());
    };
    subscribe('granule:call:end', note);
    try {
      await Promise.all(['a', 'b'].map((name) => storage.run(name, () => pool.map(square, items))));
      await storage.run('c', () => pool.apply(square, [1]));
    } finally {
      unsubscribe('granule:call:end', note);
    }
    expect(seen.sort()).toEqual(['a', 'b', 'c']);
  });
});
