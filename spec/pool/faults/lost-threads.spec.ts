import { describe, expect, test } from '@jest/globals';
import { move, taskModule, WorkerLostError, type Pool, type Schedule } from 'granule';
import type { Lane } from '../../fixtures/faults/items.js';
import { lost, threadsOf, until, upTo } from '../../fixtures/faults/survivors.js';
import { Gate, sharedWords } from '../../support/gate.js';
import { openPool } from '../../support/pools.js';

const ends = taskModule<typeof import('../../fixtures/faults/ends.js')>(
  new URL('../../fixtures/faults/ends.js', import.meta.url),
);
const items = taskModule<typeof import('../../fixtures/faults/items.js')>(
  new URL('../../fixtures/faults/items.js', import.meta.url),
);
const { listen } = taskModule<typeof import('../../fixtures/faults/loading-signal.js')>(
  new URL('../../fixtures/faults/loading-signal.js', import.meta.url),
);
const { loadedAtLast } = taskModule<typeof import('../../fixtures/faults/loads-slowly.js')>(
  new URL('../../fixtures/faults/loads-slowly.js', import.meta.url),
);
const { pass, passAs } = taskModule<typeof import('../../fixtures/pool/gates.js')>(
  new URL('../../fixtures/pool/gates.js', import.meta.url),
);

/** The pool has all its threads, of which none is one of `dead`. */
async function isWhole(pool: Pool, ...dead: (number | undefined)[]): Promise<void> {
  const threads = await threadsOf(pool);
  expect(threads.size).toBe(pool.threads);
  expect([...threads].filter((id) => dead.includes(id))).toEqual([]);
}

function expectLost(outcome: PromiseSettledResult<unknown> | undefined, exitCode = 9): void {
  expect(outcome).toMatchObject({ status: 'rejected', reason: { code: 'ERR_GRANULE_WORKER_LOST', exitCode } });
}

describe('apply, whose task ends the thread', () => {
  test.each([
    ['process.exit', ends.exit],
    ['process.exit in a callback, while the task is awaited', ends.exitLater],
  ])('by %s, rejects with WorkerLostError: which thread, which exit code', async (_, task) => {
    const pool = openPool(2);
    const before = await threadsOf(pool);
    const error = await lost(pool.apply(task, [7]));
    expect([error.name, error.exitCode, error.cause]).toEqual(['WorkerLostError', 7, undefined]);
    expect(error.message).toMatch(/exit(Later)?.* exit code 7/);
    expect(before).toContain(error.threadId);
    await isWhole(pool, error.threadId);
    expect(pool.stats()).toMatchObject({ lostThreads: 1, failed: 1, running: 0, queued: 0 });
  });

  test.each([
    ['an error thrown in a callback', ends.throwLater],
    ['a rejection that nobody handles', ends.rejectUnseen],
  ])('by %s, has that error as the cause', async (_, task) => {
    const pool = openPool(2);
    const error = await lost(pool.apply(task, ['too late']));
    expect(error.cause).toMatchObject({ name: 'RangeError', message: 'too late' });
    expect(error.exitCode).toBe(1);
    await isWhole(pool, error.threadId);
  });

  test('by running out of memory under resourceLimits, says so in the cause', async () => {
    const pool = openPool({ threads: 2, resourceLimits: { maxOldGenerationSizeMb: 24, maxYoungGenerationSizeMb: 4 } });
    const error = await lost(pool.apply(ends.exhaustMemory));
    expect(error.cause).toMatchObject({ code: 'ERR_WORKER_OUT_OF_MEMORY' });
    await isWhole(pool, error.threadId);
  });

  test('does so in a pool of one thread, again and again', async () => {
    const pool = openPool(1);
    for (let code = 1; code <= 5; code++) expect((await lost(pool.apply(ends.exit, [code]))).exitCode).toBe(code);
    await isWhole(pool);
  });

  test('takes no other call with it: those that wait run on the thread that comes after', async () => {
    const pool = openPool(1);
    const gate = new Gate();
    const fatal = lost(pool.apply(ends.exitAtGate, [0, gate.words]));
    await gate.arrived();
    const waiting = upTo(50).map((value) => pool.apply(pass, [value, gate.words]));
    gate.open();
    expect((await fatal).exitCode).toBe(6);
    expect(await Promise.all(waiting)).toEqual(upTo(50));
  });

  test('names neither the cause nor the thread of another that died with it', async () => {
    const pool = openPool(3);
    const gate = new Gate();
    const exiting = lost(pool.apply(ends.exitAtGate, [0, gate.words]));
    const throwing = lost(pool.apply(ends.throwLater, ['mine']));
    await gate.arrived();
    gate.open();
    const [exited, threw] = await Promise.all([exiting, throwing]);
    expect([exited.exitCode, exited.cause]).toEqual([6, undefined]);
    expect(threw.cause).toMatchObject({ message: 'mine' });
    expect(exited.threadId).not.toBe(threw.threadId);
    await isWhole(pool, exited.threadId, threw.threadId);
  });
});

describe('mapSettled, some of whose items end their threads', () => {
  const victims = [3, 4, 17, 39];
  const schedules: Schedule[] = ['static', 'dynamic', 'guided', 'auto'];

  test.each(schedules)('under %s, loses those alone and runs every other once', async (schedule) => {
    const pool = openPool(3);
    const runs = sharedWords(40);
    const outcomes = await pool.mapSettled(items.run, upTo(40), { schedule, args: [victims, runs] });
    for (const [item, outcome] of outcomes.entries()) {
      if (victims.includes(item)) expectLost(outcome);
      else expect(outcome).toEqual({ status: 'fulfilled', value: item * 10 });
    }
    expect([...runs]).toEqual(new Array(40).fill(1));
    expect(pool.stats().lostThreads).toBe(victims.length);
    await isWhole(pool);
  });

  test.each<[Lane, unknown]>([
    ['number', 20],
    ['object', { item: 2, text: 'item 2' }],
    ['undefined', undefined],
    ['shared memory', Int32Array.of(2)],
  ])('keeps the results that its thread had finished: %s', async (lane, second) => {
    const pool = openPool(1);
    const runs = sharedWords(6);
    // One chunk: items 0 to 3 were finished by the thread that ends at item 4.
    const outcomes = await pool.mapSettled(items.run, upTo(6), { chunksize: 6, args: [[4], runs, lane] });
    const kept = outcomes.map(({ status }) => status === 'fulfilled');
    expect(kept).toEqual([true, true, true, true, false, true]);
    expectLost(outcomes[4]);
    expect(outcomes[2]).toEqual({ status: 'fulfilled', value: second });
    expect([...runs]).toEqual([1, 1, 1, 1, 1, 1]);
  });

  test('keeps the errors that its thread had thrown before', async () => {
    const pool = openPool(1);
    const task = (item: number): number => {
      if (item === 3) process.exit(9);
      throw new RangeError(`item ${item}`);
    };
    const outcomes = await pool.mapSettled(task, upTo(5), { chunksize: 5 });
    for (const item of [0, 1, 2, 4]) {
      expect(outcomes[item]).toMatchObject({ status: 'rejected', reason: { message: `item ${item}` } });
    }
    expectLost(outcomes[3]);
  });

  test('of objects, and of objects with shared memory in them, which go by message', async () => {
    const pool = openPool(2);
    const runs = sharedWords(20);
    const memory = sharedWords(1);
    for (const list of [upTo(20).map((item) => ({ item })), upTo(20).map((item) => ({ item, memory }))]) {
      runs.fill(0);
      const outcomes = await pool.mapSettled(items.runObject, list, { args: [[0, 7, 19], runs] });
      for (const [item, outcome] of outcomes.entries()) {
        if ([0, 7, 19].includes(item)) expectLost(outcome);
        else expect(outcome).toEqual({ status: 'fulfilled', value: item * 10 });
      }
      expect([...runs]).toEqual(new Array(20).fill(1));
    }
    await isWhole(pool);
  });

  test('of memory that was moved reports what went down with the thread, and runs nothing twice', async () => {
    const pool = openPool(2);
    const runs = sharedWords(24);
    const moved = upTo(24).map((item) => move(Uint32Array.of(item)));
    const outcomes = await pool.mapSettled(items.runMoved, moved, { chunksize: 6, args: [[8], runs] });
    for (const [item, outcome] of outcomes.entries()) {
      // 8 ended the thread that had been sent 6 to 11: of those, the ones it had not begun were not copied.
      if (item >= 8 && item < 12) expectLost(outcome);
      else expect(outcome).toEqual({ status: 'fulfilled', value: item * 10 });
    }
    expect([...runs]).toEqual(upTo(24).map((item) => (item > 8 && item < 12 ? 0 : 1)));
    await isWhole(pool);
  });

  test('of which every item is a victim, reports them all', async () => {
    const pool = openPool(2);
    const runs = sharedWords(12);
    const outcomes = await pool.mapSettled(items.run, upTo(12), { args: [upTo(12), runs] });
    for (const outcome of outcomes) expectLost(outcome);
    expect([...runs]).toEqual(new Array(12).fill(1));
    await isWhole(pool);
  });

  test('of which all threads die at the same time', async () => {
    const pool = openPool(3);
    const gate = new Gate();
    const runs = sharedWords(30);
    const call = pool.mapSettled(items.dieAtGate, upTo(30), { chunksize: 10, args: [[0, 10, 20], runs, gate.words] });
    await gate.arrived(3);
    gate.open();
    for (const [item, outcome] of (await call).entries()) {
      if (item % 10 === 0) expectLost(outcome);
      else expect(outcome).toEqual({ status: 'fulfilled', value: item * 10 });
    }
    expect([...runs]).toEqual(new Array(30).fill(1));
    expect(pool.stats().lostThreads).toBe(3);
    await isWhole(pool);
  });

  test('tells onProgress of every item once, to the last', async () => {
    const pool = openPool(2);
    const seen: number[] = [];
    const onProgress = (done: number): void => void seen.push(done);
    await pool.mapSettled(items.run, upTo(30), { chunksize: 3, args: [[4, 20], sharedWords(30)], onProgress });
    expect(seen.at(-1)).toBe(30);
    expect(seen).toEqual([...new Set(seen)].sort((a, b) => a - b));
  });
});

describe('a method whose task ends the thread', () => {
  test('map: rejects with the lost item, having run none twice', async () => {
    const pool = openPool(2);
    const runs = sharedWords(100);
    const error = await lost(pool.map(items.run, upTo(100), { args: [[41], runs] }));
    expect(error.message).toContain('41');
    expect(runs.filter((count) => count > 1)).toHaveLength(0);
    expect([...runs.subarray(0, 42)]).toEqual(new Array(42).fill(1));
    await isWhole(pool, error.threadId);
  });

  test('map: rejects with the lowest failing item, also when a higher one was lost first', async () => {
    const pool = openPool(2);
    const gate = new Gate();
    const task = (item: number, gate: Int32Array): number => {
      if (item === 0) {
        Atomics.wait(gate, 1, 0);
        throw new RangeError('the lowest');
      }
      process.exit(9);
    };
    const call = pool.map(task, [0, 1], { chunksize: 1, args: [gate.words] });
    await until(() => pool.stats().lostThreads === 1);
    gate.open();
    await expect(call).rejects.toThrow('the lowest');
  });

  test('map over a typed array', async () => {
    const pool = openPool(2);
    const error = await lost(
      pool.map((x: number) => (x === 700 ? process.exit(9) : x), Float64Array.from(upTo(1000))),
    );
    expect(error.exitCode).toBe(9);
    expect(await pool.map((x: number) => x + 1, Float64Array.of(1, 2))).toEqual(
      new Float64Array(new SharedArrayBuffer(16)).map((_, i) => i + 2),
    );
    await isWhole(pool);
  });

  test('starmap', async () => {
    const pool = openPool(2);
    const runs = sharedWords(10);
    const tuples = upTo(10).map((item): [number, number[], Int32Array] => [item, [6], runs]);
    expect((await lost(pool.starmap(items.runTuple, tuples))).exitCode).toBe(9);
    expect(runs.filter((count) => count > 1)).toHaveLength(0);
    await isWhole(pool);
  });

  test('parallelFor', async () => {
    const pool = openPool(2);
    const runs = sharedWords(1000);
    const error = await lost(pool.parallelFor(items.runRange, 1000, { chunksize: 50, args: [[420], runs] }));
    expect(error.exitCode).toBe(9);
    expect(runs.filter((count) => count > 1)).toHaveLength(0);
    await isWhole(pool);
  });

  test('parallelReduce', async () => {
    const pool = openPool(2);
    const runs = sharedWords(1000);
    const sum = (a: number, b: number): number => a + b;
    const error = await lost(pool.parallelReduce(items.runRange, 1000, sum, { args: [[999], runs] }));
    expect(error.exitCode).toBe(9);
    expect(await pool.parallelReduce(items.runRange, 1000, sum, { args: [[], runs] })).toBe(499_500);
    await isWhole(pool);
  });

  test('imap: rejects that item alone, in its place', async () => {
    const pool = openPool(2);
    const runs = sharedWords(30);
    const results = pool.imap(items.run, upTo(30), { chunksize: 4, args: [[5, 29], runs] });
    for (let item = 0; item < 30; item++) {
      const next = results.next();
      if (item === 5 || item === 29) expect((await lost(next)).exitCode).toBe(9);
      else expect(await next).toEqual({ done: false, value: item * 10 });
    }
    expect(await results.next()).toEqual({ done: true, value: undefined });
    expect([...runs]).toEqual(new Array(30).fill(1));
    await isWhole(pool);
  });

  test('imapUnordered: gives every other item once', async () => {
    const pool = openPool(2);
    const runs = sharedWords(30);
    const results = pool.imapUnordered(items.run, upTo(30), { chunksize: 4, args: [[0, 13], runs] });
    const values: unknown[] = [];
    let losses = 0;
    for (let item = 0; item < 30; item++) {
      await results.next().then(
        ({ value }) => values.push(value),
        (error: unknown) => {
          expect(error).toBeInstanceOf(WorkerLostError);
          losses++;
        },
      );
    }
    expect(await results.next()).toEqual({ done: true, value: undefined });
    expect(losses).toBe(2);
    expect(values.sort((a, b) => Number(a) - Number(b))).toEqual(
      upTo(30).filter((item) => item !== 0 && item !== 13).map((item) => item * 10),
    );
    expect([...runs]).toEqual(new Array(30).fill(1));
    await isWhole(pool);
  });

  test('broadcast: rejects, and the next one reaches every thread', async () => {
    const pool = openPool(3);
    const chosen = [...(await threadsOf(pool))][1];
    const task = async (victim: number): Promise<void> => {
      const { threadId } = await import('node:worker_threads');
      if (threadId === victim) process.exit(9);
    };
    const error = await lost(pool.broadcast(task, [chosen]));
    expect([error.threadId, error.exitCode]).toEqual([chosen, 9]);
    await isWhole(pool, chosen);
  });

  test('broadcast, on all threads at once', async () => {
    const pool = openPool(3);
    expect((await lost(pool.broadcast(ends.exit, [9]))).exitCode).toBe(9);
    await isWhole(pool);
  });
});

describe('a thread that ends', () => {
  test('between calls, is replaced and loses nothing', async () => {
    const pool = openPool(2);
    const dead = await pool.apply(ends.endWhenIdle);
    await until(() => pool.stats().lostThreads === 1);
    expect(pool.stats()).toMatchObject({ failed: 0, completed: 1 });
    await isWhole(pool, dead);
  });

  test('under one call leaves the map that had given way to it unharmed', async () => {
    const pool = openPool(1);
    const runs = sharedWords(2000);
    const map = pool.map(items.runSlowly, upTo(2000), { args: [runs] });
    await until(() => Atomics.load(runs, 20) === 1);
    for (let code = 1; code <= 3; code++) expect((await lost(pool.apply(ends.exit, [code]))).exitCode).toBe(code);
    expect(await map).toEqual(upTo(2000).map((item) => item * 10));
    expect([...runs]).toEqual(new Array(2000).fill(1));
    expect(pool.stats().lostThreads).toBe(3);
  });

  test('before it has taken its share of a broadcast: the replacement takes it', async () => {
    const pool = openPool(2);
    const gate = new Gate();
    await pool.ready();
    const dying = [0, 1].map((item) => lost(pool.apply(ends.exitAtGate, [item, gate.words])));
    await gate.arrived(2);
    const ids = pool.broadcast(ends.here);
    gate.open();
    const dead = (await Promise.all(dying)).map(({ threadId }) => threadId);
    expect(new Set(await ids).size).toBe(2);
    await isWhole(pool, ...dead);
  });

  test("by a callback of one task, while it loads another's module: the next thread runs that", async () => {
    const words = sharedWords(1);
    const pool = openPool({ threads: 1, initializer: listen, initargs: [words] });
    await pool.apply(ends.endOnceLoading, [words]);
    expect(await pool.apply(loadedAtLast)).toBe('loaded');
    expect(words[0]).toBe(2);
    expect(pool.stats().lostThreads).toBe(1);
  });

  test('may do so in dozens', async () => {
    const pool = openPool(2);
    const outcomes = await pool.mapSettled(items.run, upTo(96), {
      args: [upTo(96).filter((item) => item % 4 === 0), sharedWords(96)],
    });
    for (const [item, outcome] of outcomes.entries()) {
      if (item % 4 === 0) expectLost(outcome);
      else expect(outcome).toEqual({ status: 'fulfilled', value: item * 10 });
    }
    expect(pool.stats().lostThreads).toBe(24);
    await isWhole(pool);
  });
});

test('calls posted while threads die all settle', async () => {
  const pool = openPool(2);
  const posted: Promise<number>[] = [];
  let dying = true;
  let pending = 0;
  const post = (): void => {
    // Threads may take long to start: calls are not to fill the memory meanwhile.
    if (pending < 1000) {
      pending++;
      posted.push(pool.apply((x: number) => x + 1, [posted.length]).finally(() => pending--));
    }
    if (dying) setImmediate(post);
  };
  post();
  for (let death = 0; death < 12; death++) {
    await lost(death % 2 === 0 ? pool.apply(ends.throwLater, ['now']) : pool.apply(ends.exit, [1]));
  }
  dying = false;
  const answers = await Promise.all(posted);
  expect(answers).toEqual(answers.map((_, i) => i + 1));
  await isWhole(pool);
});

test('a broadcast that was aborted leaves nothing to the next: every thread runs it once', async () => {
  const pool = openPool(2);
  const gates = [new Gate(), new Gate()] as const;
  const ids = await pool.broadcast(ends.here);
  const held = gates.map((gate) => pool.apply(passAs, [0, gate.words]));
  await Promise.all(gates.map((gate) => gate.arrived()));
  const controller = new AbortController();
  const aborted = pool.broadcast(ends.here, [], { signal: controller.signal });
  controller.abort(new Error('never mind'));
  await expect(aborted).rejects.toThrow('never mind');
  const second = pool.broadcast(ends.here);
  gates[1].open();
  await Promise.race(held);
  gates[0].open();
  expect(await second).toEqual(ids);
});
