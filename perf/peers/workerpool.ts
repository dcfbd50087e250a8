import { fileURLToPath } from 'node:url';
import workerpool from 'workerpool';
import type { Pool } from 'workerpool';
import { backToBack } from '../harness/instruments.js';
import type { Run } from '../harness/instruments.js';
import type { Subject } from '../harness/suite.js';
import { THREADS } from './threads.js';

const worker = fileURLToPath(new URL('./workerpool-worker.js', import.meta.url));

export function workerPool(name: string, prepare: (pool: Pool) => Run, units?: number): Subject {
  return {
    name,
    async open() {
      const pool = workerpool.pool(worker, { workerType: 'thread', minWorkers: THREADS, maxWorkers: THREADS });
      return backToBack({ run: prepare(pool), close: async () => await pool.terminate(true) }, units);
    },
  };
}
