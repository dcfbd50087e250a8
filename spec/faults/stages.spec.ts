/** Threads end at every stage of a call: each call settles as it should, others go on, the pool is whole again. */
import { afterEach, describe, expect, test } from '@jest/globals';
import { PoolClosedError, QueueFullError, taskModule, type Pool } from 'granule';
import { lost, threadsOf, upTo } from '../fixtures/faults/survivors.js';
import { FATAL, LEFT, WHO, WORDS, type How } from '../fixtures/faults/stages.js';
import { ThreadWatch } from '../fixtures/faults/watch-threads.js';
import { Gate, reaches, sharedWords } from '../support/gate.js';
import { openPool } from '../support/pools.js';
import { errorOf, expected, gist, hows, ITEMS, stages, type Stage } from './stages.js';

const { prepare, fatalResult } = taskModule<typeof import('../fixtures/faults/stages.js')>(
  new URL('../fixtures/faults/stages.js', import.meta.url),
);

const { exitAtGate } = taskModule<typeof import('../fixtures/faults/ends.js')>(
  new URL('../fixtures/faults/ends.js', import.meta.url),
);

/** Large enough to start in, small enough to be filled within a moment. */
const resourceLimits = { maxOldGenerationSizeMb: 32 };
const square = (x: number): number => x * x;
const squares = upTo(200).map(square);

/** A pool of which the first `times` threads that come to the stage meet their end. */
async function prepared(how: How, times: number): Promise<{ pool: Pool; words: Int32Array }> {
  const words = sharedWords(WORDS);
  words[LEFT] = times;
  const pool = openPool({ threads: 2, resourceLimits, initializer: prepare, initargs: [how, words] });
  await pool.ready();
  return { pool, words };
}

/** Ends, from outside, each thread that comes to the stage. */
async function endWhoComes(watch: ThreadWatch, words: Int32Array, times: number): Promise<void> {
  for (let turn = 0; turn < times; turn++) {
    await reaches(words, WHO + turn, 1);
    const worker = [...watch.alive].find(({ threadId }) => threadId === words[WHO + turn]);
    await worker!.terminate();
  }
}

/** Runs the call of the stage, with others beside it. */
async function attack(stage: Stage, how: How, times: number, retries: number): Promise<unknown[]> {
  using watch = new ThreadWatch();
  const { pool, words } = await prepared(how, times);
  const meant = times > 1 && stage.ofItem ? 1 + retries : Math.min(times, 2);
  const others = [pool.map(square, upTo(200)), pool.map(square, upTo(200), { chunksize: 1 })];
  // Far longer than the machine keeps an item waiting that comes to no harm.
  const limits = how !== 'loops' ? {} : stage.ofItem ? { itemTimeout: 3_000 } : { timeout: 3_000 };
  const call = stage.start(pool, { chunksize: 1, retries, ...limits });
  const ending = how === 'is ended' ? endWhoComes(watch, words, meant) : undefined;
  const failed = (reason: unknown): PromiseRejectedResult => ({ status: 'rejected', reason });
  const outcome = (await call.catch((reason: unknown) => upTo(ITEMS).map(() => failed(reason)))).map(gist);
  await ending;
  for (const other of others) expect(await other).toEqual(squares);
  expect((await threadsOf(pool)).size).toBe(2);
  expect(await pool.map(square, upTo(200))).toEqual(squares);
  expect(pool.stats()).toMatchObject({ queued: 0, running: 0 });
  return outcome;
}

describe.each(stages)('while $name', (stage) => {
  test.each(hows)('a thread %s, again and again: what needs that fails, and nothing else', async (how) => {
    expect(await attack(stage, how, 1_000, 0)).toEqual(expected(stage, errorOf(stage, how)));
  });

  test('a thread exits, once: another does it', async () => {
    expect(await attack(stage, 'exits', 1, 1)).toEqual(expected(stage, undefined));
  });
});

describe('while the caller encodes the arguments', () => {
  test('and a getter of theirs throws: the call rejects with that, no thread is lost', async () => {
    const pool = openPool(2);
    const before = await threadsOf(pool);
    const item = {
      get n(): number {
        throw new RangeError('not to be had');
      },
    };
    const calls = [
      () => pool.apply((x: { n: number }) => x.n, [item]),
      () => pool.map((x: { n: number }) => x.n, [{ n: 1 }, item]),
      () => pool.map((x: number, { n }: { n: number }) => x + n, [1, 2], { args: [item] }),
      () => pool.imap((x: { n: number }) => x.n, [item]).next(),
    ];
    for (const call of calls) await expect(call()).rejects.toThrow('not to be had');
    expect(await threadsOf(pool)).toEqual(before);
  });

  test('and a source of theirs throws half-way, just when the threads have ended', async () => {
    const pool = openPool(2);
    const gate = new Gate();
    const ended = [0, 1].map((item) => lost(pool.apply(exitAtGate, [item, gate.words])));
    await gate.arrived(2);
    async function* source(): AsyncGenerator<number> {
      yield 1;
      gate.open();
      await Promise.all(ended);
      throw new RangeError('half-way');
    }
    await expect(pool.map(square, source())).rejects.toThrow('half-way');
    expect((await threadsOf(pool)).size).toBe(2);
  });

  test('and the thread ends that was to have them', async () => {
    const pool = openPool(1);
    const gate = new Gate();
    const ended = lost(pool.apply(exitAtGate, [0, gate.words]));
    await gate.arrived();
    const item = {
      get n(): number {
        gate.open();
        // The thread ends while nobody here can hear of it.
        Atomics.wait(sharedWords(1), 0, 0, 100);
        return 5;
      },
    };
    expect(await pool.apply((x: { n: number }) => x.n, [item])).toBe(5);
    await ended;
  });
});

describe('while the caller decodes the result', () => {
  const { set } = Map.prototype;
  afterEach(() => {
    Map.prototype.set = set;
  });

  test('and code of the program throws in there: the call rejects with that, the pool works on', async () => {
    const pool = openPool(2);
    const result = await pool.apply(fatalResult);
    expect(result.get(FATAL)).toBe(1);
    Map.prototype.set = function (this: Map<unknown, unknown>, key: unknown, value: unknown) {
      if (key === FATAL) throw new RangeError('not in here');
      return set.call(this, key, value);
    };
    await expect(pool.apply(fatalResult)).rejects.toThrow('not in here');
    await expect(pool.map(fatalResult, [1, 2, 3])).rejects.toThrow('not in here');
    await expect(pool.imap(fatalResult, [1]).next()).rejects.toThrow('not in here');
    expect(await pool.map(square, upTo(200))).toEqual(squares);
    expect(pool.stats()).toMatchObject({ queued: 0, running: 0, lostThreads: 0 });
  });
});

describe('while its pool ends', () => {
  const ways: readonly (readonly [string, (pool: Pool) => Promise<unknown>, boolean])[] = [
    ['close() and join()', (pool) => (pool.close(), pool.join()), true],
    ['terminate()', (pool) => pool.terminate(), false],
    ['terminate(), twice', (pool) => Promise.all([pool.terminate(), pool.terminate()]), false],
    ['`await using`', (pool) => pool[Symbol.asyncDispose](), true],
  ];

  test.each(ways)('by %s, all threads end by themselves: every call settles', async (_, end, finishes) => {
    using watch = new ThreadWatch();
    const pool = openPool(2);
    const gate = new Gate();
    const dying = [0, 1].map((item) => pool.apply(exitAtGate, [item, gate.words]).catch((error: unknown) => error));
    await gate.arrived(2);
    const waiting = [pool.map(square, upTo(200)), pool.apply(square, [3])].map((call) => call.catch((e: unknown) => e));
    const ended = end(pool);
    gate.open();
    await ended;
    const error = finishes ? { code: 'ERR_GRANULE_WORKER_LOST' } : { code: 'ERR_GRANULE_POOL_CLOSED' };
    for (const call of dying) expect(await call).toMatchObject(error);
    const results = await Promise.all(waiting);
    if (finishes) expect(results).toEqual([squares, 9]);
    else for (const result of results) expect(result).toBeInstanceOf(PoolClosedError);
    expect(watch.alive.size).toBe(0);
  });
});

describe('while its queue is full', () => {
  test('threads end: those that wait are run, those that are too many were told so', async () => {
    const pool = openPool({ threads: 2, maxQueue: 3 });
    const gate = new Gate();
    const dying = [0, 1].map((item) => lost(pool.apply(exitAtGate, [item, gate.words])));
    await gate.arrived(2);
    const waiting = [2, 3, 4].map((x) => pool.apply(square, [x]));
    for (let i = 0; i < 5; i++) await expect(pool.apply(square, [9])).rejects.toBeInstanceOf(QueueFullError);
    gate.open();
    await Promise.all(dying);
    expect(await Promise.all(waiting)).toEqual([4, 9, 16]);
    expect(await Promise.all([5, 6].map((x) => pool.apply(square, [x])))).toEqual([25, 36]);
  });
});
