import { Pool } from 'granule';
import { afterIdle, backToBack } from '../harness/instruments.js';
import type { Run } from '../harness/instruments.js';
import type { Subject } from '../harness/suite.js';
import { THREADS } from './threads.js';

export interface GranuleOptions {
  readonly threads?: number;
  readonly idleMs?: number;
  readonly units?: number;
}

export function granule(
  name: string,
  prepare: (pool: Pool) => Run | Promise<Run>,
  { threads = THREADS, idleMs, units }: GranuleOptions = {},
): Subject {
  return {
    name,
    async open() {
      const pool = await startedPool(threads);
      const opened = { run: await prepare(pool), close: () => pool.terminate() };
      return idleMs === undefined ? backToBack(opened, units) : afterIdle(opened, idleMs);
    },
  };
}

export async function startedPool(threads = THREADS): Promise<Pool> {
  const pool = new Pool(threads);
  await pool.ready();
  return pool;
}
