/**
 * A service whose requests compute for some milliseconds each, in a pool or inline. Tells its parent its port, and on
 * any message how late its event loop was since the last one.
 *
 *   server.js pool|inline
 */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createHistogram } from 'node:perf_hooks';
import { startedPool } from '../../peers/granule.js';
import { spin } from '../../tasks/references.js';
import { spin as spinHere } from '../../tasks/spin.js';

/** How late what came to the event loop was taken up, in seconds. */
export interface Delay {
  readonly p99: number;
}

/** About 10 ms. */
const STEPS = 1e7;
const TICK_MS = 1;

const pool = process.argv[2] === 'pool' ? await startedPool() : undefined;
const lateness = createHistogram();

const server = createServer((_request, response) => {
  const done = (sum: number): void => void response.end(String(sum));
  const failed = (error: unknown): void => void response.writeHead(500).end(String(error));
  if (pool === undefined) done(spinHere(STEPS));
  else pool.apply(spin, [STEPS]).then(done, failed);
});
server.listen(0, '127.0.0.1', () => {
  process.send!({ port: (server.address() as AddressInfo).port });
  let due = performance.now() + TICK_MS;
  setInterval(() => {
    const now = performance.now();
    // While it was kept busy nothing was measured: what would have come then had waited for the rest of that time.
    for (let late = now - due; late > 0; late -= TICK_MS) lateness.record(Math.ceil(late * 1e6));
    due = now + TICK_MS;
  }, TICK_MS);
});
process.on('message', () => {
  const p99 = lateness.percentile(99) / 1e9;
  lateness.reset();
  process.send!({ p99 } satisfies Delay);
});
process.on('disconnect', () => process.exit());
