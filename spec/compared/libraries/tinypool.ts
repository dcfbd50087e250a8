import { fileURLToPath } from 'node:url';
import { Tinypool } from 'tinypool';
import type { Library, OpenPool, Opening, RunOptions } from '../library.js';
import { growsAndShrinks } from '../scenarios/ending.js';
import { inPriority, otherProcess } from '../scenarios/features.js';

const moduleOf = (name: string) => fileURLToPath(new URL(`../tasks/${name}.js`, import.meta.url));
const filename = moduleOf('common');

async function open({ threads = 2, tasks = 'common', heapMb, maxQueue, concurrency }: Opening = {}): Promise<OpenPool> {
  const pool = new Tinypool({
    filename: moduleOf(tasks),
    minThreads: threads,
    maxThreads: threads,
    ...(maxQueue !== undefined && { maxQueue }),
    ...(concurrency !== undefined && { concurrentTasksPerWorker: concurrency }),
    ...(heapMb !== undefined && { resourceLimits: { maxOldGenerationSizeMb: heapMb } }),
  });
  pool.on('error', () => undefined);
  return {
    run: (task, argument, { signal, limitMs }: RunOptions = {}) =>
      pool.run(argument, { name: task, signal: limitMs === undefined ? signal : AbortSignal.timeout(limitMs) }),
    close: () => pool.destroy(), // it has no other end
  };
}

interface Waiting {
  readonly [Tinypool.queueOptionsSymbol]: object | null;
  cancel(): void;
}

/** A queue of one's own, as piscina's documentation, which tinypool refers to, shows it. */
class PriorityQueue {
  readonly #tasks: Waiting[] = [];

  get size(): number {
    return this.#tasks.length;
  }

  push(task: Waiting): void {
    if (rankOf(task) > 0) this.#tasks.unshift(task);
    else this.#tasks.push(task);
  }

  shift(): Waiting | null {
    return this.#tasks.shift() ?? null;
  }

  remove(task: Waiting): void {
    const place = this.#tasks.indexOf(task);
    if (place >= 0) this.#tasks.splice(place, 1);
  }

  cancel(): void {
    for (const task of this.#tasks.splice(0)) task.cancel();
  }
}

const rankOf = (task: Waiting): number => (task[Tinypool.queueOptionsSymbol] as { rank: number } | null)?.rank ?? 0;

export const tinypool: Library = {
  name: 'tinypool',
  open,
  own: {
    elastic: () => growsAndShrinks(() => {
      const pool = new Tinypool({ filename, minThreads: 1, maxThreads: 2, idleTimeout: 500 });
      return { run: (name, argument) => pool.run(argument, { name }) };
    }),
    priorities: () => {
      const pool = new Tinypool({ filename, minThreads: 1, maxThreads: 1, taskQueue: new PriorityQueue() as never });
      return inPriority(
        () => pool.run(500, { name: 'sleeps' }),
        (priority, label) =>
          pool.run(
            { label, [Tinypool.queueOptionsSymbol]: { rank: priority === 'high' ? 1 : 0 } },
            { name: 'echo' },
          ),
        'by a queue of yours',
      );
    },
    processes: () => {
      const pool = new Tinypool({ filename: moduleOf('process'), runtime: 'child_process', maxThreads: 1 });
      return otherProcess(pool.run({}));
    },
  },
};
