/** What it costs to hand work to threads, with a task that does nothing. */
import { setTimeout as pause } from 'node:timers/promises';
import { taskModule } from '../tasks/reference.js';
import { rounds } from './clock.js';
import type { Lab } from './lab.js';
import { median, timingOf } from './statistics.js';

export const burning = taskModule<typeof import('../../workers/lab/burn.js')>(
  new URL('../../workers/lab/burn.js', import.meta.url),
);

const WARM_CALLS = 200;
const ASLEEP_CALLS = 30;
const REST_MS = 2;
/** Chunks to tell the cost of one by. */
const CHUNKS = 4096;

export async function measureDispatch(lab: Lab): Promise<void> {
  const left = (): number => lab.clock.leftFor('dispatch');
  const pool = await lab.pool();
  const warm: number[] = [];
  const asleep: number[] = [];
  const chunkCosts: number[] = [];
  lab.found('dispatch', () =>
    asleep.length === 0 || chunkCosts.length === 0
      ? {}
      : { dispatch: { warm: timingOf(warm), asleep: timingOf(asleep), chunkNs: Math.max(0, median(chunkCosts)) } },
  );
  const call = async (): Promise<number> => {
    const began = performance.now();
    await pool.apply(burning.nothing);
    return performance.now() - began;
  };
  for (let k = 0; k < WARM_CALLS; k++) await call();
  await rounds(WARM_CALLS, 1, () => left() / 2, async () => {
    warm.push(await call());
  });
  await rounds(ASLEEP_CALLS, 1, left, async () => {
    await pause(REST_MS);
    asleep.push(await call());
  });

  const numbers = Array.from({ length: CHUNKS }, (_, i) => i);
  const oneEach = Math.ceil(CHUNKS / pool.threads);
  const mapIn = async (chunksize: number): Promise<number> => {
    const began = performance.now();
    await pool.map(burning.nothing, numbers, { chunksize });
    return performance.now() - began;
  };
  await mapIn(1);
  await rounds(15, 3, left, async () => {
    const many = await mapIn(1);
    const few = await mapIn(oneEach);
    chunkCosts.push(((many - few) / (CHUNKS - pool.threads)) * 1e6);
  });
}
