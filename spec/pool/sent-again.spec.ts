/**
 * What only messages carry is sent again: to threads that come later, to the next one where a thread ended before it
 * had begun. It is as it was when the call was made.
 */
import { MessageChannel, type MessagePort } from 'node:worker_threads';
import { describe, expect, test } from '@jest/globals';
import { move, taskModule } from 'granule';
import { Gate, sharedWords } from '../support/gate.js';
import { openPool } from '../support/pools.js';

const { blockLater } = taskModule<typeof import('../fixtures/pool/parcels.js')>(
  new URL('../fixtures/pool/parcels.js', import.meta.url),
);
const { pass } = taskModule<typeof import('../fixtures/pool/gates.js')>(
  new URL('../fixtures/pool/gates.js', import.meta.url),
);

const detach = ({ buffer }: Float64Array<ArrayBuffer>): void => void structuredClone(buffer, { transfer: [buffer] });
const overwrite = (numbers: Float64Array<ArrayBuffer>): void => void numbers.fill(0);
const changes = [
  ['overwritten', overwrite],
  ['moved away', detach],
] as const;

describe.each(changes)('memory that is %s after the call', (_name, change) => {
  const numbers = (): Float64Array<ArrayBuffer> => Float64Array.of(1, 2, 3);

  test('reaches threads that had not started yet, as it was', async () => {
    const pool = openPool(2);
    const given = numbers();
    const list = (_item: number, _words: Int32Array, values: Float64Array): number[] => [...values];
    const results = pool.map(list, [0, 1, 2, 3], { chunksize: 1, args: [sharedWords(1), given] });
    change(given);
    expect(await results).toEqual(new Array(4).fill([1, 2, 3]));
  });

  test('reaches the initializer of a thread that takes the place of another, as it was', async () => {
    const given = numbers();
    const initializer = (_words: Int32Array, values: Float64Array): void => {
      (globalThis as { kept?: number[] }).kept = [...values];
    };
    const pool = openPool({ threads: 1, initializer, initargs: [sharedWords(1), given] });
    await pool.ready();
    change(given);
    const lost = pool.apply(() => process.exit(3));
    await expect(lost).rejects.toMatchObject({ code: 'ERR_GRANULE_WORKER_LOST' });
    expect(await pool.apply(() => (globalThis as { kept?: number[] }).kept)).toEqual([1, 2, 3]);
  });

  test('reaches the next thread where one has ended before it came to it, as it was', async () => {
    const pool = openPool(1);
    const gate = new Gate();
    await pool.apply(blockLater, [gate.words, true]);
    await gate.arrived();
    const given = numbers();
    const again = (_words: Int32Array, whole: Float64Array, view: Uint8Array): unknown => {
      return { values: [...whole], isOne: whole.buffer === view.buffer };
    };
    const result = pool.apply(again, [gate.words, given, new Uint8Array(given.buffer)]);
    change(given);
    gate.open();
    expect(await result).toEqual({ values: [1, 2, 3], isOne: true });
    expect(pool.stats().lostThreads).toBe(1);
  });

  test('is run again under `retries`, as it was', async () => {
    const pool = openPool(1);
    const gate = new Gate();
    const runs = sharedWords(1);
    const given = numbers();
    const exitOnce = (item: { values: Float64Array }, counts: Int32Array): number[] => {
      if (Atomics.add(counts, 0, 1) === 0) process.exit(3);
      return [...item.values];
    };
    const first = pool.apply(pass, [1, gate.words]);
    await gate.arrived();
    const results = pool.map(exitOnce, [{ values: given, words: runs }], { args: [runs], retries: 1 });
    change(given);
    gate.open();
    expect(await first).toBe(1);
    expect(await results).toEqual([[1, 2, 3]]);
  });
});

describe.each(['threads', 'adaptive', 'inline'] as const)('what is moved, under execution %s', (execution) => {
  const portItem = (tag: number): { port: MessagePort; tag: number } => {
    const { port1, port2 } = new MessageChannel();
    port1.unref();
    return { port: move(port2), tag };
  };
  const close = ({ port, tag }: { port: MessagePort; tag: number }): number => {
    port.close();
    return tag;
  };

  test('crosses though an item that was to be sent with it cannot', async () => {
    const pool = openPool({ threads: 2, execution });
    const items = [portItem(0), portItem(1), { ...portItem(2), tag: (() => 2) as never }, portItem(3)];
    const results = pool.imap(close, items, { chunksize: 4, bufferSize: 8 });
    expect(await results.next()).toEqual({ done: false, value: 0 });
    expect(await results.next()).toEqual({ done: false, value: 1 });
    await expect(results.next()).rejects.toMatchObject({ code: 'ERR_GRANULE_SERIALIZATION' });
    expect(await results.next()).toEqual({ done: false, value: 3 });
    expect(await results.next()).toEqual({ done: true, value: undefined });
    for (const { port } of items) port.close();
  });

  test('is marked still after a call that was refused', async () => {
    const pool = openPool({ threads: 2, execution });
    const items = [portItem(0), portItem(1)];
    const refused = pool.map(close, [...items, (() => 2) as never]);
    await expect(refused).rejects.toMatchObject({ code: 'ERR_GRANULE_SERIALIZATION' });
    expect(await pool.map(close, items)).toEqual([0, 1]);
  });
});
