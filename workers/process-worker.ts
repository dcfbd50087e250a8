/**
 * The module that a process's thread runs. No top-level await, here or in what it imports: ending a thread
 * that evaluates one kills the whole program on Node 22 to 26.
 */
import { workerData } from 'node:worker_threads';
import { enterHeap } from '../lib/memory/enter-heap.js';
import type { ProcessThreadData } from '../lib/process/protocol.js';
import { serve } from '../lib/process/serve.js';
import { enterThread } from '../lib/sync/threads.js';

const data = (workerData as { readonly granule: ProcessThreadData }).granule;
enterThread(data.threads, data.parent);
enterHeap(data.heap);
void serve(data, () => import('./classes.js'));
