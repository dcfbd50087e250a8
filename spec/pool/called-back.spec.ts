/** What a call calls, as it is made or goes on, may call the pool: a getter of an item, a subscriber, onProgress. */
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { afterEach, describe, expect, test } from '@jest/globals';
import { taskModule, type Pool } from 'granule';
import { sharedWords } from '../support/gate.js';
import { openPool } from '../support/pools.js';

const { identity } = taskModule<typeof import('../fixtures/pool/arithmetic.js')>(
  new URL('../fixtures/pool/arithmetic.js', import.meta.url),
);
const { stay } = taskModule<typeof import('../fixtures/pool/aborting.js')>(
  new URL('../fixtures/pool/aborting.js', import.meta.url),
);

const EXECUTIONS = ['threads', 'adaptive', 'inline'] as const;
const CLOSED = { code: 'ERR_GRANULE_POOL_CLOSED' };

/** An item whose property is read as the call encodes it. */
const reading = (read: () => unknown): unknown => Object.defineProperty({}, 'x', { enumerable: true, get: read });

let hear: (() => void) | undefined;
const heard = (): void => hear?.();
afterEach(() => {
  unsubscribe('granule:call:start', heard);
});

describe.each(EXECUTIONS)('under execution %s', (execution) => {
  const open = (threads = 2): Pool => openPool({ threads, execution });
  /** Tasks that end only when their call is aborted. */
  const endless = (pool: Pool, items: unknown[]): Promise<unknown> => {
    const args = [sharedWords(8), sharedWords(2), sharedWords(2)];
    return pool.mapSettled<unknown, unknown>(stay as never, items, { chunksize: 1, args });
  };

  test('an item that ends the pool as it is read ends the call as well', async () => {
    const pool = open();
    let ended: Promise<void> | undefined;
    const call = endless(pool, [1, 2, 3, reading(() => void (ended = pool.terminate())), 4]);
    await expect(call).rejects.toMatchObject(CLOSED);
    await ended;
    expect(pool.stats()).toMatchObject({ queued: 0, running: 0 });
  });

  test('so does who is told of its start', async () => {
    const pool = open();
    let ended: Promise<void> | undefined;
    hear = () => void (ended ??= pool.terminate());
    subscribe('granule:call:start', heard);
    await expect(endless(pool, [1, 2, 3])).rejects.toMatchObject(CLOSED);
    await ended;
    expect(pool.stats()).toMatchObject({ queued: 0, running: 0 });
  });

  test('join() from an item does not wait for a call that was refused', async () => {
    const pool = open();
    let joined: Promise<void> | undefined;
    const item = reading(() => {
      pool.close();
      joined = pool.join();
      throw new Error('not this');
    });
    await expect(pool.map(identity, [item])).rejects.toThrow('not this');
    await joined;
  });

  test('a broadcast that is refused for its second thread runs on none', async () => {
    const pool = open(3);
    let reads = 0;
    const argument = reading(() => {
      if (reads++ > 0) throw new Error('once only');
      return 1;
    });
    if (execution === 'inline') return; // one thread
    await expect(pool.broadcast(identity, [argument])).rejects.toThrow('once only');
    expect(pool.stats()).toMatchObject({ queued: 0, running: 0 });
  });

  test.each([
    ['numbers', [1, 2, 3]],
    ['what only messages carry', [1, 2, 3].map(() => sharedWords(1))],
  ])('an onProgress that throws rejects its call, and the pool goes on: %s', async (_name, items) => {
    const pool = open();
    const onProgress = (): void => {
      throw new RangeError('no progress');
    };
    const call = pool.map<unknown, unknown>(identity, items, { onProgress, chunksize: 1 });
    await expect(call).rejects.toThrow('no progress');
    expect(await pool.map(identity, [4])).toEqual([4]);
    pool.close();
    await pool.join();
  });
});
