/** What every pool does, wherever it runs its calls: registered once for each kind of execution. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { move, Pool, taskModule, type PoolOptions } from 'granule';
import { Gate, sharedWords } from './gate.js';

const { add, echo, identity, square, squareLater } = taskModule<typeof import('../fixtures/pool/arithmetic.js')>(
  new URL('../fixtures/pool/arithmetic.js', import.meta.url),
);
const { sum } = taskModule<typeof import('../fixtures/pool/memory.js')>(
  new URL('../fixtures/pool/memory.js', import.meta.url),
);
const throwing = taskModule<typeof import('../fixtures/pool/throwing.js')>(
  new URL('../fixtures/pool/throwing.js', import.meta.url),
);
const { make } = taskModule<typeof import('../fixtures/pool/uncloneable.js')>(
  new URL('../fixtures/pool/uncloneable.js', import.meta.url),
);
const { describeTask } = taskModule<typeof import('../fixtures/pool/current-task.js')>(
  new URL('../fixtures/pool/current-task.js', import.meta.url),
);
const { stayLater } = taskModule<typeof import('../fixtures/pool/aborting.js')>(
  new URL('../fixtures/pool/aborting.js', import.meta.url),
);

const upTo = (n: number): number[] => Array.from({ length: n }, (_, i) => i);
const failFrom = (item: number, from: number): number => {
  if (item >= from) throw new RangeError(`item ${item}`);
  return item;
};

export function behavesAsAPool(options: PoolOptions): void {
  let pool: Pool;
  beforeAll(() => {
    pool = new Pool(options);
  });
  afterAll(() => pool.terminate());

  test('apply, map, mapSettled, starmap and their …Async forms give the results in order', async () => {
    expect(await pool.apply(add, [1, 2, 3])).toBe(6);
    expect(await pool.applyAsync(add, [1, 2])).toBe(3);
    expect(await pool.map(square, upTo(300))).toEqual(upTo(300).map((x) => x * x));
    expect(await pool.map(squareLater, [1, 2, 3])).toEqual([1, 4, 9]);
    expect(await pool.mapAsync((x: number, by: number) => x * by, [1, 2], { args: [10] })).toEqual([10, 20]);
    expect(await pool.starmap(echo, [[], [1, 'two']])).toEqual([[], [1, 'two']]);
    expect(await pool.starmapAsync(add, [[1, 2], [3, 4]])).toEqual([3, 7]);
    expect(await pool.mapSettled(failFrom, [0, 5], { args: [3] })).toEqual([
      { status: 'fulfilled', value: 0 },
      { status: 'rejected', reason: new RangeError('item 5') },
    ]);
  });

  test('a hole among the items is undefined', async () => {
    const items = [1, , 'three']; // eslint-disable-line no-sparse-arrays
    expect(await pool.map((item: unknown) => typeof item, items)).toStrictEqual(['number', 'undefined', 'string']);
  });

  test('typed arrays map to typed arrays, over shared memory', async () => {
    const results = await pool.map((x: number) => x * 1.5, Int16Array.of(1, -3, 30_000));
    expect(results).toEqual(Int16Array.of(1, -3, 30_000).map((x) => x * 1.5));
    expect(Object.prototype.toString.call(results.buffer)).toBe('[object SharedArrayBuffer]');
    expect(await pool.map((x: bigint) => -x, BigInt64Array.of(5n))).toEqual(BigInt64Array.of(-5n));
    const wrong = (): unknown => 1n;
    await expect(pool.map(wrong as never, Float64Array.of(1))).rejects.toMatchObject({ name: 'TypeError' });
  });

  test('imap, imapUnordered, parallelFor, parallelReduce, broadcast and ready', async () => {
    const seen: number[] = [];
    for await (const value of pool.imap(square, upTo(20))) seen.push(value);
    for await (const value of pool.imapUnordered(square, [20])) seen.push(value);
    expect(seen).toEqual(upTo(21).map((x) => x * x));
    const numbers = new Float64Array(new SharedArrayBuffer(80));
    const fill = (start: number, stop: number, all: Float64Array): void => void all.fill(7, start, stop);
    expect(await pool.parallelFor(fill, 10, { chunksize: 3, args: [numbers] })).toBeUndefined();
    expect(numbers.every((x) => x === 7)).toBe(true);
    const length = (start: number, stop: number): number => stop - start;
    expect(await pool.parallelReduce(length, { start: 5, stop: 25 }, (a, b) => a + b, { initial: 100 })).toBe(120);
    expect(new Set(await pool.broadcast(add, [2, 3]))).toEqual(new Set([5]));
    expect(await pool.ready()).toBeUndefined();
  });

  test('values cross as copies, whatever they are', async () => {
    const numbers = [NaN, -0, 10n, undefined];
    const value = { n: numbers, m: new Map([[new Set([1]), /x/g]]), d: new Date(3), b: Uint8Array.of(1) };
    const copy = await pool.apply(identity, [value]);
    expect(copy).toStrictEqual(value);
    expect(copy).not.toBe(value);
    const inner = (await pool.map(identity, [value])) as [typeof value];
    expect(inner[0].m).not.toBe(value.m);
    const change = (item: { n: unknown[] }): void => void (item.n.length = 0);
    await pool.apply(change, [value]);
    expect(value.n).toHaveLength(4);
  });

  test('classes lose their prototype, as in every structured clone', async () => {
    class Point {
      constructor(readonly x: number) {}
    }
    const [result] = (await pool.map(identity, [new Point(3)])) as [object];
    expect(Object.getPrototypeOf(result)).toBe(Object.prototype);
    expect(result).toEqual({ x: 3 });
  });

  test('shared memory is shared, moved memory is gone', async () => {
    const words = sharedWords(1);
    await pool.map((by: number, all: Int32Array) => Atomics.add(all, 0, by), [1, 2, 3], { args: [words] });
    await pool.apply((all: Int32Array) => Atomics.add(all, 0, 1), [words]);
    expect(words[0]).toBe(7);
    const bytes = Uint8Array.of(1, 2, 3);
    expect(await pool.apply(sum, [move(bytes)])).toBe(6);
    expect(bytes).toHaveLength(0);
  });

  test('errors arrive with class, cause, properties, task and the caller’s frames', async () => {
    const error = (await pool.map(throwing.pay, [300]).catch((reason: unknown) => reason)) as Error;
    expect(error).toBeInstanceOf(RangeError);
    expect(error).toMatchObject({ name: 'PaymentError', amount: 300, task: { name: 'pay', index: 0 } });
    expect(error.cause).toBeInstanceOf(TypeError);
    expect(error.stack).toMatch(/throwing\.js[^]*\[pay, item 0, thread \d+\][^]*behaviour\.js/);
    await expect(pool.apply(throwing.throwValue, ['text'])).rejects.toBe('text');
    await expect(pool.apply(throwing.rejectLater, [undefined])).rejects.toBeUndefined();
  });

  test('the lowest failing index counts', async () => {
    await expect(pool.map(failFrom, upTo(50), { args: [20] })).rejects.toMatchObject({ message: 'item 20' });
  });

  test('what cannot cross is named by its path, on the way in and out', async () => {
    const path = (text: string) => ({
      code: 'ERR_GRANULE_SERIALIZATION',
      message: expect.stringContaining(`\`${text}\``) as unknown,
    });
    await expect(pool.apply(echo, [1, { fn: () => 1 }])).rejects.toMatchObject(path('args[1].fn'));
    await expect(pool.map(identity, [1, { fn: () => 1 }])).rejects.toMatchObject(path('items[1].fn'));
    await expect(pool.map(identity, [1], { args: [{ fn: () => 1 }] })).rejects.toMatchObject(path('args[0].fn'));
    await expect(pool.apply(make, ['handler'])).rejects.toMatchObject(path('result.handler'));
    await expect(pool.apply(identity, [pool])).rejects.toMatchObject(path('args[0]'));
    expect(await pool.apply(square, [3])).toBe(9);
  });

  test('a source that closes over a variable says which', async () => {
    const factor = 3;
    await expect(pool.map((x: number) => x * factor, [1])).rejects.toThrow(/^factor is not defined: the task/);
  });

  test('a task that does not load, or is none, says why', async () => {
    const { missing } = taskModule<{ missing(x: number): number }>(
      new URL('../fixtures/pool/arithmetic.js', import.meta.url),
    );
    await expect(pool.map(missing, [1])).rejects.toThrow(/no export 'missing'/);
    await expect(pool.apply(Math.sqrt, [4])).rejects.toThrow(TypeError);
    await expect(pool.map(square, 5 as never)).rejects.toThrow(TypeError);
  });

  test('currentTask() tells the thread, and the abort', async () => {
    const task = await pool.apply(describeTask);
    expect(task).toMatchObject({ threadId: task!.realThreadId, aborted: false });
  });

  test('signals and timeouts reject, also while the task runs; what has not begun never does', async () => {
    const why = new Error('no more');
    await expect(pool.map(square, [1], { signal: AbortSignal.abort(why) })).rejects.toBe(why);
    const [counts, gate] = [sharedWords(10), new Gate()];
    const options = { args: [counts, gate.words, sharedWords(2)], chunksize: 10 };
    const controller = new AbortController();
    const running = pool.map(stayLater, upTo(10), { ...options, signal: controller.signal });
    await gate.arrived();
    controller.abort(why);
    await expect(running).rejects.toBe(why);
    const late = pool.map(stayLater, upTo(10), { ...options, timeout: 20 });
    await expect(late).rejects.toMatchObject({ code: 'ERR_GRANULE_TIMEOUT' });
    await pool.ready(); // behind what they were at
    expect(counts.subarray(1).every((times) => times === 0)).toBe(true);
  });

  test('onProgress is told of all items before the map resolves', async () => {
    const told: number[] = [];
    await pool.map(square, upTo(40), { chunksize: 10, onProgress: (done) => told.push(done) });
    expect(told.at(-1)).toBe(40);
  });

  test('stats() counts items', async () => {
    const before = pool.stats();
    await pool.map(square, upTo(10));
    await pool.mapSettled(failFrom, upTo(10), { args: [7] });
    const after = pool.stats();
    expect(after.completed - before.completed).toBe(17);
    expect(after.failed - before.failed).toBe(3);
    expect(after).toMatchObject({ queued: 0, running: 0, threads: pool.threads });
  });
}
