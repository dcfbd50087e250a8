/** execution: 'inline' gives what threads give: one suite, run on both; and what is its own. */
import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, test } from '@jest/globals';
import { currentTask, Pool, PoolClosedError, taskModule } from 'granule';
import { behavesAsAPool } from '../support/behaviour.js';
import { Gate, reaches, sharedWords } from '../support/gate.js';
import { openPool } from '../support/pools.js';
import { threads } from '../support/threads.js';

const { square } = taskModule<typeof import('../fixtures/pool/arithmetic.js')>(
  new URL('../fixtures/pool/arithmetic.js', import.meta.url),
);

const { passAsync } = taskModule<typeof import('../fixtures/pool/gates.js')>(
  new URL('../fixtures/pool/gates.js', import.meta.url),
);
const { stayLater } = taskModule<typeof import('../fixtures/pool/aborting.js')>(
  new URL('../fixtures/pool/aborting.js', import.meta.url),
);

describe('a pool of threads', () => {
  behavesAsAPool({ threads: 2 });
});

describe('an inline pool', () => {
  behavesAsAPool({ execution: 'inline' });
});

describe('inline', () => {
  test('starts no thread, and runs on the caller', async () => {
    const pool = openPool({ execution: 'inline', threads: 4 });
    expect(await pool.apply(() => process.pid)).toBe(process.pid);
    const { here } = taskModule<typeof import('../fixtures/pool/counting.js')>(
      new URL('../fixtures/pool/counting.js', import.meta.url),
    );
    expect(await pool.map(here, [1, 2] as never[])).toEqual([0, 0]);
    expect(threads()).toBe(0);
    expect(pool.stats()).toMatchObject({ completed: 3, onCaller: 3 });
  });

  test('cuts ranges as that many threads would, so that sums repeat to the last bit', async () => {
    const sum = (start: number, stop: number): number => {
      let total = 0;
      for (let i = start; i < stop; i++) total += Math.sin(i) * 10 ** (i % 13);
      return total;
    };
    const add = (left: number, right: number): number => left + right;
    const [here, there, fewer] = [{ execution: 'inline' }, {}, { threads: 1 }].map((more) =>
      openPool({ threads: 3, ...(more as object) }).parallelReduce(sum, 5_000, add),
    );
    expect(await here).toBe(await there);
    expect(await here).not.toBe(await fewer);
  });

  test('returns before it runs, one call after the other', async () => {
    const pool = openPool({ execution: 'inline' });
    const mark = (name: string): void => {
      ((globalThis as { marks?: string[] }).marks ??= []).push(name);
    };
    const marks = (): string[] => (globalThis as { marks?: string[] }).marks ?? [];
    const calls = [pool.apply(mark, ['a']), pool.apply(mark, ['b']), pool.apply(marks)];
    expect((await pool.apply(marks)).length).toBe(2);
    await Promise.all(calls);
  });

  test('lets the event loop turn during a long map', async () => {
    const pool = openPool({ execution: 'inline' });
    const slow = (): void => {
      for (const end = performance.now() + 1; performance.now() < end; );
    };
    let turns = 0;
    let over = false;
    const map = pool.map(slow, Array.from({ length: 100 })).then(() => (over = true));
    while (!over) {
      await turn();
      turns++;
    }
    await map;
    expect(turns).toBeGreaterThan(3);
  });

  test('keeps currentTask() to the task', async () => {
    const pool = openPool({ execution: 'inline' });
    const call = pool.apply(async () => {
      await new Promise((resolve) => setImmediate(resolve));
    });
    expect(currentTask()).toBeUndefined();
    await call;
    expect(currentTask()).toBeUndefined();
  });

  test('runs one task at a time, async ones included', async () => {
    const pool = openPool({ execution: 'inline' });
    const task = async (): Promise<number> => {
      const state = globalThis as { inside?: number; most?: number };
      state.inside = (state.inside ?? 0) + 1;
      state.most = Math.max(state.most ?? 0, state.inside);
      await new Promise((resolve) => setImmediate(resolve));
      state.inside--;
      return state.most;
    };
    expect(await Promise.all([pool.map(task, [1, 2]), pool.apply(task), pool.apply(task)])).toEqual([[1, 1], 1, 1]);
  });

  test('closes, joins and terminates as any other', async () => {
    const closed = new Pool({ execution: 'inline' });
    const call = closed.map(square, [1, 2]);
    closed.close();
    await closed.join();
    expect(await call).toEqual([1, 4]);
    await expect(closed.apply(square, [1])).rejects.toBeInstanceOf(PoolClosedError);
    const ended = new Pool({ execution: 'inline' });
    const doomed = ended.map(async () => new Promise(() => undefined), [1]);
    const waiting = ended.apply(square, [1]);
    await turn();
    const all = Promise.allSettled([doomed, waiting]);
    // A task that never ends is not waited for.
    await ended.terminate();
    await ended.join();
    expect(ended.stats()).toMatchObject({ queued: 0, running: 0 });
    for (const result of await all) expect(result).toMatchObject({ status: 'rejected' });
  });

  test('maxQueue bounds what waits', async () => {
    const pool = openPool({ execution: 'inline', maxQueue: 1 });
    const results = await Promise.allSettled([1, 2, 3, 4].map((x) => pool.apply(square, [x])));
    expect(results.filter(({ status }) => status === 'rejected').length).toBeGreaterThan(0);
    expect(results[0]).toEqual({ status: 'fulfilled', value: 1 });
    for (const result of results) {
      if (result.status === 'rejected') expect(result.reason).toMatchObject({ code: 'ERR_GRANULE_QUEUE_FULL' });
    }
  });

  test('its items are those that it was called with', async () => {
    const pool = openPool({ execution: 'inline' });
    const items = [1, 2, 3];
    const bytes = Buffer.from(items);
    const results = [pool.map(square, items), pool.map(square, bytes)];
    items.length = 1;
    bytes.fill(0);
    expect(await Promise.all(results)).toEqual([[1, 4, 9], Uint8Array.of(1, 4, 9)]);
  });

  test('gives up a task that does not end when its call is aborted: the next one runs, and the pool ends', async () => {
    const pool = openPool({ execution: 'inline' });
    const never = (): Promise<never> => new Promise(() => undefined);
    await expect(pool.apply(never, [], { timeout: 1 })).rejects.toMatchObject({ code: 'ERR_GRANULE_TIMEOUT' });
    expect(await pool.apply(square, [3])).toBe(9);
    await expect(pool.apply(never, [], { timeout: 1 })).rejects.toMatchObject({ code: 'ERR_GRANULE_TIMEOUT' });
    pool.close();
    await pool.join();
  });

  test('a task sees that its call was aborted, with a time limit of its own or without', async () => {
    const pool = openPool({ execution: 'inline' });
    for (const options of [{}, { itemTimeout: 100_000 }]) {
      const words = sharedWords(6);
      const [counts, at, seen] = [words.subarray(0, 2), words.subarray(2, 4), words.subarray(4, 6)];
      const controller = new AbortController();
      const call = pool.map(stayLater, [0, 1], { ...options, args: [counts, at, seen], signal: controller.signal });
      await reaches(at, 0, 1);
      controller.abort('enough');
      await expect(call).rejects.toBe('enough');
      await reaches(seen, 0, 1);
      expect([...counts]).toEqual([1, 0]);
    }
  });

  test('nobody is told of progress after an abort', async () => {
    const pool = openPool({ execution: 'inline' });
    const gate = new Gate();
    const controller = new AbortController();
    const told: number[] = [];
    const options = { args: [gate.words], signal: controller.signal, onProgress: (done: number) => told.push(done) };
    const call = pool.map(passAsync, [1, 2], options);
    await gate.arrived();
    controller.abort('enough');
    await expect(call).rejects.toBe('enough');
    gate.open();
    expect(await pool.apply(square, [3])).toBe(9);
    expect(told).toEqual([]);
  });

  test('runs one call at a time, also where the first was aborted before it began', async () => {
    const pool = openPool({ execution: 'inline' });
    const gate = new Gate();
    const controller = new AbortController();
    const first = pool.apply(square, [1], { signal: controller.signal });
    controller.abort('enough');
    const second = pool.apply(passAsync, [2, gate.words]);
    await expect(first).rejects.toBe('enough');
    await gate.arrived();
    const third = pool.apply(square, [3]);
    await turn();
    await turn();
    expect(pool.stats()).toMatchObject({ running: 1, queued: 1, completed: 0 });
    gate.open();
    expect(await Promise.all([second, third])).toEqual([2, 9]);
  });

  test('an initializer that fails rejects every call with its error', async () => {
    const initializer = (): never => {
      throw new RangeError('no database');
    };
    const pool = openPool({ execution: 'inline', initializer });
    await expect(pool.ready()).rejects.toThrow('no database');
    await expect(pool.apply(square, [1])).rejects.toThrow('no database');
  });
});
