/**
 * The module that piscina loads in every thread of a pool. No top-level await, here or in what it
 * imports: ending a thread that evaluates one kills the process on Node 22 to 26.
 */
import { workerData } from 'node:worker_threads';
import type { PoolThreadData, RunnerCall, RunnerReturn } from '../lib/pool/protocol.js';
import { Runner } from '../lib/pool/runner.js';
import { enterHeap } from '../lib/memory/enter-heap.js';
import { enterThread } from '../lib/sync/threads.js';
import './classes.js';

const data = (workerData as { readonly granule: PoolThreadData }).granule;
enterThread(data.threads, data.parent);
enterHeap(data.heap);
const runner = new Runner(data);

/**
 * One runner's turn: see Runner.serve. Not a default export: for one, Node's require() of a module builds a facade,
 * and a thread that is ended in the midst of that aborts the process (Node 20 and 22).
 */
export function serve(call: RunnerCall): Promise<RunnerReturn> {
  return runner.serve(call);
}
