import { fileURLToPath } from 'node:url';
import { Piscina } from 'piscina';
import { afterIdle, backToBack } from '../harness/instruments.js';
import type { Run } from '../harness/instruments.js';
import type { Subject } from '../harness/suite.js';
import { THREADS } from './threads.js';

/** `tasks`: the module whose exports the pool runs, by name. piscina's own defaults otherwise. */
export function piscina(
  name: string,
  tasks: URL,
  prepare: (pool: Piscina) => Run,
  { idleMs, units }: { readonly idleMs?: number; readonly units?: number } = {},
): Subject {
  return {
    name,
    async open() {
      const pool = new Piscina({ filename: fileURLToPath(tasks), minThreads: THREADS, maxThreads: THREADS });
      const opened = { run: prepare(pool), close: () => pool.destroy() };
      return idleMs === undefined ? backToBack(opened, units) : afterIdle(opened, idleMs);
    },
  };
}

/** A map by hand, as piscina's users write it: one chunk a thread, the results put together again. */
export function inHandMadeChunks<T, R>(pool: Piscina, task: string, items: readonly T[]): Run {
  const size = Math.ceil(items.length / THREADS);
  return async () => {
    const chunks: Promise<R[]>[] = [];
    for (let start = 0; start < items.length; start += size) {
      chunks.push(pool.run(items.slice(start, start + size), { name: task }) as Promise<R[]>);
    }
    // flat() takes ten and more times as long, half of such a call.
    return ([] as R[]).concat(...(await Promise.all(chunks)));
  };
}
