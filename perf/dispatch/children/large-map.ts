/**
 * Maps over a large shared array once and prints the resident sizes around it.
 *
 *   node --expose-gc large-map.js DOUBLES
 */
import { startedPool } from '../../peers/granule.js';
import { peakResident, resident, settle } from './resident.js';
import * as tasks from '../tasks.js';

export interface LargeMap {
  readonly before: number;
  readonly peak: number;
  readonly after: number;
}

const doubles = Number(process.argv[2]);
const pool = await startedPool();
const input = new Float64Array(new SharedArrayBuffer(8 * doubles)).fill(2);
// Threads and code are there before; what is looked for is what the large call adds. Small results, because those
// that the threads have not collected yet would be given back during the large call, and hide as much of it.
for (let call = 0; call < 20; call++) await pool.map(tasks.square, input.subarray(0, 1000));
await settle();
const before = resident();
const output = await pool.map(tasks.square, input);
const peak = peakResident();
await settle();
const after = resident();
if (output.length !== doubles || !output.every((value) => value === 4)) throw new Error('the squares are wrong');
process.stdout.write(JSON.stringify({ before, peak, after } satisfies LargeMap));
await pool.terminate();
