import { describe, expect, jest, test } from '@jest/globals';
import { taskModule, TimeoutError } from 'granule';
import { rest, threadsOf, upTo } from '../../fixtures/faults/survivors.js';
import { Gate, sharedWords } from '../../support/gate.js';
import { HeldGrace } from '../../support/grace.js';
import { openPool } from '../../support/pools.js';

const stubborn = taskModule<typeof import('../../fixtures/faults/stubborn.js')>(
  new URL('../../fixtures/faults/stubborn.js', import.meta.url),
);
const { pass, passAs } = taskModule<typeof import('../../fixtures/pool/gates.js')>(
  new URL('../../fixtures/pool/gates.js', import.meta.url),
);

const { stayLater } = taskModule<typeof import('../../fixtures/pool/aborting.js')>(
  new URL('../../fixtures/pool/aborting.js', import.meta.url),
);

const timedOut = (item: number): unknown => ({
  status: 'rejected',
  reason: expect.objectContaining({
    code: 'ERR_GRANULE_TIMEOUT',
    message: expect.stringMatching(new RegExp(`\\b${item}\\b.*itemTimeout of 100 ms`)) as unknown,
  }) as unknown,
});

describe('itemTimeout of mapSettled', () => {
  test('reports the item that ignores it, and runs the others elsewhere', async () => {
    const pool = openPool(2);
    const words = sharedWords(3);
    const runs = sharedWords(20);
    const options = { itemTimeout: 100, args: [[5, 6], words, runs] };
    const outcomes = await pool.mapSettled(stubborn.spinAt, upTo(20), options);
    for (const [item, outcome] of outcomes.entries()) {
      if (item === 5 || item === 6) expect(outcome).toEqual(timedOut(item));
      else expect(outcome).toEqual({ status: 'fulfilled', value: item * 10 });
    }
    expect([...runs]).toEqual(new Array(20).fill(1));
    const threads = await threadsOf(pool);
    expect(threads.size).toBe(2);
    expect(threads).not.toContain(words[1]);
  });

  test('reports every item, where all ignore it', async () => {
    const pool = openPool(2);
    const runs = sharedWords(4);
    const options = { itemTimeout: 100, args: [upTo(4), sharedWords(3), runs] };
    const outcomes = await pool.mapSettled(stubborn.spinAt, upTo(4), options);
    expect(outcomes).toEqual(upTo(4).map(timedOut));
    expect([...runs]).toEqual([1, 1, 1, 1]);
    expect((await threadsOf(pool)).size).toBe(2);
  });

  test('counts an item once that throws when it is asked to stop', async () => {
    for (const execution of ['threads', 'inline'] as const) {
      const pool = openPool({ threads: 2, execution });
      const words = [sharedWords(3), sharedWords(2), sharedWords(2)];
      const outcomes = await pool.mapSettled(stayLater, [0, 1, 2], { itemTimeout: 100, args: words });
      expect(outcomes).toEqual([0, 1, 2].map(timedOut));
      expect(pool.stats()).toMatchObject({ completed: 0, failed: 3 });
    }
  });

  test('ends no thread whose item stops when it is asked to; the next item is not asked', async () => {
    using grace = new HeldGrace();
    const pool = openPool(1);
    const before = await threadsOf(pool);
    const runs = sharedWords(6);
    const options = { itemTimeout: 100, chunksize: 6, args: [[1, 4], sharedWords(3), runs] };
    const outcomes = await pool.mapSettled(stubborn.pollAt, upTo(6), options);
    for (const [item, outcome] of outcomes.entries()) {
      if (item === 1 || item === 4) expect(outcome).toEqual(timedOut(item));
      else expect(outcome).toEqual({ status: 'fulfilled', value: false });
    }
    expect([...runs]).toEqual([1, 1, 1, 1, 1, 1]);
    grace.pass();
    expect(await threadsOf(pool)).toEqual(before);
    expect(pool.stats().lostThreads).toBe(0);
  });

  test('reports an item whose promise never settles', async () => {
    const pool = openPool(2);
    const words = sharedWords(3);
    const outcomes = await pool.mapSettled(stubborn.neverSettleAt, upTo(8), { itemTimeout: 100, args: [[2], words] });
    for (const [item, outcome] of outcomes.entries()) {
      expect(outcome).toEqual(item === 2 ? timedOut(2) : { status: 'fulfilled', value: item * 10 });
    }
    expect(await threadsOf(pool)).not.toContain(words[1]);
  });
});

describe('itemTimeout', () => {
  test('of map fails the whole call at the first item', async () => {
    const pool = openPool(2);
    const runs = sharedWords(1000);
    const options = { itemTimeout: 100, chunksize: 1, args: [[0, 1], sharedWords(3), runs] };
    const error: unknown = await pool.map(stubborn.spinAt, upTo(1000), options).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(TimeoutError);
    expect((error as Error).message).toMatch(/[Ii]tem [01] .*itemTimeout of 100 ms/);
    // Once each at most: the second thread may not have been awake by then. And nothing is begun after it.
    expect(runs[0] + runs[1]).toBeGreaterThanOrEqual(1);
    expect([...runs].every((times, item) => times <= (item < 2 ? 1 : 0))).toBe(true);
    expect((await threadsOf(pool)).size).toBe(2);
  });

  test('of imap rejects that item in its place, and goes on', async () => {
    const pool = openPool(2);
    const runs = sharedWords(6);
    const results = pool.imap(stubborn.spinAt, upTo(6), { itemTimeout: 100, args: [[3], sharedWords(3), runs] });
    for (const item of [0, 1, 2]) expect(await results.next()).toEqual({ done: false, value: item * 10 });
    await expect(results.next()).rejects.toThrow(TimeoutError);
    expect(await rest(results)).toEqual([40, 50]);
    expect([...runs]).toEqual([1, 1, 1, 1, 1, 1]);
  });

  test('does not count the time that a call waits for a thread', async () => {
    const pool = openPool(1);
    const other = openPool(1);
    const gate = new Gate();
    const inFront = pool.apply(passAs, [0, gate.words]);
    await gate.arrived();
    const waiting = pool.apply((x: number) => x + 1, [1], { itemTimeout: 100 });
    const slow = other.apply(stubborn.spinUntilAborted, [sharedWords(3)], { itemTimeout: 200 });
    await expect(slow).rejects.toThrow(TimeoutError);
    gate.open();
    await inFront;
    expect(await waiting).toBe(2);
  });

  test('does not add up over the items of a thread', async () => {
    const limit = 60_000;
    const now = performance.now.bind(performance);
    let ahead = 0;
    jest.spyOn(performance, 'now').mockImplementation(() => now() + ahead);
    const intervals = jest.spyOn(globalThis, 'setInterval');
    try {
      const pool = openPool(1);
      /** The item that waits at the gate has been run for so long. */
      const takes = async (gate: Gate, ms: number): Promise<void> => {
        await gate.arrived();
        const sample = intervals.mock.lastCall![0] ;
        sample();
        ahead += ms;
        sample();
      };
      const gates = upTo(4).map(() => new Gate());
      const items = gates.map((gate, item): [number, Int32Array] => [item, gate.words]);
      const results = pool.starmap(pass, items, { itemTimeout: limit, chunksize: 4 });
      for (const gate of gates) {
        await takes(gate, 0.9 * limit);
        gate.open();
      }
      expect(await results).toEqual([0, 1, 2, 3]);
      const gate = new Gate();
      const late = pool.apply(pass, [4, gate.words], { itemTimeout: limit });
      void takes(gate, limit);
      await expect(late).rejects.toThrow(TimeoutError);
      gate.open();
    } finally {
      jest.restoreAllMocks();
    }
  });

  test('of one call leaves another on the same pool its time', async () => {
    const pool = openPool(2);
    const gate = new Gate();
    const patient = pool.apply(pass, ['patient', gate.words]);
    await gate.arrived();
    const hasty = pool.apply(stubborn.spin, [sharedWords(3)], { itemTimeout: 100 });
    await expect(hasty).rejects.toThrow(TimeoutError);
    gate.open();
    expect(await patient).toBe('patient');
  });
});
