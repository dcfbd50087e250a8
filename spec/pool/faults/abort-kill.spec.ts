import { describe, expect, test } from '@jest/globals';
import { taskModule, TimeoutError, type Pool, type TaskReference } from 'granule';
import { threadsOf, until, upTo } from '../../fixtures/faults/survivors.js';
import { Gate, reaches, sharedWords } from '../../support/gate.js';
import { graceIsOver, HeldGrace } from '../../support/grace.js';
import { openPool } from '../../support/pools.js';

const stubborn = taskModule<typeof import('../../fixtures/faults/stubborn.js')>(
  new URL('../../fixtures/faults/stubborn.js', import.meta.url),
);
const { runSlowly } = taskModule<typeof import('../../fixtures/faults/items.js')>(
  new URL('../../fixtures/faults/items.js', import.meta.url),
);
const { slowItem } = taskModule<typeof import('../../fixtures/pool/long.js')>(
  new URL('../../fixtures/pool/long.js', import.meta.url),
);
const { passAs } = taskModule<typeof import('../../fixtures/pool/gates.js')>(
  new URL('../../fixtures/pool/gates.js', import.meta.url),
);

type Spinning = TaskReference<[words: Int32Array], unknown>;

/** Starts the task on the pool and aborts it once it runs. */
async function startAndAbort(pool: Pool, task: Spinning, words: Int32Array): Promise<number> {
  const controller = new AbortController();
  const before = Atomics.load(words, 0);
  const call = pool.apply(task, [words], { signal: controller.signal });
  await reaches(words, 0, before + 1);
  const reason = new Error('no longer wanted');
  controller.abort(reason);
  await expect(call).rejects.toBe(reason);
  return words[1];
}

/** Starts the task on the pool, and lets its time run out once it runs: what has not begun by then never runs. */
async function startAndTimeOut(pool: Pool, task: Spinning, words: Int32Array): Promise<number> {
  for (let timeout = 100; Atomics.load(words, 0) === 0; timeout *= 2) {
    await expect(pool.apply(task, [words], { timeout })).rejects.toThrow(TimeoutError);
  }
  return words[1];
}

const deaf: [string, Spinning][] = [
  ['loops for ever', stubborn.spin],
  ['sleeps for ever', stubborn.sleep],
  ['awaits for ever', stubborn.neverSettle],
];

describe('a task that ignores its end', () => {
  test.each(deaf)('and %s loses its thread after an abort; the pool is whole again', async (_, task) => {
    const pool = openPool(2);
    const words = sharedWords(3);
    const dead = await startAndAbort(pool, task, words);
    const threads = await threadsOf(pool);
    expect(threads.size).toBe(2);
    expect(threads).not.toContain(dead);
  });

  test.each(deaf)('and %s loses its thread after a timeout of the call', async (_, task) => {
    const pool = openPool(2);
    const words = sharedWords(3);
    const dead = await startAndTimeOut(pool, task, words);
    const threads = await threadsOf(pool);
    expect(threads.size).toBe(2);
    expect(threads).not.toContain(dead);
  });

  test.each(deaf)('and %s loses its thread after its itemTimeout', async (_, task) => {
    const pool = openPool(2);
    const words = sharedWords(3);
    await expect(pool.apply(task, [words], { itemTimeout: 50 })).rejects.toThrow(TimeoutError);
    const threads = await threadsOf(pool);
    expect(threads.size).toBe(2);
    expect(threads).not.toContain(words[1]);
  });

  test('loses every thread that it holds', async () => {
    const pool = openPool(3);
    const words = sharedWords(3);
    const before = await threadsOf(pool);
    const controller = new AbortController();
    const options = { signal: controller.signal, chunksize: 1, args: [upTo(3), words, sharedWords(3)] };
    const call = pool.map(stubborn.spinAt, upTo(3), options);
    await reaches(words, 0, 3);
    controller.abort(new Error('all of you'));
    await expect(call).rejects.toThrow('all of you');
    const after = await threadsOf(pool);
    expect(after.size).toBe(3);
    expect([...after].filter((id) => before.has(id))).toEqual([]);
  });

  test('in a callback that never returns, with no item being run, loses its thread', async () => {
    const pool = openPool(1);
    const words = sharedWords(3);
    const controller = new AbortController();
    const call = pool.map(stubborn.leaveSpinning, upTo(10_000), { signal: controller.signal, args: [words] });
    await reaches(words, 0, 1);
    controller.abort(new Error('get out'));
    await expect(call).rejects.toThrow('get out');
    const threads = await threadsOf(pool);
    expect(threads.size).toBe(1);
    expect(threads).not.toContain(words[1]);
  });

  test('in a callback, is looked at again where the caller had no time to look when it should have', async () => {
    using grace = new HeldGrace();
    const pool = openPool(1);
    const words = sharedWords(3);
    const controller = new AbortController();
    await pool.apply(stubborn.leaveWaiting, [words]);
    await reaches(words, 0, 1);
    const call = pool.apply(stubborn.leaveWaiting, [words], { signal: controller.signal });
    controller.abort(new Error('get out'));
    await expect(call).rejects.toThrow('get out');
    // Longer than the grace: the caller looks late, and only then the callback ends.
    Atomics.wait(sharedWords(1), 0, 0, 1200);
    grace.pass();
    await new Promise((resolve) => setImmediate(resolve));
    Atomics.store(words, 2, 1);
    expect([...(await threadsOf(pool))]).toEqual([words[1]]);
    grace.pass();
    await new Promise((resolve) => setImmediate(resolve));
    expect([...(await threadsOf(pool))]).toEqual([words[1]]);
    expect(pool.stats().lostThreads).toBe(0);
  });

  test('is not noticed by other calls on the pool', async () => {
    const pool = openPool(2);
    const words = sharedWords(3);
    const runs = sharedWords(4000);
    const map = pool.map(runSlowly, upTo(4000), { args: [runs] });
    await startAndAbort(pool, stubborn.spin, words);
    const calls = upTo(100).map((x) => pool.apply((x: number) => x + 1, [x]));
    expect(await Promise.all(calls)).toEqual(upTo(100).map((x) => x + 1));
    expect(await map).toEqual(upTo(4000).map((item) => item * 10));
    expect([...runs]).toEqual(new Array(4000).fill(1));
    expect(await threadsOf(pool)).not.toContain(words[1]);
  });

  test('in a pool of one thread makes the other calls wait for the next thread, no more', async () => {
    const pool = openPool(1);
    const words = sharedWords(3);
    const runs = sharedWords(500);
    const map = pool.map(runSlowly, upTo(500), { args: [runs] });
    await until(() => Atomics.load(runs, 5) === 1);
    await startAndAbort(pool, stubborn.spin, words);
    expect(await map).toEqual(upTo(500).map((item) => item * 10));
    expect([...runs]).toEqual(new Array(500).fill(1));
  });
});

describe('a task that ends when it is asked to', () => {
  test.each<[string, Spinning]>([
    ['returns', stubborn.spinUntilAborted],
    ['returns, asynchronously', stubborn.pollUntilAborted],
    ['throws', stubborn.throwOnceAborted],
  ])('and %s keeps its thread', async (_, task) => {
    using grace = new HeldGrace();
    const pool = openPool(2);
    const before = await threadsOf(pool);
    const words = sharedWords(3);
    for (let call = 1; call <= 3; call++) {
      await startAndAbort(pool, task, words);
      await until(() => Atomics.load(words, 2) === call);
    }
    expect(await threadsOf(pool)).toEqual(before);
    grace.pass();
    expect(await threadsOf(pool)).toEqual(before);
    expect(pool.stats().lostThreads).toBe(0);
  });

  test('does so on a timeout as well', async () => {
    using grace = new HeldGrace();
    const pool = openPool(1);
    const before = await threadsOf(pool);
    const words = sharedWords(3);
    await startAndTimeOut(pool, stubborn.spinUntilAborted, words);
    expect(await threadsOf(pool)).toEqual(before);
    expect(words[2]).toBe(words[0]);
    grace.pass();
    expect(await threadsOf(pool)).toEqual(before);
  });
});

describe('a thread is not ended', () => {
  test('for a call that waits in it behind another', async () => {
    const pool = openPool(1);
    const before = await threadsOf(pool);
    const [begun, gate] = [new Gate(), new Gate()];
    const done = sharedWords(1);
    const controller = new AbortController();
    const args = [Infinity, 1, begun.words, begun.words, done] as const;
    const map = pool.map(slowItem, upTo(5000), { signal: controller.signal, args });
    await begun.arrived();
    const inFront = pool.apply(passAs, [0, gate.words]);
    // The map gives way after the item that it is at, or the next: each lasts longer than a strip.
    begun.open();
    await gate.arrived();
    const ran = done[0];
    expect(ran).toBeLessThan(10);
    controller.abort(new Error('the map is not wanted'));
    await expect(map).rejects.toThrow('the map is not wanted');
    await graceIsOver();
    gate.open();
    expect(before).toContain(await inFront);
    expect(await threadsOf(pool)).toEqual(before);
    expect(done[0]).toBe(ran);
  });

  test('for a call that was aborted before it began', async () => {
    const pool = openPool(1);
    const before = await threadsOf(pool);
    const gate = new Gate();
    const words = sharedWords(3);
    const inFront = pool.apply(passAs, [0, gate.words]);
    await gate.arrived();
    const controller = new AbortController();
    const behind = pool.apply(stubborn.spin, [words], { signal: controller.signal });
    const late = pool.apply(stubborn.spin, [words], { timeout: 20 });
    controller.abort(new Error('not this one'));
    await expect(behind).rejects.toThrow('not this one');
    await expect(late).rejects.toThrow(TimeoutError);
    await graceIsOver();
    gate.open();
    expect(before).toContain(await inFront);
    expect(await threadsOf(pool)).toEqual(before);
    expect(words[0]).toBe(0);
  });
});

describe('aborts in great number', () => {
  test('of calls that fill the ring: those take no turn, the others are all right', async () => {
    const pool = openPool(1);
    const gate = new Gate();
    const runs = sharedWords(6000);
    const inFront = pool.apply(passAs, [0, gate.words]);
    await gate.arrived();
    const controllers: AbortController[] = [];
    const kept: Promise<number>[] = [];
    const dropped: Promise<unknown>[] = [];
    const count = (item: number, runs: Int32Array): number => Atomics.add(runs, item, 1) + item;
    for (let item = 0; item < 6000; item++) {
      if (item % 3 === 0) kept.push(pool.apply(count, [item, runs]));
      else {
        const controller = new AbortController();
        controllers.push(controller);
        dropped.push(pool.apply(count, [item, runs], { signal: controller.signal }).catch((error: unknown) => error));
      }
    }
    for (const controller of controllers) controller.abort('gone');
    expect(new Set(await Promise.all(dropped))).toEqual(new Set(['gone']));
    expect(pool.stats().queued).toBe(2000);
    gate.open();
    await inFront;
    expect(await Promise.all(kept)).toEqual(upTo(2000).map((item) => item * 3));
    expect([...runs]).toEqual(upTo(6000).map((item) => (item % 3 === 0 ? 1 : 0)));
  });

  test('of maps, again and again while threads take them', async () => {
    using grace = new HeldGrace();
    const pool = openPool(2);
    const runs = sharedWords(100);
    for (let round = 0; round < 20; round++) {
      const controller = new AbortController();
      const calls = upTo(50).map(() =>
        pool.map((x: number) => x + 1, upTo(100), { signal: controller.signal, chunksize: 10 }).catch(() => 'aborted'),
      );
      await Promise.race(calls);
      controller.abort();
      for (const outcome of await Promise.all(calls)) {
        if (outcome !== 'aborted') expect(outcome).toEqual(upTo(100).map((x) => x + 1));
      }
    }
    expect(await pool.map(runSlowly, upTo(100), { args: [runs] })).toEqual(upTo(100).map((item) => item * 10));
    const threads = await threadsOf(pool);
    grace.pass();
    expect(await threadsOf(pool)).toEqual(threads);
    expect(pool.stats()).toMatchObject({ queued: 0, running: 0, lostThreads: 0 });
  });
});

test('more calls than there are boards and tickets are all answered, in their order', async () => {
  const pool = openPool(2);
  const order = sharedWords(1);
  const turn = (order: Int32Array): number => Atomics.add(order, 0, 1);
  const gates = [new Gate(), new Gate()];
  const inFront = gates.map((gate) => pool.apply(passAs, [0, gate.words]));
  await Promise.all(gates.map((gate) => gate.arrived()));
  const add = (x: number, y: number): number => x + y;
  const maps = upTo(1200).map((n) => pool.map(add, [1, 2, 3, 4], { args: [n], chunksize: 1 }));
  const turns = upTo(1000).map(() => pool.apply(turn, [order]));
  gates[0].open();
  expect(await Promise.all(turns)).toEqual(upTo(1000));
  gates[1].open();
  expect(await Promise.all(maps)).toEqual(upTo(1200).map((n) => [1, 2, 3, 4].map((x) => x + n)));
  await Promise.all(inFront);
  expect((await threadsOf(pool)).size).toBe(2);
});
