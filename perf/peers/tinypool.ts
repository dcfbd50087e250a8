import { fileURLToPath } from 'node:url';
import { Tinypool } from 'tinypool';
import { backToBack } from '../harness/instruments.js';
import type { Run } from '../harness/instruments.js';
import type { Subject } from '../harness/suite.js';
import { THREADS } from './threads.js';

export function tinypool(name: string, tasks: URL, prepare: (pool: Tinypool) => Run, units?: number): Subject {
  return {
    name,
    async open() {
      const pool = new Tinypool({ filename: fileURLToPath(tasks), minThreads: THREADS, maxThreads: THREADS });
      return backToBack({ run: prepare(pool), close: () => pool.destroy() }, units);
    },
  };
}
