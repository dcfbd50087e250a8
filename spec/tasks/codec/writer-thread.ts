// Writes a thousand records into the shared memory of its workerData, ends where the first word says.
import { workerData } from 'node:worker_threads';
import { Encoder } from '#lib/tasks/codec/encoder.js';
import { recordOf } from './record-of.js';

const { memory, seed } = workerData as { memory: SharedArrayBuffer; seed: number };
const encoder = new Encoder();
for (let i = 0; i < 1000; i++) encoder.write(recordOf(seed, i), 'value');
new Uint8Array(memory).set(encoder.bytes.subarray(0, encoder.length), 4);
Atomics.store(new Uint32Array(memory, 0, 1), 0, encoder.length);
