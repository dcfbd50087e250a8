/** Options, calls on a pool, and threads that end. */
import { fileURLToPath } from 'node:url';
import { Pool, PoolTrace, taskModule } from 'granule';
import { run } from '../package/folder.js';
import { Gate } from '../support/gate.js';
import type { Room } from './provoke.js';

const { exit, nap, identity } = taskModule<typeof import('../fixtures/errors/tasks.js')>(
  new URL('../fixtures/errors/tasks.js', import.meta.url),
);
const { neverLoaded } = taskModule<typeof import('../fixtures/faults/exits-as-it-loads.js')>(
  new URL('../fixtures/faults/exits-as-it-loads.js', import.meta.url),
);
const { pass } = taskModule<typeof import('../fixtures/pool/gates.js')>(
  new URL('../fixtures/pool/gates.js', import.meta.url),
);

const any = (value: unknown): never => value as never;

async function ending<T>(pool: Pool, use: (pool: Pool) => T): Promise<Awaited<T>> {
  try {
    return await use(pool);
  } finally {
    await pool.terminate();
  }
}

/** With one call under way and `waiting` behind it. */
const full = (waiting: number) => (): Promise<unknown> =>
  ending(new Pool({ threads: 1, maxQueue: waiting }), async (pool) => {
    const gate = new Gate();
    pool.apply(pass, [0, gate.words]).catch(() => undefined);
    await gate.arrived();
    for (let i = 0; i < waiting; i++) pool.apply(identity, [1]).catch(() => undefined);
    await pool.apply(identity, [2]).finally(() => {
      gate.open();
    });
  });

const ofPool: Readonly<Record<string, readonly unknown[]>> = {
  threads: [0, '4'],
  initargs: ['abc'],
  maxTasksPerThread: [0],
  resourceLimits: [{ maxOldGenerationSizeMb: 0 }],
  maxQueue: [-1],
  name: [5],
  execution: ['fast'],
};
const ofCalls: Readonly<Record<string, readonly unknown[]>> = {
  signal: [{}],
  timeout: [0, '5'],
  itemTimeout: [-1],
  chunksize: [0],
  schedule: ['fair'],
  args: ['abc'],
  retries: [1.5],
  onProgress: [true],
};

export const poolRoom: Room = (pool) => ({
  ...Object.fromEntries(
    Object.entries(ofPool).flatMap(([name, values]) =>
      values.map((value) => [
        `new Pool({ ${name}: ${JSON.stringify(value)} })`,
        () => new Pool({ [name]: value }),
      ]),
    ),
  ),
  ...Object.fromEntries(
    Object.entries(ofCalls).flatMap(([name, values]) =>
      values.map((value) => [
        `pool.map(task, items, { ${name}: ${JSON.stringify(value)} })`,
        () => pool.map(identity, [1], { [name]: value }),
      ]),
    ),
  ),
  'pool.imap(task, items, { bufferSize: 0 })': () => pool.imap(identity, [1], { bufferSize: 0 }),
  'pool.mapAsync(task, items, { callback: 5 })': () => pool.mapAsync(identity, [1], { callback: any(5) }),
  'pool.mapAsync(task, items, { errorCallback: 5 })': () =>
    pool.mapAsync(identity, [1], { errorCallback: any(5) }),
  "new Pool('4')": () => new Pool(any('4')),
  'pool.map(task, items, null)': () => pool.map(identity, [1], any(null)),
  'pool.map(task, items, { chunkSize: 10 })': () => pool.map(identity, [1], any({ chunkSize: 10 })),
  'new Pool({ filename })': () => new Pool(any({ filename: 'tasks.js' })),
  'new Pool({ idleTimeout: 1000 })': () => new Pool(any({ idleTimeout: 1000 })),
  'pool.apply(task, [bytes], { transferList })': () => pool.apply(identity, [1], any({ transferList: [] })),
  'new Pool({ processes: 4 })': () => new Pool(any({ processes: 4 })),
  'pool.apply(task, 5)': () => pool.apply(identity, any(5)),
  'pool.broadcast(task, 5)': () => pool.broadcast(identity, any(5)),
  'pool.map(task, 5)': () => pool.map(identity, any(5)),
  'pool.starmap(task, [65,536 arguments])': () =>
    pool.starmap(identity, [any(Array.from({ length: 65_536 }))]),
  'pool.starmap(task, [1])': () => pool.starmap(identity, any([1])),
  'pool.map(task, as many items as there are bytes in a gigabyte)': () =>
    pool.map(any(identity), new Uint8Array(2 ** 30)),
  "pool.parallelFor(task, '10')": () => pool.parallelFor(identity, any('10')),
  'pool.parallelFor(10, task)': () => pool.parallelFor(any(10), any((from: number) => from)),
  'pool.parallelFor(task, [0, 10])': () => pool.parallelFor(identity, any([0, 10])),
  'pool.parallelFor(task, { stop: 10, step: 2 })': () => pool.parallelFor(identity, any({ stop: 10, step: 2 })),
  'pool.apply(task, 1, 2)': () => pool.apply(identity, any(1), any(2)),
  'pool.map(task, items, { retry: 1 })': () => pool.map(identity, [1], any({ retry: 1 })),
  'pool.map(task, items, { concurrency: 4 })': () => pool.map(identity, [1], any({ concurrency: 4 })),
  'pool.parallelFor(task, { stop: "10" })': () => pool.parallelFor(identity, any({ stop: '10' })),
  'pool.parallelFor(task, 0.5)': () => pool.parallelFor(identity, 0.5),
  'pool.parallelFor(task, -1)': () => pool.parallelFor(identity, -1),
  'pool.parallelFor(task, { start: -(2 ** 52), stop: 2 ** 52 })': () =>
    pool.parallelFor(identity, { start: -(2 ** 52), stop: 2 ** 52 }),
  'pool.parallelReduce(task, 10)': () => pool.parallelReduce(identity, 10, any(undefined)),
  'pool.parallelReduce(task, 0, add)': () => pool.parallelReduce(identity, 0, (left) => left),

  'new PoolTrace()': () => new PoolTrace(any(undefined), 1),
  'pool.trace(5)': () => pool.trace(any(5)),
  'pool.trace({ limit: 0 })': () => pool.trace({ limit: 0 }),
  "pool.trace({ limit: '5' })": () => pool.trace({ limit: any('5') }),

  'pool.join() while it is open': () => pool.join(),
  'pool.map() after close()': () => ending(new Pool(1), (own) => (own.close(), own.map(identity, [1]))),
  'pool.mapAsync() after close()': () => ending(new Pool(1), (own) => (own.close(), own.mapAsync(identity, [1]))),
  'pool.imap() after terminate()': () =>
    ending(new Pool(1), async (own) => (await own.terminate(), own.imap(identity, [1]))),
  'pool.terminate() while a call is under way': () =>
    ending(new Pool(1), (own) => {
      const call = own.apply(nap, [60_000]);
      void own.terminate();
      return call;
    }),
  'pool.imap() of a source whose next() gives 5': () =>
    pool.imap(identity, { [Symbol.iterator]: () => ({ next: () => any(5) }) }).next(),
  'results of an iterator, asked for after the end': () =>
    ending(new Pool(1), async (own) => {
      const results = own.imap(identity, [1, 2, 3], { bufferSize: 1, chunksize: 1 });
      await own.terminate();
      await results.next();
    }),
  'a call more than maxQueue: 1': full(1),
  'a call more than maxQueue: 2': full(2),

  'result.successful() too early': () => pool.applyAsync(nap, [20]).successful(),
  'result.get(-1)': () => pool.applyAsync(nap, [1]).get(-1),
  // Naps without end: a caller that stood still in between would find a short one done before it looks at the clock.
  'result.get(1) too early': () =>
    ending(new Pool(1), (own) => own.applyAsync(nap, [60_000], { errorCallback: () => undefined }).get(1)),
  'timeout of a call': () => ending(new Pool(1), (own) => own.map(nap, [60_000], { timeout: 1 })),
  'timeout of an iteration': () => ending(new Pool(1), (own) => own.imap(nap, [60_000], { timeout: 1 }).next()),
  'timeout of a function without a name': () =>
    ending(new Pool(1), (own) => own.apply(() => new Promise(() => undefined), [], { timeout: 1 })),
  'itemTimeout of a map': () =>
    ending(new Pool(1), (own) => own.map(nap, [60_000, 60_000], { itemTimeout: 40, chunksize: 1 })),
  'itemTimeout of apply': () => ending(new Pool(1), (own) => own.apply(nap, [60_000], { itemTimeout: 40 })),
  'itemTimeout, inline': () => new Pool({ execution: 'inline' }).apply(nap, [1_000], { itemTimeout: 10 }),

  'a thread that exits in an item': () => ending(new Pool(1), (own) => own.map(exit, [1])),
  'a thread that exits in apply': () => ending(new Pool(1), (own) => own.apply(exit)),
  'a thread that exits after its items were moved to it': () =>
    ending(new Pool(1), async (own) => {
      const { move } = await import('granule');
      const items = [1, 2].map(() => move(new Uint8Array(8)));
      const [, second] = await own.mapSettled(exit as never, items, { chunksize: 2 });
      return (second as PromiseRejectedResult).reason as Error;
    }),
  'a module that exits as it loads': () => ending(new Pool(1), (own) => own.apply(neverLoaded)),
  'an initializer that exits': () =>
    ending(new Pool({ threads: 1, initializer: () => process.exit(5) }), (own) => own.apply(identity, [1])),
  'threads that end before they are ready': async () => {
    const preload = new URL('../fixtures/faults/preload-throws.js', import.meta.url).href;
    const program = fileURLToPath(new URL('../fixtures/errors/start.js', import.meta.url));
    const { stdout } = await run(process.execPath, ['--import', preload, program], '.');
    return JSON.parse(stdout) as Error;
  },
});
