import { runInNewContext } from 'node:vm';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Pool, taskModule } from 'granule';
import { sharedWords } from '../support/gate.js';

const { add, echo } = taskModule<typeof import('../fixtures/pool/arithmetic.js')>(
  new URL('../fixtures/pool/arithmetic.js', import.meta.url),
);

let pool: Pool;
beforeAll(() => {
  pool = new Pool(2);
});
afterAll(() => pool.terminate());

describe('starmap', () => {
  test('takes each item for the task’s argument list', async () => {
    expect(await pool.starmap(add, [[1, 2], [3, 4, 5], [6], []])).toEqual([3, 12, 6, 0]);
    expect(await pool.starmap((a: string, b: string) => a + b, [['a', 'b'], ['c', 'd']])).toEqual(['ab', 'cd']);
  });

  test('gives each call its own list, of any length and kind', async () => {
    const lists = [[], [undefined], [1, 'two', { three: 3 }], [[], [[]]], [new Map([[1, 2]])]];
    expect(await pool.starmap(echo, lists)).toStrictEqual(lists);
  });

  test('of nothing is nothing; of an async source, all it gives', async () => {
    async function* pairs(): AsyncGenerator<[number, number]> {
      yield [1, 2];
      await Promise.resolve();
      yield [3, 4];
    }
    expect(await pool.starmap(add, [])).toEqual([]);
    expect(await pool.starmap(add, pairs())).toEqual([3, 7]);
    expect(await pool.starmap(add, new Set<[number, number]>([[5, 6]]))).toEqual([11]);
  });

  test('passes shared memory within a list', async () => {
    const words = sharedWords(3);
    const set = (index: number, value: number, all: Int32Array): void => {
      all[index] = value;
    };
    await pool.starmap(set, [[0, 7, words], [1, 8, words], [2, 9, words]]);
    expect([...words]).toEqual([7, 8, 9]);
  });

  test('an item that is no array is a TypeError that names it', async () => {
    const lists = [[1], 2, [3]] as unknown as number[][];
    await expect(pool.starmap(add, lists)).rejects.toMatchObject({
      name: 'TypeError',
      message: expect.stringMatching(/`items\[1\]` to be an array of arguments.* got \d+ \(number\)/) as unknown,
    });
  });

  test('an item that is a list of another realm is a list', async () => {
    expect(await pool.starmap(add, runInNewContext('[[1, 2], [3, 4]]') as number[][])).toEqual([3, 7]);
  });

  test('fails with the item’s index and the list that it was', async () => {
    const check = (x: number, limit: number): number => {
      if (x > limit) throw new RangeError(`${x} > ${limit}`);
      return x;
    };
    await expect(pool.starmap(check, [[1, 2], [5, 3]])).rejects.toMatchObject({ message: '5 > 3', task: { index: 1 } });
  });
});
