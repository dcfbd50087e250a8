/**
 * The module of a manager's thread. No top-level await, here or in what it imports: ending a thread that evaluates one
 * kills the process on Node 22 to 26.
 */
import { workerData } from 'node:worker_threads';
import { Host } from '../lib/manager/host.js';
import type { ManagerThreadData } from '../lib/manager/protocol.js';
import { enterHeap } from '../lib/memory/enter-heap.js';
import { enterThread } from '../lib/sync/threads.js';
import './classes.js';

const data = (workerData as { readonly granule: ManagerThreadData }).granule;
enterThread(data.threads, data.parent);
enterHeap(data.heap);
void new Host(data);
