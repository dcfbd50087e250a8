import { fileURLToPath } from 'node:url';
import workerpool from 'workerpool';
import type { Library, OpenPool, Opening, RunOptions } from '../library.js';
import { growsAndShrinks } from '../scenarios/ending.js';
import { abortIsSeen, inPriority, otherProcess, plain } from '../scenarios/features.js';

const scripts = { common: 'workerpool', broken: 'workerpool-broken' };
const fileOf = (name: string) => fileURLToPath(new URL(`../tasks/${name}.js`, import.meta.url));
const script = fileOf(scripts.common);

type Options = NonNullable<Parameters<typeof workerpool.pool>[1]>;
const threadPool = (options: Options, file = script) => workerpool.pool(file, { workerType: 'thread', ...options });

async function open({ threads = 2, tasks = 'common', heapMb, maxQueue }: Opening = {}): Promise<OpenPool> {
  const pool = threadPool(
    {
      minWorkers: threads,
      maxWorkers: threads,
      ...(maxQueue !== undefined && { maxQueueSize: maxQueue }),
      ...(heapMb !== undefined && { workerThreadOpts: { resourceLimits: { maxOldGenerationSizeMb: heapMb } } }),
    },
    fileOf(scripts[tasks]),
  );
  return {
    run(task, argument, { signal, limitMs }: RunOptions = {}) {
      const call = pool.exec(task, [argument]);
      signal?.addEventListener('abort', () => { call.cancel(); });
      return limitMs === undefined ? call : call.timeout(limitMs);
    },
    close: () => pool.terminate(),
  };
}

/** A queue of one's own: the tasks of high priority first. */
class PriorityQueue {
  readonly #tasks: { options?: { metadata?: unknown } }[] = [];

  push(task: { options?: { metadata?: unknown } }): void {
    if (task.options?.metadata === 'high') this.#tasks.unshift(task);
    else this.#tasks.push(task);
  }

  pop() {
    return this.#tasks.shift();
  }

  size(): number {
    return this.#tasks.length;
  }

  contains(task: object): boolean {
    return this.#tasks.some((other) => other === task);
  }

  clear(): void {
    this.#tasks.length = 0;
  }
}

export const workerPool: Library = {
  name: 'workerpool',
  open,
  own: {
    inline: async () => plain((await workerpool.pool().exec((x: number) => x + 1, [41])) === 42),
    'sees-abort': async () => {
      const pool = threadPool({ maxWorkers: 1 });
      return abortIsSeen((word, signal) => {
        const call = pool.exec('watches', [word]);
        signal.addEventListener('abort', () => { call.cancel(); });
        return call;
      }, 'async tasks');
    },
    elastic: () => growsAndShrinks(() => {
      const pool = threadPool({ minWorkers: 1, maxWorkers: 2 });
      return { run: (task, argument) => pool.exec(task, [argument]) };
    }),
    priorities: () => {
      const pool = threadPool({ maxWorkers: 1, queueStrategy: new PriorityQueue() } as Options);
      return inPriority(
        () => pool.exec('sleeps', [500]),
        (metadata, label) => pool.exec('echo', [label], { metadata } as never),
        'by a queue of yours',
      );
    },
    processes: () => otherProcess(workerpool.pool(script, { workerType: 'process', maxWorkers: 1 }).exec('pid', [])),
  },
};
