/** Arrays of a megabyte as arguments, items and results: copies, in memory of their own, whatever way they go. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Pool, taskModule } from 'granule';
import { sharedWords } from '../support/gate.js';

const { identity } = taskModule<typeof import('../fixtures/pool/arithmetic.js')>(
  new URL('../fixtures/pool/arithmetic.js', import.meta.url),
);
const { ownNumbers } = taskModule<typeof import('../fixtures/pool/memory.js')>(
  new URL('../fixtures/pool/memory.js', import.meta.url),
);

const MEGABYTE = 1 << 20;
const filled = (value: number): Float64Array<ArrayBuffer> => new Float64Array(MEGABYTE / 8).fill(value);

describe.each(['threads', 'inline', 'adaptive'] as const)('under execution: %s', (execution) => {
  let pool: Pool;
  beforeAll(() => {
    pool = new Pool({ threads: 2, execution });
  });
  afterAll(() => pool.terminate());

  test('an argument arrives as it was when the call was made, and stays the caller’s', async () => {
    const array = filled(1);
    const sum = pool.apply((numbers: Float64Array) => numbers.reduce((left, right) => left + right), [array]);
    array.fill(2);
    expect(await sum).toBe(MEGABYTE / 8);
    expect(array.length).toBe(MEGABYTE / 8);
  });

  test('one array that is passed twice arrives as one', async () => {
    const array = filled(1);
    const same = (left: { array: Float64Array }[], [right]: Float64Array[]): boolean => left[0].array === right;
    const args = [[{ array }], [array]] as const;
    const one = { args };
    expect(await pool.apply((both: typeof one) => both.args[0][0].array === both.args[1][0], [one])).toBe(true);
    expect(await pool.apply(same, [[{ array }], [array]])).toBe(true);
  });

  test('what a task keeps and gives again and again stays with it', async () => {
    const results = await pool.map(ownNumbers, [1, 2, 3, 4, 5, 6], { chunksize: 1 });
    for (const result of results) {
      expect(result.length).toBe(MEGABYTE / 8);
      expect(result[0]).toBe(7);
      result.fill(0);
    }
    expect((await pool.apply(ownNumbers, [0]))[0]).toBe(7);
  });

  test('results of all forms come back as they are', async () => {
    const shared = sharedWords(4);
    const sent = {
      views: [filled(1), filled(2).subarray(10), new DataView(filled(3).buffer, 8)],
      bytes: Buffer.alloc(MEGABYTE, 'granule'),
      text: 'x'.repeat(MEGABYTE),
      shared,
    };
    const back = (await pool.apply(identity, [sent])) as typeof sent;
    expect(back.views).toStrictEqual([filled(1), filled(2).slice(10), new DataView(filled(3).buffer.slice(8))]);
    expect(Buffer.isBuffer(back.bytes) && back.bytes.equals(sent.bytes)).toBe(true);
    expect(back.text).toBe(sent.text);
    back.shared[0] = 5;
    expect(shared[0]).toBe(5);
  });

  test('a getter that takes memory away from another value is found out, and nothing else suffers', async () => {
    const taken = filled(1);
    const taker = {
      get innocent() {
        structuredClone(taken, { transfer: [taken.buffer] });
        return 1;
      },
    };
    const call = pool.map((value: unknown) => typeof value, [taken, taker]);
    if (execution === 'threads') await expect(call).rejects.toMatchObject({ code: 'ERR_GRANULE_SERIALIZATION' });
    else await call.catch(() => undefined);
    expect(await pool.map((array: Float64Array) => array[9], [filled(4), filled(5)])).toEqual([4, 5]);
  });
});

test('an argument is there again for the thread that runs the call after another was lost', async () => {
  await using pool = new Pool(1);
  const lives = sharedWords(1);
  const task = (array: Float64Array, lives: Int32Array): number => {
    if (Atomics.add(lives, 0, 1) === 0) process.exit();
    return array[array.length - 1] + array.length;
  };
  expect(await pool.map(task, [filled(3)], { args: [lives], retries: 1 })).toEqual([3 + MEGABYTE / 8]);
});

test('an item that waits is not lost with the thread that another item ends', async () => {
  await using pool = new Pool(1);
  const task = (array: Float64Array): number => {
    if (array[0] === 0) process.exit();
    return array[array.length - 1];
  };
  const outcomes = await pool.mapSettled(task, [filled(0), filled(1), filled(2), filled(0), filled(3)]);
  expect(outcomes.map((outcome) => (outcome.status === 'fulfilled' ? outcome.value : 'lost'))).toEqual(
    ['lost', 1, 2, 'lost', 3],
  );
});
