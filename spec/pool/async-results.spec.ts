/** applyAsync, mapAsync and starmapAsync on a pool; AsyncResult by itself is in async-result.spec.ts. */
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { AsyncResult, Pool, TimeoutError, taskModule } from 'granule';
import { Gate } from '../support/gate.js';

const { add, square } = taskModule<typeof import('../fixtures/pool/arithmetic.js')>(
  new URL('../fixtures/pool/arithmetic.js', import.meta.url),
);
const { pass } = taskModule<typeof import('../fixtures/pool/gates.js')>(
  new URL('../fixtures/pool/gates.js', import.meta.url),
);
const fail = (x: number): number => {
  throw new RangeError(`no ${x}`);
};

let pool: Pool;
beforeAll(() => {
  pool = new Pool(2);
});
afterAll(() => pool.terminate());

describe('the …Async methods return a handle at once', () => {
  test('that gives the result by get() and by await', async () => {
    const one = pool.applyAsync(add, [1, 2]);
    const many = pool.mapAsync(square, [1, 2, 3]);
    const lists = pool.starmapAsync(add, [[1, 2], [3, 4]]);
    const typed = pool.mapAsync(square, Int16Array.of(4, 5));
    for (const result of [one, many, lists, typed]) expect(result).toBeInstanceOf(AsyncResult);
    expect(await one.get()).toBe(3);
    expect(await many).toEqual([1, 4, 9]);
    expect(await lists.get()).toEqual([3, 7]);
    expect(await typed).toEqual(Int16Array.of(16, 25));
  });

  test('that is not ready while the task runs', async () => {
    const gate = new Gate();
    const result = pool.applyAsync(pass, ['done', gate.words]);
    await gate.arrived();
    expect(result.ready()).toBe(false);
    expect(() => result.successful()).toThrow(/not ready/);
    gate.open();
    await result.wait();
    expect([result.ready(), result.successful()]).toEqual([true, true]);
    expect(await result.get()).toBe('done');
  });

  test('that fails as the call does', async () => {
    // One after the other: a failure that nobody has asked about yet is an unhandled rejection.
    const calls: (() => AsyncResult<unknown>)[] = [
      () => pool.applyAsync(fail, [1]),
      () => pool.mapAsync(fail, [1, 2]),
      () => pool.starmapAsync(fail, [[1], [2]]),
    ];
    for (const call of calls) {
      const result = call();
      await result.wait();
      expect(result.successful()).toBe(false);
      await expect(result.get()).rejects.toMatchObject({ name: 'RangeError' });
      await expect(result.get()).rejects.toThrow(/^no [12]$/);
    }
  });

  test('whose get(timeout) rejects with TimeoutError while the task goes on and still finishes', async () => {
    const gate = new Gate();
    const result = pool.applyAsync(pass, ['finished', gate.words]);
    await gate.arrived();
    const early = result.get(1);
    await expect(early).rejects.toBeInstanceOf(TimeoutError);
    await expect(result.get(0)).rejects.toMatchObject({ code: 'ERR_GRANULE_TIMEOUT' });
    expect(result.ready()).toBe(false);
    gate.open();
    expect(await result.get(60_000)).toBe('finished');
  });

  test('whose wait(timeout) resolves though nothing is ready', async () => {
    const gate = new Gate();
    const result = pool.applyAsync(pass, [1, gate.words]);
    await result.wait(1);
    expect(result.ready()).toBe(false);
    gate.open();
    expect(await result).toBe(1);
  });
});

describe('callbacks', () => {
  test('`callback` is called once, with the whole result, before get() resolves', async () => {
    const events: unknown[] = [];
    const callback = (value: unknown): unknown => events.push(value);
    const result = pool.mapAsync(square, [1, 2, 3], { callback, chunksize: 1 });
    void result.get().then(() => events.push('get'));
    await result;
    await Promise.resolve();
    expect(events).toEqual([[1, 4, 9], 'get']);
  });

  test('`errorCallback` is called once instead on failure, and the failure counts as handled', async () => {
    const callback = jest.fn();
    let fell: (error: unknown) => void = () => undefined;
    const failed = new Promise((resolve) => (fell = resolve));
    pool.mapAsync(fail, [7, 8], { callback, errorCallback: fell, chunksize: 1 });
    expect(await failed).toMatchObject({ message: 'no 7' });
    expect(callback).not.toHaveBeenCalled();
  });

  test('of each kind of call', async () => {
    const seen: unknown[] = [];
    const callback = (value: unknown): unknown => seen.push(value);
    await pool.applyAsync(add, [1, 1], { callback });
    await pool.starmapAsync(add, [[2, 2]], { callback });
    await pool.mapAsync(square, Float64Array.of(3), { callback });
    expect(seen).toEqual([2, [4], Float64Array.of(9)]);
  });
});

describe('what is wrong with a call', () => {
  test('throws at the call, where there is no promise to reject', () => {
    expect(() => pool.applyAsync(5 as never)).toThrow(TypeError);
    expect(() => pool.mapAsync(square, 5 as never)).toThrow(TypeError);
    expect(() => pool.applyAsync(add, [], { timeout: -1 })).toThrow(RangeError);
    expect(() => pool.mapAsync(square, [], { callback: 5 as never })).toThrow(TypeError);
  });

  test('such as a closed pool: PoolClosedError, at the call', async () => {
    const closed = new Pool(1);
    closed.close();
    const refusal = expect.objectContaining({ code: 'ERR_GRANULE_POOL_CLOSED' });
    expect(() => closed.applyAsync(add)).toThrow(refusal);
    expect(() => closed.mapAsync(square, [1])).toThrow(refusal);
    expect(() => closed.starmapAsync(add, [[1]])).toThrow(refusal);
    await closed.join();
  });
});
