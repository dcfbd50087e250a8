import { fileURLToPath } from 'node:url';
import { FixedThreadPool } from 'poolifier';
import { backToBack } from '../harness/instruments.js';
import type { Run } from '../harness/instruments.js';
import type { Subject } from '../harness/suite.js';
import { THREADS } from './threads.js';

const worker = fileURLToPath(new URL('./poolifier-worker.js', import.meta.url));

export function poolifier(
  name: string,
  prepare: (pool: FixedThreadPool<number, number>) => Run,
  units?: number,
): Subject {
  return {
    name,
    async open() {
      const pool = new FixedThreadPool<number, number>(THREADS, worker);
      return backToBack({ run: prepare(pool), close: () => pool.destroy() }, units);
    },
  };
}
