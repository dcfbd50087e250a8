import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { DynamicThreadPool, FixedClusterPool, FixedThreadPool } from 'poolifier';
import type { ThreadPoolOptions } from 'poolifier';
import type { Library, OpenPool, Opening, RunOptions } from '../library.js';
import { losesOthers } from '../scenarios/deaths.js';
import { growsAndShrinks } from '../scenarios/ending.js';
import { inPriority, mapInChunks, otherProcess, plain } from '../scenarios/features.js';

const files = { common: 'poolifier', broken: 'poolifier-broken', process: 'poolifier-process' };
const fileOf = (name: keyof typeof files) => fileURLToPath(new URL(`../tasks/${files[name]}.js`, import.meta.url));

/** With its queue, which by default it has not: it is what redistributes tasks and gives them priorities. */
function fixed(threads: number, file: keyof typeof files = 'common', options: ThreadPoolOptions = {}) {
  const pool = new FixedThreadPool(threads, fileOf(file), {
    enableTasksQueue: true,
    errorHandler: () => undefined,
    ...options,
  });
  pool.emitter?.on('error', () => undefined);
  return pool;
}

/** Resolves when its threads have told what they can; one that does not load never does. */
async function ready(pool: FixedThreadPool): Promise<void> {
  if (!pool.info.ready) await once(pool.emitter!, 'ready');
}

async function open(opening: Opening = {}, options: ThreadPoolOptions = {}): Promise<OpenPool> {
  const { threads = 2, tasks = 'common', heapMb, concurrency } = opening;
  const pool = fixed(threads, tasks, {
    ...options,
    ...(concurrency !== undefined && { tasksQueueOptions: { concurrency } }),
    ...(heapMb !== undefined && { workerOptions: { resourceLimits: { maxOldGenerationSizeMb: heapMb } } }),
  });
  if (tasks === 'common') await ready(pool);
  return {
    run: (task, argument, { signal, limitMs }: RunOptions = {}) =>
      pool.execute(argument, task, limitMs === undefined ? signal : AbortSignal.timeout(limitMs)),
    close: () => pool.destroy(),
  };
}

export const poolifier: Library = {
  name: 'poolifier',
  open: (opening) => open(opening),
  own: {
    // Its queues belong to threads, and one that ends takes its queue with it: without them it loses fewer.
    others: () =>
      losesOthers({ ...poolifier, open: (opening) => open(opening, { enableTasksQueue: false }) }),
    map: () => mapInChunks(async () => {
      const pool = fixed(2);
      await pool.addTaskFunction('increment', (x?: unknown) => (x as number) + 1);
      return (items) => pool.mapExecute(items, 'increment');
    }),
    inline: async () => {
      const pool = fixed(2);
      await pool.addTaskFunction('increment', (x?: unknown) => (x as number) + 1);
      return plain((await pool.execute(41, 'increment')) === 42);
    },
    elastic: () => growsAndShrinks(() => {
      const pool = new DynamicThreadPool(1, 2, fileOf('common'), { enableTasksQueue: true });
      return { run: (task, argument) => pool.execute(argument, task) };
    }),
    priorities: async () => {
      const pool = fixed(1);
      await ready(pool);
      return inPriority(
        () => pool.execute(500, 'sleeps'),
        (priority, label) => pool.execute(label, priority),
        'yes',
      );
    },
    processes: () => otherProcess(new FixedClusterPool(1, fileOf('process')).execute()),
  },
};
