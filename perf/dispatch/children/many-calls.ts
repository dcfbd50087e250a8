/**
 * Maps ten items again and again and prints the sizes at ten points after a warm-up.
 *
 *   node --expose-gc many-calls.js CALLS
 */
import { startedPool } from '../../peers/granule.js';
import { resident, settle } from './resident.js';
import * as tasks from '../tasks.js';

export interface ManyCalls {
  readonly checkpoints: readonly { readonly calls: number; readonly heap: number; readonly resident: number }[];
}

const calls = Number(process.argv[2]);
const items = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10];
const pool = await startedPool();

async function callTimes(count: number): Promise<void> {
  for (let call = 0; call < count; call++) {
    const squares = await pool.map(tasks.square, items);
    if (squares[9] !== 100) throw new Error('the squares are wrong');
  }
}

await callTimes(Math.ceil(calls / 10));
const checkpoints = [];
for (let tenth = 1; tenth <= 10; tenth++) {
  await callTimes(Math.ceil(calls / 10));
  await settle();
  checkpoints.push({ calls: (tenth * calls) / 10, heap: process.memoryUsage().heapUsed, resident: resident() });
}
process.stdout.write(JSON.stringify({ checkpoints } satisfies ManyCalls));
await pool.terminate();
