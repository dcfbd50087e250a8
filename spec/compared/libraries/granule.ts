import { Lock, Pool, taskModule } from 'granule';
import type { Library, OpenPool, Opening, RunOptions } from '../library.js';
import { abortIsSeen, deadOwner, lazyIteration, lockedCounter, mapInChunks, plain } from '../scenarios/features.js';
import type * as common from '../tasks/common.js';
import type * as special from '../tasks/granule.js';

const tasksOf = (module: string) => taskModule<typeof common>(new URL(`../tasks/${module}.js`, import.meta.url));
const { acquires, adds, diesWith, watches } = taskModule<typeof special>(
  new URL('../tasks/granule.js', import.meta.url),
);
const increment = (x: number): number => x + 1;

async function open({ threads = 2, tasks: module = 'common', heapMb, maxQueue }: Opening = {}): Promise<OpenPool> {
  const pool = new Pool({
    threads,
    ...(maxQueue !== undefined && { maxQueue }),
    ...(heapMb !== undefined && { resourceLimits: { maxOldGenerationSizeMb: heapMb } }),
  });
  await pool.ready();
  const from = tasksOf(module);
  return {
    run: (task, argument, { signal, limitMs }: RunOptions = {}) =>
      pool.apply(from[task as 'echo'], [argument], { signal, itemTimeout: limitMs }),
    close: () => {
      pool.close();
      return pool.join();
    },
  };
}

/** How many items a map gives to a thread at a time, on average: after each such chunk it tells how far it is. */
async function itemsPerChunk(ms: number, items: number): Promise<number> {
  const pool = new Pool(2);
  const spin = (x: number, ms: number) => {
    if (ms > 0) for (const end = performance.now() + ms; performance.now() < end; );
    return x;
  };
  let told = 0;
  await pool.map(spin, Array(items).fill(1), { args: [ms], onProgress: () => told++ });
  return items / told;
}

export const granule: Library = {
  name: 'granule',
  open,
  own: {
    map: () => mapInChunks(async () => {
      const pool = new Pool(2);
      await pool.ready();
      return (items) => pool.map(increment, items);
    }),
    'chunk-size': async () => {
      const cheap = await itemsPerChunk(0, 100_000);
      const dear = await itemsPerChunk(5, 100);
      const detail = `${cheap.toFixed()} items of 0 ms, ${dear.toFixed(1)} of 5 ms`;
      return { ...plain(cheap > 4 * dear), detail };
    },
    lazy: () => lazyIteration((source) => new Pool(2).imap(increment, source)),
    'typed-arrays': async () => {
      const samples = new Float64Array(new SharedArrayBuffer(8000)).fill(3);
      const squares = await new Pool(2).map((x: number) => x * x, samples);
      const shared = Object.prototype.toString.call(squares.buffer) === '[object SharedArrayBuffer]';
      return plain(shared && squares.length === 1000 && squares.every((x) => x === 9));
    },
    inline: async () => plain((await new Pool(2).apply((x: number) => x + 1, [41])) === 42),
    'sees-abort': async () => {
      const pool = new Pool(2);
      const start = (word: Int32Array, signal: AbortSignal): Promise<unknown> => {
        const call = pool.apply(watches, [word], { signal });
        // A task is given half a second, for which a busy machine may keep it from a core. This thread, by which it
        // would be ended then, is held until it has looked.
        signal.addEventListener('abort', () => void Atomics.wait(word, 0, 1, 30_000));
        return call;
      };
      return abortIsSeen(start, 'yes, in a loop as well');
    },
    locks: async () => {
      const [pool, lock] = [new Pool(2), new Lock()];
      return lockedCounter((counter) => [1, 2].map(() => pool.apply(adds, [lock, counter])));
    },
    'dead-owner': async () => {
      const [pool, lock] = [new Pool(2), new Lock()];
      await pool.apply(diesWith, [lock]).catch(() => undefined);
      return deadOwner(() => pool.apply(acquires, [lock]));
    },
  },
};
