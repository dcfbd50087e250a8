import { describe, expect, test } from '@jest/globals';
import { taskModule } from 'granule';
import { openPool } from '../support/pools.js';
import { threads } from '../support/threads.js';

const { square } = taskModule<typeof import('../fixtures/pool/arithmetic.js')>(
  new URL('../fixtures/pool/arithmetic.js', import.meta.url),
);
const { squaresWithin, leavePoolOpen, nest, failWithin } = taskModule<
  typeof import('../fixtures/pool/nesting.js')
>(new URL('../fixtures/pool/nesting.js', import.meta.url));

describe('a task with a Pool of its own', () => {
  test('maps on it', async () => {
    const pool = openPool(2);
    expect(await pool.map(squaresWithin, [[1, 2], [3], []])).toEqual([[1, 4], [9], []]);
    expect(await pool.apply(square, [3])).toBe(9);
  });

  test('nests three deep', async () => {
    const pool = openPool(1);
    expect(await pool.apply(nest, [3])).toBe(3);
  });

  test('gets an inner task’s error as any caller does, and passes it on', async () => {
    const pool = openPool(1);
    await expect(pool.apply(failWithin)).rejects.toMatchObject({
      name: 'RangeError',
      message: 'deep inside',
      code: 'E_DEEP',
      task: { name: 'failWithin' },
    });
  });

  test('may leave it open: the outer pool closes all the same', async () => {
    const pool = openPool(1);
    expect(await pool.apply(leavePoolOpen, [4])).toBe(16);
    pool.close();
    await pool.join();
    expect(threads()).toBe(0);
  });
});
