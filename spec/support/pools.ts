import { afterEach } from '@jest/globals';
import { Pool, taskModule, type PoolOptions } from 'granule';
import { Gate } from './gate.js';

const { pass } = taskModule<typeof import('../fixtures/pool/gates.js')>(
  new URL('../fixtures/pool/gates.js', import.meta.url),
);

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

/** Holds one of the pool's threads at a gate; resolves once it is there. The call comes to 1. */
export async function holdThread(pool: Pool): Promise<{ gate: Gate; running: Promise<unknown> }> {
  const gate = new Gate();
  const running = pool.apply(pass, [1, gate.words]);
  await gate.arrived();
  return { gate, running };
}
