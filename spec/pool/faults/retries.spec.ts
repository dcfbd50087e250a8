import { describe, expect, test } from '@jest/globals';
import { move, taskModule, TimeoutError } from 'granule';
import { lost, rest, threadsOf, upTo } from '../../fixtures/faults/survivors.js';
import { Gate, sharedWords } from '../../support/gate.js';
import { openPool } from '../../support/pools.js';

const items = taskModule<typeof import('../../fixtures/faults/items.js')>(
  new URL('../../fixtures/faults/items.js', import.meta.url),
);
const { spinAt } = taskModule<typeof import('../../fixtures/faults/stubborn.js')>(
  new URL('../../fixtures/faults/stubborn.js', import.meta.url),
);

/** Runs by item, where each of `victims` was run `times`. */
const runsOf = (count: number, victims: readonly number[], times: number): number[] =>
  upTo(count).map((item) => (victims.includes(item) ? times : 1));

describe('an item whose thread was lost', () => {
  test('is not run again unless the call says so', async () => {
    const pool = openPool(2);
    const runs = sharedWords(10);
    const outcomes = await pool.mapSettled(items.dieOnce, upTo(10), { args: [[2, 9], runs] });
    expect(outcomes.filter(({ status }) => status === 'rejected')).toHaveLength(2);
    expect([...runs]).toEqual(runsOf(10, [], 0));
  });

  test('is run again, and no other item is', async () => {
    const pool = openPool(2);
    const runs = sharedWords(30);
    const victims = [0, 11, 12, 29];
    const results = await pool.map(items.dieOnce, upTo(30), { retries: 1, args: [victims, runs] });
    expect(results).toEqual(upTo(30).map((item) => item * 10));
    expect([...runs]).toEqual(runsOf(30, victims, 2));
    expect((await threadsOf(pool)).size).toBe(2);
  });

  test('is given up after as many retries as were allowed, each item by itself', async () => {
    const pool = openPool(2);
    const runs = sharedWords(8);
    const outcomes = await pool.mapSettled(items.run, upTo(8), { retries: 2, args: [[1, 6], runs] });
    expect([...runs]).toEqual(runsOf(8, [1, 6], 3));
    for (const [item, outcome] of outcomes.entries()) {
      if (item !== 1 && item !== 6) expect(outcome).toEqual({ status: 'fulfilled', value: item * 10 });
      else expect(outcome).toMatchObject({ status: 'rejected', reason: { exitCode: 9 } });
    }
  });

  test('fails a map when its retries are used up', async () => {
    const pool = openPool(2);
    const runs = sharedWords(8);
    expect((await lost(pool.map(items.run, upTo(8), { retries: 1, args: [[5], runs] }))).exitCode).toBe(9);
    expect(runs[5]).toBe(2);
  });

  test('is run again of a starmap, a typed array, a range, imap and imapUnordered', async () => {
    const pool = openPool(2);
    const runs = sharedWords(20);
    const tens = upTo(20).map((item) => item * 10);
    const options = { retries: 1, args: [[3, 14], runs] };
    const again = (): void => {
      expect([...runs]).toEqual(runsOf(20, [3, 14], 2));
      runs.fill(0);
    };
    const tuples = upTo(20).map((item): [number, number[], Int32Array] => [item, [3, 14], runs]);
    expect(await pool.starmap(items.dieOnce, tuples, { retries: 1 })).toEqual(tens);
    again();
    expect([...(await pool.map(items.dieOnce, Int32Array.from(upTo(20)), options))]).toEqual(tens);
    again();
    await pool.parallelFor(items.dieOnceRange, 20, { ...options, chunksize: 1 });
    again();
    const sum = (a: number, b: number): number => a + b;
    expect(await pool.parallelReduce(items.dieOnceRange, 20, sum, { ...options, chunksize: 1 })).toBe(1900);
    again();
    expect(await rest(pool.imap(items.dieOnce, upTo(20), options))).toEqual(tens);
    again();
    const unordered = await rest(pool.imapUnordered(items.dieOnce, upTo(20), options));
    expect(unordered.sort((a, b) => a - b)).toEqual(tens);
    again();
  });

  test('is run again when it went by message, with shared memory in it', async () => {
    const pool = openPool(2);
    const runs = sharedWords(8);
    const list = upTo(8).map((item) => ({ item, runs }));
    expect(await pool.map(items.dieOnceObject, list, { retries: 1 })).toEqual(upTo(8).map((item) => item * 10));
    expect([...runs]).toEqual(new Array(8).fill(2));
  });

  test('cannot be run again when its memory was moved to the thread', async () => {
    const pool = openPool(2);
    const runs = sharedWords(3);
    const list = upTo(3).map((item) => move(Uint32Array.of(item)));
    const outcomes = await pool.mapSettled(items.runMoved, list, { retries: 5, chunksize: 1, args: [[1], runs] });
    expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    expect([...runs]).toEqual([1, 1, 1]);
  });
});

describe('an item is not run again', () => {
  test('that threw', async () => {
    const pool = openPool(2);
    const runs = sharedWords(4);
    await expect(pool.map(items.failOrRun, upTo(4), { retries: 3, args: [2, runs] })).rejects.toThrow('item 2 is bad');
    expect(runs[2]).toBe(1);
  });

  test('whose time was up', async () => {
    const pool = openPool(2);
    const runs = sharedWords(4);
    const options = { retries: 3, itemTimeout: 30, args: [[1], sharedWords(3), runs] };
    const outcomes = await pool.mapSettled(spinAt, upTo(4), options);
    expect(outcomes[1]).toMatchObject({ status: 'rejected', reason: expect.any(TimeoutError) as unknown });
    expect([...runs]).toEqual([1, 1, 1, 1]);
  });

  test('whose call was aborted before its thread ended', async () => {
    const pool = openPool(1);
    const gate = new Gate();
    const runs = sharedWords(1);
    const controller = new AbortController();
    const { signal } = controller;
    const call = pool.map(items.dieAtGate, [0], { retries: 3, signal, args: [[0], runs, gate.words] });
    await gate.arrived();
    controller.abort(new Error('enough'));
    await expect(call).rejects.toThrow('enough');
    gate.open();
    expect((await threadsOf(pool)).size).toBe(1);
    expect(pool.stats().lostThreads).toBe(1);
    expect(runs[0]).toBe(1);
  });
});
