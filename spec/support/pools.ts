import { afterEach } from '@jest/globals';
import { Pool, type PoolOptions } from 'granule';

const open: Pool[] = [];

afterEach(async () => {
  await Promise.all(open.splice(0).map((pool) => pool.terminate()));
});

/** A pool for one test, ended after it. */
export function openPool(options: PoolOptions | number = 2): Pool {
  const pool = new Pool(options);
  open.push(pool);
  return pool;
}
