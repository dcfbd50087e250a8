import { describe, expect, test } from '@jest/globals';
import { Pool, taskModule } from 'granule';
import { Gate, reaches, sharedWords } from '../support/gate.js';
import { HeldGrace } from '../support/grace.js';
import { holdThread, openPool } from '../support/pools.js';

const { square, identity } = taskModule<typeof import('../fixtures/pool/arithmetic.js')>(
  new URL('../fixtures/pool/arithmetic.js', import.meta.url),
);
const { here } = taskModule<typeof import('../fixtures/pool/counting.js')>(
  new URL('../fixtures/pool/counting.js', import.meta.url),
);
const { passAs, untilAborted } = taskModule<typeof import('../fixtures/pool/gates.js')>(
  new URL('../fixtures/pool/gates.js', import.meta.url),
);
const { setLevel, setLevelLater, state, failToStart, failOnFirst } = taskModule<
  typeof import('../fixtures/pool/state.js')
>(new URL('../fixtures/pool/state.js', import.meta.url));

describe('broadcast', () => {
  test('runs once on every thread, and gives the results by thread', async () => {
    const pool = openPool(3);
    const ids = await pool.broadcast(here);
    expect(new Set(ids).size).toBe(3);
    expect(await pool.broadcast(here)).toEqual(ids);
    expect(await pool.broadcast(identity, [{ level: 'debug' }])).toEqual(ids.map(() => ({ level: 'debug' })));
  });

  test('sets what threads remember', async () => {
    const pool = openPool(2);
    await pool.broadcast(setLevel, ['debug']);
    const states = await pool.map(state, Array.from({ length: 20 }, (_, i) => i) as never[], { chunksize: 1 });
    expect(states.every(({ level }) => level === 'debug')).toBe(true);
    expect((await pool.broadcast(state)).map(({ calls }) => calls)).toEqual([1, 1]);
  });

  test('waits for a thread that is busy, not for one after the other', async () => {
    const pool = openPool(2);
    await pool.ready();
    const counts = sharedWords(1);
    const { gate, running } = await holdThread(pool);
    const all = pool.broadcast(setLevel, ['x', counts]);
    await reaches(counts, 0, 1); // on the free thread
    expect(counts[0]).toBe(1);
    gate.open();
    await Promise.all([running, all]);
    expect(counts[0]).toBe(2);
  });

  test('reaches every thread though all are in the midst of a long map', async () => {
    const pool = openPool(2);
    const gate = new Gate();
    const applied = new Gate();
    // Items from 1000 on wait for the broadcast: it would never come if it had to wait for the map.
    const task = (item: number, arrived: Int32Array, open: Int32Array): number => {
      if (item < 2) {
        Atomics.add(arrived, 0, 1);
        Atomics.notify(arrived, 0);
        Atomics.wait(arrived, 1, 0);
      }
      if (item >= 1_000) Atomics.wait(open, 1, 0);
      return item;
    };
    const items = Array.from({ length: 2_000 }, (_, i) => i);
    const map = pool.map(task, items, { chunksize: 1, args: [gate.words, applied.words] });
    await gate.arrived(2);
    const all = pool.broadcast(here);
    gate.open();
    expect(new Set(await all).size).toBe(2);
    applied.open();
    expect(await map).toEqual(items);
  });

  test('rejects with the error of a thread on which it fails', async () => {
    const pool = openPool(2);
    await expect(pool.broadcast(failOnFirst, [sharedWords(1)])).rejects.toMatchObject({
      name: 'RangeError',
      message: expect.stringMatching(/came first/) as unknown,
      task: { name: 'failOnFirst', index: undefined },
    });
    expect(await pool.map(square, [2])).toEqual([4]);
    expect(new Set(await pool.broadcast(here)).size).toBe(2);
  });

  test('aborted while it waits for a busy thread, it does not run there later', async () => {
    const pool = openPool(2);
    await pool.ready();
    const counts = sharedWords(1);
    const { gate, running } = await holdThread(pool);
    const controller = new AbortController();
    const all = pool.broadcast(setLevel, ['x', counts], { signal: controller.signal });
    await reaches(counts, 0, 1);
    controller.abort(new Error('never mind'));
    await expect(all).rejects.toThrow('never mind');
    gate.open();
    await running;
    await pool.broadcast(square, [1]);
    expect(counts[0]).toBe(1);
  });

  test('sees the abort on every thread where it runs', async () => {
    using _grace = new HeldGrace();
    const pool = openPool(2);
    const [gate, seen] = [new Gate(), new Gate()];
    const all = pool.broadcast(untilAborted, [0, gate.words, seen.words], { timeout: 200 });
    await expect(all).rejects.toMatchObject({ code: 'ERR_GRANULE_TIMEOUT' });
    await seen.arrived(gate.arrivals);
    expect(pool.stats().lostThreads).toBe(0);
  });

  test('arguments that are no array are a TypeError', async () => {
    const pool = openPool(1);
    await expect(pool.broadcast(square, 5 as never)).rejects.toMatchObject({ name: 'TypeError' });
  });

  test('of an inline pool runs once, on the caller', async () => {
    const pool = openPool({ execution: 'inline' });
    expect(await pool.broadcast(here)).toEqual([0]);
  });
});

describe('initializer', () => {
  test('runs once in every thread, with `initargs`, before its first task', async () => {
    const counts = sharedWords(1);
    const pool = openPool({ threads: 2, initializer: setLevel, initargs: ['info', counts] });
    const states = await pool.map(state, Array.from({ length: 50 }, (_, i) => i) as never[], { chunksize: 1 });
    expect(states.every(({ level, calls }) => level === 'info' && calls === 1)).toBe(true);
    await pool.ready();
    expect(counts[0]).toBe(2);
    await pool.broadcast(square, [1]);
    expect(counts[0]).toBe(2);
  });

  test('that is async is awaited', async () => {
    const pool = openPool({ threads: 2, initializer: setLevelLater, initargs: ['late'] });
    expect((await pool.broadcast(state)).map(({ level }) => level)).toEqual(['late', 'late']);
  });

  test('may be a function sent as source', async () => {
    const initializer = (value: number): void => {
      (globalThis as { setUp?: number }).setUp = value;
    };
    const pool = openPool({ threads: 2, initializer, initargs: [7] });
    expect(await pool.broadcast(() => (globalThis as { setUp?: number }).setUp)).toEqual([7, 7]);
  });

  test('that fails rejects ready() and every task with its error, again and again', async () => {
    const pool = openPool({ threads: 2, initializer: failToStart, initargs: ['no database'] });
    const failure = { name: 'RangeError', message: 'no database', code: 'E_START' };
    await expect(pool.ready()).rejects.toMatchObject(failure);
    await expect(pool.apply(square, [2])).rejects.toMatchObject(failure);
    await expect(pool.map(square, [1, 2, 3])).rejects.toMatchObject(failure);
    await expect(pool.mapSettled(square, [1, 2, 3])).rejects.toMatchObject(failure);
    await expect(pool.imap(square, [1]).next()).rejects.toMatchObject(failure);
    await expect(pool.parallelFor(square as never, 10)).rejects.toMatchObject(failure);
    await expect(pool.broadcast(square, [1])).rejects.toMatchObject(failure);
    expect(pool.stats().lostThreads).toBe(0);
  });

  test('that does not load rejects with the module’s own error', async () => {
    const { missing } = taskModule<{ missing(): void }>(new URL('../fixtures/pool/state.js', import.meta.url));
    const pool = openPool({ threads: 1, initializer: missing });
    await expect(pool.apply(square, [2])).rejects.toThrow(/no export 'missing'/);
    await expect(pool.ready()).rejects.toThrow(/no export 'missing'/);
  });

  test('that closes over a variable says which', async () => {
    const url = 'postgres:';
    const pool = openPool({ threads: 1, initializer: () => void url.length });
    await expect(pool.ready()).rejects.toThrow(/url is not defined: .*cannot close over/);
  });

  test('that is no task, or whose arguments cannot cross, is refused by the constructor', () => {
    expect(() => new Pool({ threads: 1, initializer: 5 as never })).toThrow(TypeError);
    expect(() => new Pool({ threads: 1, initializer: Math.max })).toThrow(/`initializer`.*native/);
    expect(() => new Pool({ threads: 1, initializer: setLevel, initargs: [{ log: () => undefined }] })).toThrow(
      expect.objectContaining({
        code: 'ERR_GRANULE_SERIALIZATION',
        message: expect.stringContaining('`initargs[0].log`') as unknown,
      }),
    );
  });

  test('runs under execution inline too, once', async () => {
    const counts = sharedWords(1);
    const pool = openPool({ execution: 'inline', initializer: setLevel, initargs: ['inline', counts] });
    expect((await pool.apply(state)).level).toBe('inline');
    await pool.apply(state);
    expect(counts[0]).toBe(1);
  });
});

describe('ready()', () => {
  test('resolves when every thread has started: each then takes its part at once', async () => {
    const pool = openPool(3);
    await pool.ready();
    const gate = new Gate();
    const calls = [1, 2, 3].map(() => pool.apply(passAs, [0, gate.words]));
    await gate.arrived(3);
    gate.open();
    expect(new Set(await Promise.all(calls)).size).toBe(3);
  });

  test('may be called again, and together with tasks', async () => {
    const pool = openPool(2);
    const [, squares] = await Promise.all([pool.ready(), pool.map(square, [1, 2]), pool.ready()]);
    expect(squares).toEqual([1, 4]);
    expect(await pool.ready()).toBeUndefined();
  });

  test('of a closed pool rejects', async () => {
    const pool = openPool(1);
    pool.close();
    await expect(pool.ready()).rejects.toMatchObject({ code: 'ERR_GRANULE_POOL_CLOSED' });
  });
});
