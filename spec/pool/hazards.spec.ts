/**
 * Where pools break, ours is shown not to: each of these was reproduced in a peer, or in what granule is built on.
 * Those of threads that die are in faults/; those of single features, in these features' own files.
 */
import { once } from 'node:events';
import { cp, readFile } from 'node:fs/promises';
import { MessageChannel } from 'node:worker_threads';
import { describe, expect, test } from '@jest/globals';
import { cpuCount, move, taskModule } from 'granule';
import { Folder } from '../package/folder.js';
import { Gate, reaches, sharedWords } from '../support/gate.js';
import { HeldGrace } from '../support/grace.js';
import { openPool } from '../support/pools.js';
import { program } from '../support/program.js';

const { square, identity } = taskModule<typeof import('../fixtures/pool/arithmetic.js')>(
  new URL('../fixtures/pool/arithmetic.js', import.meta.url),
);
const { noteTurn } = taskModule<typeof import('../fixtures/pool/chunks.js')>(
  new URL('../fixtures/pool/chunks.js', import.meta.url),
);
const { here } = taskModule<typeof import('../fixtures/pool/counting.js')>(
  new URL('../fixtures/pool/counting.js', import.meta.url),
);
const { pass, passAs } = taskModule<typeof import('../fixtures/pool/gates.js')>(
  new URL('../fixtures/pool/gates.js', import.meta.url),
);
const { stay } = taskModule<typeof import('../fixtures/pool/aborting.js')>(
  new URL('../fixtures/pool/aborting.js', import.meta.url),
);
const { make } = taskModule<typeof import('../fixtures/pool/uncloneable.js')>(
  new URL('../fixtures/pool/uncloneable.js', import.meta.url),
);
const background = taskModule<typeof import('../fixtures/pool/background.js')>(
  new URL('../fixtures/pool/background.js', import.meta.url),
);

const upTo = (n: number): number[] => Array.from({ length: n }, (_, i) => i);

describe('closing', () => {
  test.each([2, 3, 4])('lets %i tasks of different length end (piscina: the first end kills the rest)', async (n) => {
    const pool = openPool(n);
    const gates = upTo(n).map(() => new Gate());
    const tasks = gates.map((gate, i) => pool.apply(pass, [i, gate.words]));
    await Promise.all(gates.map((gate) => gate.arrived()));
    pool.close();
    const joined = pool.join();
    for (const [i, gate] of gates.entries()) {
      gate.open();
      expect(await tasks[i]).toBe(i);
    }
    await joined;
  });

  test('settles every promise, however the pool ends (poolifier, multithreading: left pending)', async () => {
    for (const end of ['close', 'terminate'] as const) {
      const pool = openPool(2);
      const promises = [...upTo(200).map((x) => pool.apply(square, [x])), pool.map(square, upTo(1_000))];
      const settled = Promise.allSettled<unknown>(promises);
      await (end === 'close' ? pool[Symbol.asyncDispose]() : pool.terminate());
      const states = new Set((await settled).map(({ status }) => status));
      if (end === 'close') expect([...states]).toEqual(['fulfilled']);
    }
  });
});

describe('a module that fails to load', () => {
  test('first of all does not leave later calls hanging (piscina, tinypool: the bootstrap latch)', async () => {
    const { task } = taskModule<{ task(): void }>(new URL('../fixtures/pool/not-there.js', import.meta.url));
    for (const threads of [1, 2, 4]) {
      const pool = openPool(threads);
      const bad = Promise.allSettled(upTo(2 * threads).map(() => pool.apply(task)));
      const good = upTo(4 * threads).map((x) => pool.apply(square, [x]));
      expect((await bad).every(({ status }) => status === 'rejected')).toBe(true);
      expect(await Promise.all(good)).toEqual(upTo(4 * threads).map((x) => x * x));
      expect(pool.stats().lostThreads).toBe(0);
    }
  });

  test('is evaluated once in a thread, not tried again as another kind (piscina)', async () => {
    await using folder = await Folder.create();
    await folder.write([
      ['counts.mjs', `globalThis.evaluations = (globalThis.evaluations ?? 0) + 1; throw new Error('always');`],
    ]);
    const { task } = taskModule<{ task(): void }>(`${folder.path}/counts.mjs`);
    const pool = openPool(1);
    for (let i = 0; i < 3; i++) await expect(pool.apply(task)).rejects.toThrow('always');
    expect(await pool.apply(() => (globalThis as { evaluations?: number }).evaluations)).toBe(1);
  });
});

describe('a result that cannot be cloned', () => {
  test('leaves the thread alive, and says why (piscina: kills it, rejects with {})', async () => {
    const pool = openPool(1);
    const thread = await pool.apply(here);
    for (const kind of ['function', 'handler', 'symbol', 'throw'] as const) {
      await expect(pool.apply(make, [kind])).rejects.toMatchObject({
        code: 'ERR_GRANULE_SERIALIZATION',
        message: expect.stringMatching(/another thread/) as unknown,
      });
    }
    expect(await pool.apply(here)).toBe(thread);
  });
});

describe('an AbortSignal', () => {
  test('costs neither concurrency nor threads (piscina: one task a thread, cancelling kills)', async () => {
    using _grace = new HeldGrace();
    const pool = openPool(2);
    const threads = await pool.broadcast(here);
    const { signal } = new AbortController();
    const gate = new Gate();
    const both = [1, 2].map((x) => pool.apply(passAs, [x, gate.words], { signal }));
    await gate.arrived(2);
    gate.open();
    expect(new Set(await Promise.all(both)).size).toBe(2);
    for (let i = 0; i < 20; i++) {
      const controller = new AbortController();
      const [at, seen] = [new Gate(), new Gate()];
      const doomed = pool.apply(stay, [0, sharedWords(1), at.words, seen.words], { signal: controller.signal });
      await at.arrived();
      controller.abort(i);
      await expect(doomed).rejects.toBe(i);
    }
    expect(await pool.broadcast(here)).toEqual(threads);
    expect(pool.stats().lostThreads).toBe(0);
  });

  test('does not turn the order round (piscina under stricterFIFO: the queue runs last in, first out)', async () => {
    const pool = openPool(1);
    const { signal } = new AbortController();
    const gate = new Gate();
    const first = pool.apply(pass, [0, gate.words], { signal });
    await gate.arrived();
    const next = sharedWords(1);
    const turn = (words: Int32Array): number => Atomics.add(words, 0, 1);
    const turns = upTo(60).map((i) => pool.apply(turn, [next], i % 2 === 0 ? { signal } : {}));
    gate.open();
    expect(await Promise.all(turns)).toEqual(upTo(60));
    await first;
  });
});

describe('the queue', () => {
  test('passes no call over while others start (piscina by default: 57 of 60 slots)', async () => {
    const pool = openPool(2);
    const gate = new Gate();
    const busy = [1, 2].map((x) => pool.apply(pass, [x, gate.words]));
    await gate.arrived(2);
    const turns = sharedWords(60);
    const calls = upTo(60).map((i) => pool.apply(noteTurn, [i, turns]));
    gate.open();
    await Promise.all(busy);
    // Each thread takes the first that is left. One that has taken a call may be overtaken by all that the other runs
    // meanwhile, but a call that was passed over would come behind a later one in its own thread.
    const threads = await Promise.all(calls);
    for (const thread of new Set(threads)) {
      const own = upTo(60).filter((i) => threads[i] === thread);
      expect(own.map((i) => turns[i])).toEqual(own.map((_, k) => k + 1));
    }
  });

  test('loses nothing of 70 000 calls at once (multithreading: 4 464 promises)', async () => {
    const pool = openPool(2);
    const task = (x: number): number => x;
    const results = await Promise.all(upTo(70_000).map((x) => pool.apply(task, [x])));
    expect(results.findIndex((value, x) => value !== x)).toBe(-1);
  });
});

describe('between tasks a thread’s event loop goes on (piscina with atomics: parked)', () => {
  test('timers', async () => {
    const pool = openPool(1);
    const words = sharedWords(1);
    await pool.apply(background.tickOn, [words]);
    await reaches(words, 0, 20);
    expect(await pool.apply(square, [3])).toBe(9);
    await reaches(words, 0, Atomics.load(words, 0) + 5);
  });

  test('messages', async () => {
    const pool = openPool(1);
    const { port1, port2 } = new MessageChannel();
    await pool.apply(background.answerOn, [move(port2)]);
    for (let n = 0; n < 3; n++) {
      port1.postMessage(n);
      expect(await once(port1, 'message')).toEqual([n + 1]);
    }
    port1.close();
  });

  test('Atomics.waitAsync', async () => {
    const pool = openPool(1);
    const words = sharedWords(2);
    await pool.apply(background.echoOn, [words]);
    for (let n = 1; n <= 3; n++) {
      Atomics.store(words, 0, n);
      Atomics.notify(words, 0);
      await reaches(words, 1, n);
    }
  });

  test('what a task started and did not await', async () => {
    const pool = openPool(1);
    const words = sharedWords(1);
    await pool.apply(background.goOn, [words]);
    await reaches(words, 0, 10);
  });

  test('and during a long map they get their turn too', async () => {
    const pool = openPool(1);
    const words = sharedWords(2);
    await pool.apply(background.tickOn, [words]);
    // The map ends only if the timer ticks while it runs.
    const until = (_: number, ticks: Int32Array): number => {
      for (const end = performance.now() + 1; performance.now() < end; );
      return Atomics.load(ticks, 0);
    };
    const seen = await pool.map(until, upTo(200), { args: [words], chunksize: 200 });
    expect(seen.at(-1)).toBeGreaterThan(seen[0]);
  });

  test('a BroadcastChannel reaches every thread', async () => {
    const pool = openPool(2);
    await pool.ready();
    const listening = sharedWords(1);
    const heard = pool.broadcast(background.hear, ['granule hazards', listening]);
    await reaches(listening, 0, 2);
    const channel = new BroadcastChannel('granule hazards');
    channel.postMessage('hello, threads');
    expect(await heard).toEqual(['hello, threads', 'hello, threads']);
    channel.close();
  });
});

describe('size', () => {
  test('is by default what the machine can run at once, a whole number (piscina: 1.5 times that)', () => {
    const pool = openPool({});
    expect(pool.threads).toBe(cpuCount());
    expect(Number.isInteger(pool.threads)).toBe(true);
  });

  test('stays what it is while the pool is idle (piscina: idleTimeout 0 thrashes)', async () => {
    const pool = openPool(2);
    const before = await pool.broadcast(here);
    for (let i = 0; i < 20; i++) {
      await pool.apply(square, [i]);
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(await pool.broadcast(here)).toEqual(before);
  });
});

describe('move()', () => {
  test('of one view does not take the memory of its siblings (piscina: the whole buffer)', async () => {
    const pool = openPool(1);
    const whole = Float64Array.of(1, 2, 3, 4);
    const [left, right] = [whole.subarray(0, 2), whole.subarray(2)];
    await pool.apply(identity, [move(left)]);
    expect([...right]).toEqual([3, 4]);
    const bytes = Buffer.from('pooled'); // part of a buffer that all small Buffers share
    await pool.apply(identity, [move(bytes)]);
    expect(bytes.toString()).toBe('pooled');
  });
});

describe('values of a thread are of the caller’s realm (Jest’s VM: foreign prototypes)', () => {
  const values = (): unknown[] => [
    { a: [{}] },
    [1],
    new Map([[{}, []]]),
    new Set([{}]),
    new Date(0),
    /x/,
    new Error('e'),
    new Uint8Array(1),
    new ArrayBuffer(1),
  ];
  const types = [Object, Array, Map, Set, Date, RegExp, Error, Uint8Array, ArrayBuffer];

  test('on the byte lane, on the message lane, as settled results and as items', async () => {
    const pool = openPool(1);
    const shared = sharedWords(1);
    const byMessage = (words: Int32Array): unknown[] => [
      words,
      { a: [{}] },
      [1],
      new Map([[{}, []]]),
      new Set([{}]),
      new Date(0),
      /x/,
      new Error('e'),
      new Uint8Array(1),
      new ArrayBuffer(1),
    ];
    const [, ...messaged] = await pool.apply(byMessage, [shared]);
    const lists = [await pool.apply(values), messaged, await pool.map(identity, values())];
    for (const list of lists) {
      expect(Object.getPrototypeOf(list)).toBe(Array.prototype);
      list.forEach((value, i) => expect(Object.getPrototypeOf(value)).toBe(types[i].prototype));
      const [record, , map, set] = list as [{ a: object[] }, unknown, Map<object, object>, Set<object>];
      expect(Object.getPrototypeOf(record.a)).toBe(Array.prototype);
      expect(Object.getPrototypeOf(record.a[0])).toBe(Object.prototype);
      expect(Object.getPrototypeOf([...map.keys()][0])).toBe(Object.prototype);
      expect(Object.getPrototypeOf([...map.values()][0])).toBe(Array.prototype);
      expect(Object.getPrototypeOf([...set][0])).toBe(Object.prototype);
    }
    const [settled] = await pool.mapSettled(identity, [[1]]);
    expect(Object.getPrototypeOf(settled)).toBe(Object.prototype);
  });

  test('errors as well', async () => {
    const pool = openPool(1);
    const fail = (): never => {
      throw Object.assign(new TypeError('t', { cause: new RangeError('r') }), { list: [{}] });
    };
    const error = (await pool.apply(fail).catch((reason: unknown) => reason)) as Error & { list: [object] };
    expect(error).toBeInstanceOf(TypeError);
    expect(error.cause).toBeInstanceOf(RangeError);
    expect(Object.getPrototypeOf(error.list)).toBe(Array.prototype);
    expect(Object.getPrototypeOf(error.list[0])).toBe(Object.prototype);
  });
});

describe('ending a thread that evaluates a top-level await', () => {
  test('is waited for (Node 22 to 26: the whole process dies of SIGTRAP)', async () => {
    await using folder = await Folder.create();
    await folder.write([
      ['slow.mjs', `import { existsSync, writeFileSync } from 'node:fs';
        writeFileSync(new URL('loading', import.meta.url), '');
        while (!existsSync(new URL('go-on', import.meta.url))) await new Promise((resolve) => setTimeout(resolve, 10));
        export function task() {}`],
    ]);
    const outcome = await program('terminate-loading', folder.path);
    expect(outcome).toEqual({ code: 0, stdout: 'PoolClosedError\nended\n', stderr: '' });
  });
});

describe('functions by source', () => {
  test('find esbuild’s helper __name', async () => {
    const pool = openPool(1);
    const text = 'const inner = __name(() => x * x, "inner"); return [inner.name, inner()]';
    // eslint-disable-next-line @typescript-eslint/no-implied-eval
    const task = new Function('x', text) as (x: number) => unknown;
    expect(await pool.apply(task, [3])).toEqual(['inner', 9]);
  });
});

describe('a second copy of the package', () => {
  test('agrees with the first on what is moved, what a task is, and which task runs', async () => {
    await using folder = await Folder.create();
    await folder.link('granule');
    for (const name of ['piscina', 'comlink']) await folder.link(name);
    await cp('dist', `${folder.path}/copy/dist`, { recursive: true });
    await folder.write([
      ['copy/package.json', await readFile('package.json', 'utf8')],
      ['tasks.mjs', `import { currentTask } from './copy/dist/lib/index.js';
        export const length = (bytes) => [bytes.length, currentTask() !== undefined];`],
      ['main.mjs', `import { Pool, taskModule } from 'granule';
        import * as copy from './copy/dist/lib/index.js';
        const bytes = Uint8Array.of(1, 2);
        const { length } = copy.taskModule(new URL('./tasks.mjs', import.meta.url));
        const pool = new Pool(1);
        const seen = await pool.apply(length, [copy.move(bytes)]);
        const inner = new copy.Pool({ execution: 'inline' });
        const refused = await pool.apply(length, [inner]).catch((error) => error.message.includes('inside the task'));
        console.log(JSON.stringify([Pool === copy.Pool, bytes.length, seen, refused]));
        await pool.terminate();`],
    ]);
    expect(await folder.node(['main.mjs'])).toEqual({ code: 0, stdout: '[false,0,[2,true],true]\n', stderr: '' });
  });
});
