import { fileURLToPath } from 'node:url';
import { FixedQueue, Piscina, type PiscinaTask } from 'piscina';
import type { Library, OpenPool, Opening, RunOptions } from '../library.js';
import { growsAndShrinks } from '../scenarios/ending.js';
import { inPriority } from '../scenarios/features.js';

const moduleOf = (name: string) => fileURLToPath(new URL(`../tasks/${name}.js`, import.meta.url));
const filename = moduleOf('common');

async function open({ threads = 2, tasks = 'common', heapMb, maxQueue, concurrency }: Opening = {}): Promise<OpenPool> {
  const pool = new Piscina({
    filename: moduleOf(tasks),
    minThreads: threads,
    maxThreads: threads,
    taskQueue: new FixedQueue(), // for long queues, says the documentation
    stricterFIFO: true,
    ...(maxQueue !== undefined && { maxQueue }),
    ...(concurrency !== undefined && { concurrentTasksPerWorker: concurrency }),
    ...(heapMb !== undefined && { resourceLimits: { maxOldGenerationSizeMb: heapMb } }),
  });
  pool.on('error', () => undefined);
  return {
    run: (task, argument, { signal, limitMs }: RunOptions = {}) =>
      pool.run(argument, { name: task, signal: limitMs === undefined ? signal : AbortSignal.timeout(limitMs) }),
    close: () => pool.close(),
  };
}

/** A queue of one's own, as the documentation shows it: the task with the highest number first. */
export class PriorityQueue {
  readonly #tasks: PiscinaTask[] = [];

  get size(): number {
    return this.#tasks.length;
  }

  push(task: PiscinaTask): void {
    const rank = this.#rank(task);
    const place = this.#tasks.findIndex((other) => this.#rank(other) < rank);
    this.#tasks.splice(place < 0 ? this.#tasks.length : place, 0, task);
  }

  unshift(task: PiscinaTask): void {
    this.#tasks.unshift(task);
  }

  shift(): PiscinaTask | null {
    return this.#tasks.shift() ?? null;
  }

  remove(task: PiscinaTask): void {
    const place = this.#tasks.indexOf(task);
    if (place >= 0) this.#tasks.splice(place, 1);
  }

  cancel(): void {
    for (const task of this.#tasks.splice(0)) (task as unknown as { cancel(): void }).cancel();
  }

  #rank(task: PiscinaTask): number {
    return (task[Piscina.queueOptionsSymbol as keyof PiscinaTask] as { rank: number } | null)?.rank ?? 0;
  }
}

export const piscina: Library = {
  name: 'piscina',
  open,
  own: {
    elastic: () => growsAndShrinks(() => {
      const pool = new Piscina({ filename, minThreads: 1, maxThreads: 2, idleTimeout: 500 });
      return { run: (name, argument) => pool.run(argument, { name }) };
    }),
    priorities: () => {
      const pool = new Piscina({ filename, minThreads: 1, maxThreads: 1, taskQueue: new PriorityQueue() });
      const run = (rank: number, label: string) =>
        pool.run({ label, [Piscina.queueOptionsSymbol]: { rank } }, { name: 'echo' });
      return inPriority(
        () => pool.run(500, { name: 'sleeps' }),
        (priority, label) => run(priority === 'high' ? 1 : 0, label),
        'by a queue of yours',
      );
    },
  },
};
