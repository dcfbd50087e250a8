/**
 * Why a pool may be slower than a loop: a hundred squares, with more and more work in each.
 *
 *     node docs/examples/pool/granularity.js
 *     node docs/examples/pool/granularity.js 0 1000 1000000
 *
 * A row is a size of the task: so many steps of a loop beside the square. A column is a way to run all hundred: a plain
 * loop; the pool with chunksize 1, a hundred chunks; with 25, four chunks; and with the measured default.
 */
import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { Pool } from 'granule';

const sizes = process.argv.length > 2 ? process.argv.slice(2).map(Number) : [0, 1_000, 1_000_000];
const items = Array.from({ length: 100 }, (_, i) => i);

function square(x, steps) {
  let noise = 0;
  for (let i = 0; i < steps; i++) noise += Math.sqrt(i + x);
  return noise < 0 ? NaN : x * x;
}

const pool = new Pool();
await pool.ready();

const ways = [
  ['loop', (steps) => items.map((x) => square(x, steps))],
  inChunksOf(1),
  inChunksOf(25),
  ['measured', (steps) => pool.map(square, items, { args: [steps] })],
];

console.log(`${items.length} squares on ${pool.threads} threads, medians in ms`);
console.log(row('steps', ways.map(([name]) => name)));
for (const steps of sizes) {
  const times = [];
  for (const [, run] of ways) times.push(await medianTime(() => run(steps), steps));
  console.log(row(steps, times.map((ms) => ms.toFixed(3))));
}

function inChunksOf(chunksize) {
  const chunks = Math.ceil(items.length / chunksize);
  return [`${chunks} chunks`, (steps) => pool.map(square, items, { args: [steps], chunksize })];
}

async function medianTime(run, steps) {
  const repeats = Math.round(Math.max(3, Math.min(200, 400_000 / (steps + 1))));
  const times = [];
  for (let i = 0; i < repeats; i++) {
    await sleep(1); // the threads go to sleep, as between two requests
    const start = performance.now();
    await run();
    times.push(performance.now() - start);
  }
  return times.sort((left, right) => left - right)[repeats >> 1];
}

function row(head, cells) {
  return String(head).padStart(9) + cells.map((cell) => cell.padStart(14)).join('');
}
