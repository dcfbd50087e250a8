/**
 * Monte Carlo π, with a kernel of your own: how many of n random points of a square lie in its circle?
 *
 *     node docs/examples/pool/pi.js                 10 million points, a thread for each core
 *     node docs/examples/pool/pi.js 1e9 4           a billion points, four threads
 *
 * The points are drawn in 1000 streams, each with a generator seeded by its index. So the result does not depend on the
 * number of threads. The generator, mulberry32, is short and good enough here; the one of `granule pi` is better:
 * docs/design/random.md.
 */
import { performance } from 'node:perf_hooks';
import { Pool, cpuCount } from 'granule';

const STREAMS = 1000;
const samples = Number(process.argv[2] ?? 10e6);
const threads = Number(process.argv[3] ?? cpuCount());
const perStream = Math.ceil(samples / STREAMS);

function countInside(firstStream, stopStream, perStream) {
  let inside = 0;
  for (let stream = firstStream; stream < stopStream; stream++) {
    let state = Math.imul(stream + 1, 0x9e3779b9);
    const random = () => {
      state = (state + 0x6d2b79f5) | 0;
      let mixed = Math.imul(state ^ (state >>> 15), state | 1);
      mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
      return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
    };
    for (let i = 0; i < perStream; i++) {
      const x = random();
      const y = random();
      if (x * x + y * y < 1) inside++;
    }
  }
  return inside;
}

const pool = new Pool(threads);
await pool.ready();
const start = performance.now();
const inside = await pool.parallelReduce(countInside, STREAMS, (left, right) => left + right, { args: [perStream] });
const seconds = (performance.now() - start) / 1000;

console.log(`π ≈ ${((4 * inside) / (perStream * STREAMS)).toFixed(5)}`);
console.log(`${perStream * STREAMS} points, ${threads} threads, ${seconds.toFixed(2)} s`);
