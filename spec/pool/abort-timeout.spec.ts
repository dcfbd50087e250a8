/** What an abort or a timeout stops, and what it leaves alone; threads that do not listen are in faults/. */
import { getEventListeners } from 'node:events';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Pool, taskModule, TimeoutError } from 'granule';
import { calls } from '../support/calls.js';
import { Gate, sharedWords } from '../support/gate.js';
import { HeldGrace } from '../support/grace.js';
import { openPool } from '../support/pools.js';

const { stay, stayLater, tick } = taskModule<typeof import('../fixtures/pool/aborting.js')>(
  new URL('../fixtures/pool/aborting.js', import.meta.url),
);
const { square } = taskModule<typeof import('../fixtures/pool/arithmetic.js')>(
  new URL('../fixtures/pool/arithmetic.js', import.meta.url),
);
const { here } = taskModule<typeof import('../fixtures/pool/counting.js')>(
  new URL('../fixtures/pool/counting.js', import.meta.url),
);
const { pass } = taskModule<typeof import('../fixtures/pool/gates.js')>(
  new URL('../fixtures/pool/gates.js', import.meta.url),
);

/** What a task of aborting.ts shares with its spec. */
function shared() {
  const [counts, gate, seen] = [sharedWords(10), new Gate(), new Gate()];
  return { counts, gate, seen, args: [counts, gate.words, seen.words] };
}
const started = (counts: Int32Array): number => counts.filter((times) => times > 0).length;

describe.each(Object.entries(calls))('%s', (_, call) => {
  let pool: Pool;
  beforeAll(() => {
    pool = new Pool(1);
  });
  afterAll(() => pool.terminate());

  test('with a signal that is aborted already rejects with the reason and runs nothing', async () => {
    const { counts, args } = shared();
    const why = { any: 'thing' };
    await expect(call.start(pool, tick, args, { signal: AbortSignal.abort(why) })).rejects.toBe(why);
    await pool.apply(square, [1]);
    expect(started(counts)).toBe(0);
    expect(pool.stats()).toMatchObject({ queued: 0, running: 0 });
  });

  test('aborted while it waits for a thread never starts', async () => {
    const [gate, busy] = [new Gate(), shared()];
    const first = pool.apply(pass, [1, gate.words]);
    await gate.arrived();
    const controller = new AbortController();
    const waiting = call.start(pool, tick, busy.args, { signal: controller.signal });
    controller.abort();
    await expect(waiting).rejects.toMatchObject({ name: 'AbortError' });
    gate.open();
    await first;
    await pool.apply(square, [1]);
    expect(started(busy.counts)).toBe(0);
  });

  test('aborted while it runs rejects at once; its task sees it, and no further item starts', async () => {
    using _grace = new HeldGrace();
    const { counts, gate, seen, args } = shared();
    const controller = new AbortController();
    const running = call.start(pool, stay, args, { signal: controller.signal });
    await gate.arrived();
    const why = new Error('enough');
    controller.abort(why);
    await expect(running).rejects.toBe(why);
    await seen.arrived();
    expect(await pool.apply(square, [3])).toBe(9);
    expect(started(counts)).toBe(1);
    expect(pool.stats()).toMatchObject({ running: 0, queued: 0, lostThreads: 0 });
  });

  test('aborted while an async task runs: the task leaves by throwIfAborted()', async () => {
    using _grace = new HeldGrace();
    const { counts, gate, seen, args } = shared();
    const controller = new AbortController();
    const running = call.start(pool, stayLater, args, { signal: controller.signal });
    await gate.arrived();
    controller.abort('no more');
    await expect(running).rejects.toBe('no more');
    await seen.arrived();
    expect(await pool.apply(square, [3])).toBe(9);
    expect(started(counts)).toBe(1);
  });

  test('that takes longer than its `timeout` rejects with TimeoutError, which its task sees', async () => {
    using _grace = new HeldGrace();
    const loaded = shared();
    loaded.gate.open();
    await pool.apply(stay, [0, ...loaded.args]);
    const { counts, gate, seen, args } = shared();
    const late = call.start(pool, stay, args, { timeout: 200 });
    await expect(late).rejects.toBeInstanceOf(TimeoutError);
    const message = expect.stringMatching(/200 ms/) as unknown;
    await expect(late).rejects.toMatchObject({ code: 'ERR_GRANULE_TIMEOUT', message });
    // On a machine that slept through it the task has not begun, and never will.
    await seen.arrived(gate.arrivals);
    expect(await pool.apply(square, [3])).toBe(9);
    expect(started(counts)).toBe(gate.arrivals);
    expect(pool.stats().lostThreads).toBe(0);
  });

  test('counts the time in the queue as well: it times out there, and never starts', async () => {
    const [gate, waiting] = [new Gate(), shared()];
    const first = pool.apply(pass, [1, gate.words]);
    await gate.arrived();
    await expect(call.start(pool, tick, waiting.args, { timeout: 5 })).rejects.toBeInstanceOf(TimeoutError);
    gate.open();
    await first;
    await pool.apply(square, [1]);
    expect(started(waiting.counts)).toBe(0);
  });

  test('within its time is not troubled, and takes its listener off the signal', async () => {
    const { counts, args } = shared();
    const controller = new AbortController();
    await call.start(pool, tick, args, { signal: controller.signal, timeout: 60_000 });
    expect(getEventListeners(controller.signal, 'abort')).toHaveLength(0);
    controller.abort();
    expect(started(counts)).toBe(call.items);
    expect(await pool.apply(square, [3])).toBe(9);
  });

  test('takes its listener off when it fails, and when it is aborted', async () => {
    const fail = (): never => {
      throw new Error('failed');
    };
    const failing = new AbortController();
    await call.start(pool, fail, [], { signal: failing.signal }).catch(() => undefined);
    const { gate, args } = shared();
    const aborted = new AbortController();
    const running = call.start(pool, stay, args, { signal: aborted.signal });
    await gate.arrived();
    aborted.abort();
    await expect(running).rejects.toBe(aborted.signal.reason);
    for (const { signal } of [failing, aborted]) expect(getEventListeners(signal, 'abort')).toHaveLength(0);
  });
});

describe('other calls on the pool do not notice', () => {
  test('that a call beside them was aborted: same threads, all results', async () => {
    using _grace = new HeldGrace();
    const pool = openPool(2);
    const threads = await pool.broadcast(here);
    const [gate, mine] = [new Gate(), shared()];
    const controller = new AbortController();
    const beside = pool.apply(pass, ['beside', gate.words]);
    const doomed = pool.apply(stay, [0, ...mine.args], { signal: controller.signal });
    const queued = pool.map(square, [1, 2, 3]);
    await Promise.all([gate.arrived(), mine.gate.arrived()]);
    controller.abort();
    await expect(doomed).rejects.toMatchObject({ name: 'AbortError' });
    expect(await queued).toEqual([1, 4, 9]);
    gate.open();
    expect(await beside).toBe('beside');
    expect(await pool.broadcast(here)).toEqual(threads);
    expect(pool.stats().lostThreads).toBe(0);
  });

  test('that half of a thousand calls were aborted: the others all arrive', async () => {
    const pool = openPool(2);
    const gates = [new Gate(), new Gate()];
    const busy = gates.map((gate) => pool.apply(pass, [0, gate.words]));
    await Promise.all(gates.map((gate) => gate.arrived()));
    const controller = new AbortController();
    const counts = sharedWords(1_000);
    const results = Array.from({ length: 1_000 }, (_, i) =>
      pool.apply(tick, [i, counts, 0, 0], i % 2 === 0 ? { signal: controller.signal } : {}),
    );
    controller.abort('half');
    for (const gate of gates) gate.open();
    const settled = await Promise.allSettled(results);
    settled.forEach((result, i) => {
      if (i % 2 === 0) expect(result).toEqual({ status: 'rejected', reason: 'half' });
      else expect(result).toEqual({ status: 'fulfilled', value: i });
    });
    expect([...counts]).toEqual(Array.from({ length: 1_000 }, (_, i) => i % 2));
    await Promise.all(busy);
  });

  test('one signal may stop many calls of all kinds', async () => {
    const pool = openPool(2);
    const { gate, args } = shared();
    const controller = new AbortController();
    const all = Object.values(calls).map((call) => call.start(pool, stay, args, { signal: controller.signal }));
    await gate.arrived();
    const why = new Error('stop all');
    controller.abort(why);
    for (const result of await Promise.allSettled(all)) expect(result).toEqual({ status: 'rejected', reason: why });
    expect(await pool.map(square, [1, 2, 3])).toEqual([1, 4, 9]);
  });
});

describe('the concurrency of the pool', () => {
  test('is the same after aborts: two tasks at once, still', async () => {
    using _grace = new HeldGrace();
    const pool = openPool(2);
    for (let round = 0; round < 5; round++) {
      const { gate, seen, args } = shared();
      const controller = new AbortController();
      const doomed = pool.map(stay, [0, 1, 2, 3], { signal: controller.signal, chunksize: 1, args });
      await gate.arrived(2);
      controller.abort(round);
      await expect(doomed).rejects.toBe(round);
      await seen.arrived(2);
    }
    const gate = new Gate();
    const both = [pool.apply(pass, [1, gate.words]), pool.apply(pass, [2, gate.words])];
    await gate.arrived(2);
    gate.open();
    expect(await Promise.all(both)).toEqual([1, 2]);
  });
});

describe('a map of an async source', () => {
  test('that is aborted while it waits for an item rejects, and closes the source when it can', async () => {
    const pool = openPool(1);
    let closed: () => void = () => undefined;
    let next: () => void = () => undefined;
    const isClosed = new Promise<void>((resolve) => (closed = resolve));
    let asked: () => void = () => undefined;
    const wasAsked = new Promise<void>((resolve) => (asked = resolve));
    async function* slow(): AsyncGenerator<number> {
      try {
        yield 1;
        asked();
        await new Promise<void>((resolve) => (next = resolve));
        yield 2;
        yield 3;
      } finally {
        closed();
      }
    }
    const controller = new AbortController();
    const map = pool.map(square, slow(), { signal: controller.signal });
    await wasAsked;
    controller.abort('too slow');
    await expect(map).rejects.toBe('too slow');
    next();
    await isClosed;
    expect(pool.stats()).toMatchObject({ completed: 0, running: 0, queued: 0 });
  });

  test('times out while the source makes it wait', async () => {
    const pool = openPool(1);
    const never: AsyncIterable<number> = {
      [Symbol.asyncIterator]: () => ({ next: () => new Promise(() => undefined) }),
    };
    await expect(pool.map(square, never, { timeout: 5 })).rejects.toBeInstanceOf(TimeoutError);
  });
});
