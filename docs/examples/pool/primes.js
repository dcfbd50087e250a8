/**
 * Counts the primes below a number, on one thread and on all.
 *
 *     node docs/examples/pool/primes.js             below 2 million
 *     node docs/examples/pool/primes.js 1e7         below 10 million
 *
 * Large numbers cost more than small ones, so equal ranges are unequal work: the pool hands out many more ranges than
 * there are threads, and whoever is done takes the next.
 */
import { performance } from 'node:perf_hooks';
import { Pool, cpuCount } from 'granule';

const limit = Number(process.argv[2] ?? 2e6);

function countPrimes(start, stop) {
  let count = 0;
  for (let n = Math.max(2, start); n < stop; n++) {
    let d = 2;
    while (d * d <= n && n % d !== 0) d++;
    if (d * d > n) count++;
  }
  return count;
}

const add = (left, right) => left + right;

for (const threads of new Set([1, cpuCount()])) {
  const pool = new Pool(threads);
  await pool.ready();
  const start = performance.now();
  const primes = await pool.parallelReduce(countPrimes, limit, add, { chunksize: Math.ceil(limit / (32 * threads)) });
  const seconds = (performance.now() - start) / 1000;
  const by = threads === 1 ? '1 thread' : `${threads} threads`;
  console.log(`${primes} primes below ${limit}: ${by}, ${seconds.toFixed(2)} s`);
  pool.close();
  await pool.join();
}
