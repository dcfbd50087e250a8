/** Calls whose items only messages carry: they are sent when they are made. */
import { once } from 'node:events';
import { MessageChannel } from 'node:worker_threads';
import { describe, expect, test } from '@jest/globals';
import { move, taskModule, WorkerLostError } from 'granule';
import { Gate, sharedWords } from '../support/gate.js';
import { holdThread, openPool } from '../support/pools.js';
import { program } from '../support/program.js';

const { add, blockLater, hold } = taskModule<typeof import('../fixtures/pool/parcels.js')>(
  new URL('../fixtures/pool/parcels.js', import.meta.url),
);
const { pass } = taskModule<typeof import('../fixtures/pool/gates.js')>(
  new URL('../fixtures/pool/gates.js', import.meta.url),
);
const { sum } = taskModule<typeof import('../fixtures/pool/memory.js')>(
  new URL('../fixtures/pool/memory.js', import.meta.url),
);

describe('a call whose arguments need a message', () => {
  test.each([1, 2])('runs while its caller blocks in wait(), on %i threads, and asks for nothing', async (threads) => {
    const { code, stdout, stderr } = await program('blocking', String(threads));
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const { messages, ...outcomes } = JSON.parse(stdout) as Record<string, unknown>;
    expect(outcomes).toEqual({ first: true, asleep: true, unheard: true, args: true, items: true, requests: 0 });
    // Its items, what wakes the thread, and once or twice more where the thread's return had not been heard.
    expect(messages).toBeLessThanOrEqual(6);
  });

  test('begins in its turn where every thread is busy', async () => {
    const pool = openPool(1);
    const words = sharedWords(1);
    const { gate, running } = await holdThread(pool);
    const calls = [1, 2, 4, 8].map((by) => pool.apply(add, [words, by]));
    gate.open();
    expect(await Promise.all([running, ...calls])).toEqual([1, 0, 1, 3, 7]);
  });
});

describe('a parcel that was sent to a thread', () => {
  test('that ends before it comes to it goes to another', async () => {
    const pool = openPool(1);
    const gate = new Gate();
    const words = sharedWords(1);
    await pool.apply(blockLater, [gate.words, true]);
    await gate.arrived();
    const call = pool.apply(add, [words, 5]);
    gate.open();
    expect(await call).toBe(0);
    expect(words[0]).toBe(5);
    expect(pool.stats().lostThreads).toBe(1);
  });

  test('that ends before it comes to it is lost if it was moved: nobody has it any more', async () => {
    const pool = openPool(1);
    const gate = new Gate();
    await pool.apply(blockLater, [gate.words, true]);
    await gate.arrived();
    const call = pool.apply(sum, [move(Uint8Array.of(1, 2))]);
    gate.open();
    await expect(call).rejects.toThrow(WorkerLostError);
    await expect(call).rejects.toThrow(/after what was moved had gone there/);
    expect(await pool.apply(sum, [move(Uint8Array.of(1, 2))])).toBe(3);
  });

  test('that has not come to it when the call is aborted is closed there, and never runs', async () => {
    const pool = openPool(1);
    const gate = new Gate();
    const words = sharedWords(1);
    await pool.apply(blockLater, [gate.words, false]);
    await gate.arrived();
    const why = new Error('no more');
    const controller = new AbortController();
    const { port1, port2 } = new MessageChannel();
    const moved = pool.apply(hold, [move(port2)], { signal: controller.signal });
    const shared = pool.apply(add, [words, 1], { signal: controller.signal });
    controller.abort(why);
    await expect(moved).rejects.toBe(why);
    await expect(shared).rejects.toBe(why);
    const closed = once(port1, 'close');
    gate.open();
    await closed;
    expect(await pool.apply(add, [words, 2])).toBe(0);
  });

  test('does not keep a later call waiting where another thread sleeps', async () => {
    const pool = openPool(2);
    await pool.ready();
    const gate = new Gate();
    const parcel = pool.apply(pass, [1, gate.words]);
    expect(await pool.apply(sum, [[1, 2]])).toBe(3);
    gate.open();
    expect(await parcel).toBe(1);
  });
});
