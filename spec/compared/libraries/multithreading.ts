import type { Library, OpenPool, Opening, RunOptions } from '../library.js';
import { deadOwner, lockedCounter, plain } from '../scenarios/features.js';
import { growsAndShrinks } from '../scenarios/ending.js';

type Multithreading = typeof import('multithreading');
type Tasks = Record<string, (argument: unknown) => unknown>;

const moduleOf = (name: string) => new URL(`../tasks/${name}.js`, import.meta.url).href;

/** Loaded only where it takes part: importing it replaces `console`, and fails on Node 20. */
async function loaded(threads: number): Promise<Multithreading> {
  const library = await import('multithreading');
  library.initRuntime({ maxWorkers: threads });
  return library;
}

/** `join()` gives { ok, value } or { ok, error }. */
async function joined<R>(call: ReturnType<Multithreading['spawn']>): Promise<R> {
  const result = await call.join();
  if (result.ok) return result.value as R;
  throw result.error;
}

function runner({ spawn, move }: Multithreading, module: string): OpenPool['run'] {
  return (task, argument, { signal, limitMs }: RunOptions = {}) => {
    const call = spawn(move(module, task, argument), async (module, task, argument) => {
      const tasks = (await import(module)) as Tasks;
      return tasks[task](argument);
    });
    const given = limitMs === undefined ? signal : AbortSignal.timeout(limitMs);
    given?.addEventListener('abort', () => { call.abort(); });
    return joined(call);
  };
}

async function open({ threads = 2, tasks = 'common' }: Opening = {}): Promise<OpenPool> {
  const library = await loaded(threads);
  return { run: runner(library, moduleOf(tasks)), close: async () => { library.shutdown(); } };
}

export const multithreading: Library = {
  name: 'multithreading',
  open,
  own: {
    inline: async () => {
      const { spawn, move } = await loaded(2);
      return plain((await joined(spawn(move(41), (x) => x + 1))) === 42);
    },
    elastic: async () => {
      const run = runner(await loaded(2), moduleOf('common'));
      return growsAndShrinks(() => ({ run }));
    },
    locks: async () => {
      const { spawn, move, Mutex } = await loaded(2);
      return lockedCounter((counter) => {
        const mutex = new Mutex(counter);
        return [1, 2].map(() => joined(spawn(move(mutex), async (mutex) => {
          for (let i = 0; i < 2000; i++) {
            const guard = await mutex.lock();
            guard.value[0]++;
            guard.dispose();
          }
        })));
      });
    },
    'dead-owner': async () => {
      const { spawn, move, Mutex } = await loaded(2);
      const mutex = new Mutex();
      const begun = new Int32Array(new SharedArrayBuffer(4));
      void spawn(move(mutex, begun), async (mutex, begun) => {
        await mutex.lock();
        Atomics.store(begun, 0, 1);
        process.exit(1);
      });
      while (begun[0] === 0) await new Promise((resolve) => setTimeout(resolve, 10));
      return deadOwner(async () => (await mutex.lock()).dispose());
    },
  },
};
