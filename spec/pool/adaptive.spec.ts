/** execution: 'adaptive' gives what threads give, wherever a call runs; and runs here only what it should. */
import { threadId } from 'node:worker_threads';
import { describe, expect, test } from '@jest/globals';
import { move, SerializationError, taskModule, type Pool } from 'granule';
import { behavesAsAPool } from '../support/behaviour.js';
import { sharedWords } from '../support/gate.js';
import { everythingRunsHere } from '../support/on-caller.js';
import { openPool } from '../support/pools.js';

const { addTo, failAt, giveLater, isKept, mark, meddle, perhapsLater, spin, spinRange } = taskModule<
  typeof import('../fixtures/pool/adaptive.js')
>(new URL('../fixtures/pool/adaptive.js', import.meta.url));
const { square } = taskModule<typeof import('../fixtures/pool/arithmetic.js')>(
  new URL('../fixtures/pool/arithmetic.js', import.meta.url),
);
const { describeTask } = taskModule<typeof import('../fixtures/pool/current-task.js')>(
  new URL('../fixtures/pool/current-task.js', import.meta.url),
);
const { makeWhere } = taskModule<typeof import('../fixtures/pool/uncloneable.js')>(
  new URL('../fixtures/pool/uncloneable.js', import.meta.url),
);
const { sum } = taskModule<typeof import('../fixtures/pool/memory.js')>(
  new URL('../fixtures/pool/memory.js', import.meta.url),
);

const upTo = (n: number): number[] => Array.from({ length: n }, (_, i) => i);
const adaptive = (): Pool => openPool({ threads: 2, execution: 'adaptive' });

/** Makes the call until it ran on the caller, and gives what came of it. */
async function onCaller<R>(pool: Pool, call: () => Promise<R>): Promise<R> {
  for (;;) {
    const before = pool.stats().onCaller;
    const [outcome] = await Promise.allSettled([call()]);
    if (pool.stats().onCaller === before) continue;
    if (outcome.status === 'rejected') throw outcome.reason;
    return outcome.value;
  }
}

describe('an adaptive pool', () => {
  behavesAsAPool({ threads: 2, execution: 'adaptive' });

  test('runs a short call on the caller once it has seen that it is short', async () => {
    const pool = adaptive();
    expect(await onCaller(pool, () => pool.map(square, [1, 2, 3]))).toEqual([1, 4, 9]);
    expect(pool.stats()).toMatchObject({ queued: 0, running: 0, failed: 0 });
  });

  test('does not take a call for short because ranges of the same function are', async () => {
    const pool = adaptive();
    const ms = new Float64Array(new SharedArrayBuffer(80));
    // Many more indexes than it takes to trust the task with a call that cannot be cut.
    for (let i = 0; i < 50; i++) await onCaller(pool, () => pool.parallelFor(spinRange, 10, { args: [ms] }));
    const { onCaller: before } = pool.stats();
    expect(await pool.apply(spinRange, [0, 10, ms])).not.toBe(threadId);
    expect(pool.stats().onCaller).toBe(before);
  });

  test('takes calls of a task while its module is loaded on the caller', async () => {
    const pool = adaptive();
    const { double } = taskModule<typeof import('../fixtures/pool/slow-to-load.js')>(
      new URL('../fixtures/pool/slow-to-load.js', import.meta.url),
    );
    const results = await onCaller(pool, () => Promise.all([pool.map(double, [1, 2]), pool.map(double, [3])]));
    expect(results).toEqual([[2, 4], [6]]);
  });
});

describe('an adaptive pool that runs everything on the caller', () => {
  everythingRunsHere();
  behavesAsAPool({ threads: 2, execution: 'adaptive' });
});

describe('on the caller', () => {
  everythingRunsHere();

  test('every kind of call gives what it gives in threads', async () => {
    const pool = adaptive();
    expect(await onCaller(pool, () => pool.apply(square, [7]))).toBe(49);
    expect(await onCaller(pool, () => pool.map(square, upTo(50)))).toEqual(upTo(50).map((x) => x * x));
    expect(await onCaller(pool, () => pool.starmap((a: string, b: number) => a.repeat(b), [['ab', 2], ['c', 1]])))
      .toEqual(['abab', 'c']);
    const doubled = await onCaller(pool, () => pool.map((x: number) => x * 1.5, Int16Array.of(1, -3, 30_000)));
    expect(doubled).toEqual(Int16Array.of(1, -3, 30_000).map((x) => x * 1.5));
    expect(Object.prototype.toString.call(doubled.buffer)).toBe('[object SharedArrayBuffer]');
    const squares = async (): Promise<number[]> => {
      const seen: number[] = [];
      for await (const value of pool.imap(square, upTo(30))) seen.push(value);
      return seen;
    };
    expect(await onCaller(pool, squares)).toEqual(upTo(30).map((x) => x * x));
    const length = (start: number, stop: number): number => stop - start;
    const add = (left: number, right: number): number => left + right;
    expect(await onCaller(pool, () => pool.parallelReduce(length, { start: 5, stop: 25 }, add))).toBe(20);
  });

  test('shared memory is shared', async () => {
    const pool = adaptive();
    const words = sharedWords(1);
    let calls = 0;
    await onCaller(pool, () => pool.apply(addTo, [words, (calls++, 1)]));
    expect(words[0]).toBe(calls);
    const numbers = new Float64Array(new SharedArrayBuffer(80));
    const fill = (start: number, stop: number, all: Float64Array): void => void all.fill(stop - start, start, stop);
    await onCaller(pool, () => pool.parallelFor(fill, 10, { chunksize: 5, args: [numbers.fill(0)] }));
    expect(numbers.every((x) => x === 5)).toBe(true);
  });

  test('items, arguments and results are copies, whatever the task does to them', async () => {
    const pool = adaptive();
    const items = [{ list: [1] }, { list: [2] }];
    const shared = { list: [9] };
    const results = await onCaller(pool, () => pool.map(meddle, items, { args: [shared] }));
    expect(items).toEqual([{ list: [1] }, { list: [2] }]);
    expect(shared).toEqual({ list: [9] });
    const [first, second] = results as { was: { item: number[]; shared: number }; kept: object; item: object }[];
    expect([first.was, second.was]).toMatchObject([{ item: [1], shared: 1 }, { item: [2] }]);
    expect(first.item).not.toBe(items[0]);
    expect(first.kept).not.toBe(second.kept);
    expect(await onCaller(pool, () => pool.apply(isKept, [first.kept]))).toBe(false);
  });

  test('errors name the task and the item, and show both sides’ frames', async () => {
    const pool = adaptive();
    const failing = onCaller(pool, () => pool.map(failAt, upTo(9), { args: [4] }));
    const error = (await failing.catch((reason: unknown) => reason)) as Error;
    expect(error).toBeInstanceOf(RangeError);
    expect(error).toMatchObject({ message: 'item 4', task: { name: 'failAt', index: 4, threadId } });
    expect(error.stack).toMatch(/failAt[^]*adaptive\.spec\.js/);
    const settled = await onCaller(pool, () => pool.mapSettled(failAt, [3, 4], { args: [3] }));
    expect(settled).toMatchObject([{ status: 'rejected', reason: { message: 'item 3' } }, { status: 'fulfilled' }]);
  });

  test('what cannot cross is refused, and nothing is run', async () => {
    const pool = adaptive();
    const ran = sharedWords(1);
    await onCaller(pool, () => pool.map(mark, [{}, {}]));
    const { completed } = pool.stats();
    await expect(pool.map(mark, [{}, { fn: () => ran }])).rejects.toThrow('`items[1].fn`');
    expect(pool.stats().completed).toBe(completed);
    const made = onCaller(pool, () => pool.map(makeWhere, [1, 2, 3], { args: [2] }));
    await expect(made).rejects.toThrow('`result.handler`');
    await expect(onCaller(pool, () => pool.apply(() => Symbol()))).rejects.toBeInstanceOf(SerializationError);
  });

  test('currentTask() is the call’s, and nobody’s afterwards', async () => {
    const pool = adaptive();
    const task = await onCaller(pool, () => pool.apply(describeTask));
    expect(task).toEqual({ threadId, realThreadId: threadId, aborted: false });
  });

  test('stats() counts what failed and what did not', async () => {
    const pool = adaptive();
    await onCaller(pool, () => pool.mapSettled(failAt, upTo(6), { args: [1] }));
    const before = pool.stats();
    await pool.mapSettled(failAt, upTo(6), { args: [1] });
    const after = pool.stats();
    expect(after.onCaller - before.onCaller).toBe(6);
    expect([after.completed - before.completed, after.failed - before.failed]).toEqual([5, 1]);
    expect(after).toMatchObject({ queued: 0, running: 0, lostThreads: 0 });
  });

  test('the call returns before its progress is told, and an abort from there counts', async () => {
    const pool = adaptive();
    await onCaller(pool, () => pool.map(square, upTo(20)));
    let returned = false;
    const told: number[] = [];
    await onCaller(pool, () => {
      returned = false;
      const call = pool.map(square, upTo(20), {
        onProgress: (done) => {
          expect(returned).toBe(true);
          told.push(done);
        },
      });
      returned = true;
      return call;
    });
    expect(told.at(-1)).toBe(20);
    const aborted = onCaller(pool, () => {
      const controller = new AbortController();
      return pool.map(square, upTo(20), { signal: controller.signal, onProgress: () => controller.abort('enough') });
    });
    await expect(aborted).rejects.toBe('enough');
    const thrown = onCaller(pool, () =>
      pool.map(square, upTo(20), {
        onProgress: () => {
          throw new Error('no progress');
        },
      }),
    );
    await expect(thrown).rejects.toThrow('no progress');
  });

  test('an item that turns out to be async is awaited, and the threads get the rest', async () => {
    const pool = adaptive();
    await onCaller(pool, () => pool.map(perhapsLater, upTo(6), { args: [-1] }));
    const ids = (await pool.map(perhapsLater, upTo(6), { args: [2] })) as number[];
    expect(ids.slice(0, 3)).toEqual([threadId, threadId, threadId]);
    expect(ids.slice(3)).not.toContain(threadId);
    expect(ids).toHaveLength(6);
  });

  test('the event loop turns, also for a program that awaits call after call', async () => {
    const pool = adaptive();
    let turned = false;
    await onCaller(pool, () => pool.apply(spin, [0]));
    setImmediate(() => (turned = true));
    while (!turned) await pool.apply(spin, [0.001]);
  });

  test('a closed pool waits for what runs here, and a terminated one rejects it', async () => {
    const closed = adaptive();
    await onCaller(closed, () => closed.apply(square, [2]));
    const calls = upTo(20).map((x) => closed.apply(square, [x]));
    closed.close();
    await closed.join();
    expect(await Promise.all(calls)).toEqual(upTo(20).map((x) => x * x));
    const ended = adaptive();
    await onCaller(ended, () => ended.apply(square, [2]));
    const doomed = ended.apply(square, [3]);
    const over = ended.terminate();
    await expect(doomed).rejects.toMatchObject({ code: 'ERR_GRANULE_POOL_CLOSED' });
    await over;
  });
});

describe('never on the caller, though it would be cheap there:', () => {
  everythingRunsHere();

  /** Where a task that could run here did so, for many calls. */
  async function staysAway(pool: Pool, call: () => Promise<unknown>): Promise<void> {
    const before = pool.stats().onCaller;
    for (let i = 0; i < 20; i++) await call();
    expect(pool.stats().onCaller).toBe(before);
  }

  test('an unknown task', async () => {
    const pool = adaptive();
    const [first] = await pool.map(mark, [1]);
    expect(first.threadId).not.toBe(threadId);
  });

  test('anything in a pool of threads, in one with an initializer, or after a broadcast', async () => {
    const threads = openPool(2);
    await staysAway(threads, () => threads.map(square, [1, 2, 3]));
    const initialized = openPool({ threads: 2, execution: 'adaptive', initializer: () => undefined });
    await staysAway(initialized, () => initialized.map(square, [1, 2, 3]));
    const pool = adaptive();
    await pool.ready();
    await onCaller(pool, () => pool.map(square, [1, 2, 3]));
    await pool.broadcast(square, [1]);
    await staysAway(pool, () => pool.map(square, [1, 2, 3]));
  });

  test('items with a time limit, and what is moved', async () => {
    const pool = adaptive();
    await onCaller(pool, () => pool.map(square, [1, 2, 3]));
    await staysAway(pool, () => pool.map(square, [1, 2, 3], { itemTimeout: 60_000 }));
    await onCaller(pool, () => pool.apply(sum, [[1, 2, 3]]));
    await staysAway(pool, async () => {
      const bytes = Uint8Array.of(1, 2, 3);
      expect(await pool.apply(sum, [move(bytes)])).toBe(6);
      expect(bytes).toHaveLength(0);
    });
  });
});

describe('a call that waits for an item on the caller', () => {
  everythingRunsHere();

  test.each([
    ['numbers', [1, 2, 3, 4]],
    ['objects', [{ x: 1 }, { x: 2 }, { x: 3 }, { x: 4 }]],
    ['a typed array', Float64Array.of(1, 2, 3, 4)],
    ['lists of arguments', [[1, { later: 2 }], [2, { later: 2 }], [3, { later: 2 }], [4, { later: 2 }]]],
  ])('gives the threads what it was called with: %s', async (_name, items) => {
    const pool = adaptive();
    const args = [{ later: 2 }];
    const isSpread = Array.isArray(items[0]);
    const call = (): Promise<unknown> =>
      isSpread ? pool.starmap(giveLater, items as never) : pool.map(giveLater as never, items as never, { args });
    await onCaller(pool, call);
    const expected = isSpread ? [1, 2, 3, 4] : structuredClone(items);
    const { onCaller: before } = pool.stats();
    const results = call();
    for (const item of items) if (typeof item === 'object') Object.assign(item, { x: 0, 0: 0 });
    (items as unknown[]).fill(0);
    args[0].later = 3;
    expect(await results).toEqual(expected);
    expect(pool.stats().onCaller).toBe(before + 2);
  });
});

describe('a call that takes too long on the caller', () => {
  everythingRunsHere({ limitNs: 200_000 });
  const dear = upTo(20).fill(1);

  test('goes on in threads, its results in order', async () => {
    const pool = adaptive();
    const ids = await onCaller(pool, () => pool.map(spin, dear));
    expect(ids).toHaveLength(20);
    expect(ids[0]).toBe(threadId);
    expect(ids.slice(1)).not.toContain(threadId);
    const typed = await pool.map(spin, Float64Array.from(dear));
    expect([typed.length, typed[0] === threadId, typed.lastIndexOf(threadId)]).toEqual([20, true, 0]);
  });

  test('is cut between ranges', async () => {
    const pool = adaptive();
    const cost = new Float64Array(new SharedArrayBuffer(8 * 20)).fill(1);
    const list = (left: number | number[], right: number | number[]): number[] => [left, right].flat();
    const run = (): Promise<number | number[]> =>
      pool.parallelReduce<number | number[]>(spinRange as never, 20, list, { chunksize: 5, args: [cost] });
    const ids = (await onCaller(pool, run)) as number[];
    expect(ids).toHaveLength(4);
    expect(ids[0]).toBe(threadId);
    expect(ids.slice(1)).not.toContain(threadId);
  });

  test('names failed items by their place in the whole call', async () => {
    const pool = adaptive();
    const fail = (item: number): void => {
      for (const end = performance.now() + 1; performance.now() < end; );
      if (item === 7) throw new RangeError('seven');
    };
    await onCaller(pool, () => pool.map(fail, [1]));
    await expect(pool.map(fail, upTo(9))).rejects.toMatchObject({ message: 'seven', task: { index: 7 } });
    const settled = await pool.mapSettled(fail, upTo(9));
    expect(settled.map(({ status }) => status).indexOf('rejected')).toBe(7);
    const { completed, failed, onCaller: here } = pool.stats();
    expect([completed > here, failed > 0]).toEqual([true, true]);
  });

  test('tells its progress in order, and stops where it is aborted', async () => {
    const pool = adaptive();
    const told: number[] = [];
    await onCaller(pool, () => {
      told.length = 0;
      return pool.map(spin, dear, { onProgress: (done) => told.push(done) });
    });
    expect(told[0]).toBe(1);
    expect(told.at(-1)).toBe(20);
    expect(told).toEqual([...told].sort((a, b) => a - b));
    const controller = new AbortController();
    const aborted = pool.map(spin, dear, { signal: controller.signal, onProgress: () => controller.abort('enough') });
    await expect(aborted).rejects.toBe('enough');
  });
});
