/** Errors of tasks, as callers get them. The transport by itself is in tasks/error-transport.spec.ts. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Pool, taskModule, type TaskErrorInfo } from 'granule';
import { calls } from '../support/calls.js';

const throwing = taskModule<typeof import('../fixtures/pool/throwing.js')>(
  new URL('../fixtures/pool/throwing.js', import.meta.url),
);

let pool: Pool;
beforeAll(() => {
  pool = new Pool(2);
});
afterAll(() => pool.terminate());

type TaskError = Error & { readonly task: TaskErrorInfo };

/** What the promise rejects with. */
async function failure<E = TaskError>(promise: PromiseLike<unknown>): Promise<E> {
  const nothing = Symbol('it resolved');
  const outcome = await promise.then(
    () => nothing,
    (error: unknown) => error,
  );
  expect(outcome).not.toBe(nothing);
  return outcome as E;
}

describe('an error that a task throws', () => {
  test.each([Error, EvalError, RangeError, ReferenceError, SyntaxError, TypeError, URIError])(
    'is of the same built-in class: %p',
    async (Type) => {
      const error = await failure(pool.apply(throwing.throwBuiltIn, [Type.name as 'Error']));
      expect(Object.getPrototypeOf(error)).toBe(Type.prototype);
      expect(error.message).toBe(Type.name.replace('Error', '').toLowerCase() || 'plain');
    },
  );

  test('keeps its name, message, own properties and chain of causes', async () => {
    const error = await failure<TaskError & { amount: number }>(pool.apply(throwing.pay, [300]));
    expect(error).toBeInstanceOf(RangeError);
    expect(error).toMatchObject({ name: 'PaymentError', message: 'cannot pay 300', amount: 300 });
    expect(error.cause).toBeInstanceOf(TypeError);
    expect(error.cause).toMatchObject({ message: 'the card is a fish', cause: { declined: true } });
  });

  test('of Node keeps its code', async () => {
    const error = await failure(pool.apply(throwing.throwNodes));
    expect(error).toBeInstanceOf(TypeError);
    expect(error).toMatchObject({ code: 'ERR_INVALID_URL', input: 'not a url' });
  });

  test('an AggregateError keeps its errors, whatever they are', async () => {
    const error = await failure<AggregateError>(pool.apply(throwing.throwMany));
    expect(error).toBeInstanceOf(AggregateError);
    expect(error.message).toBe('all of them');
    expect(error.errors).toEqual([new TypeError('one'), 'two', new RangeError('three')]);
    expect(error.errors[2]).toBeInstanceOf(RangeError);
  });

  test('a DOMException stays one', async () => {
    const error = await failure(pool.apply(throwing.throwAbort));
    expect(error).toBeInstanceOf(DOMException);
    expect(error).toMatchObject({ name: 'AbortError', message: 'stopped', code: 20 });
  });

  test.each([['text'], [0], [undefined], [null], [{ code: 7, list: [1] }], [new Map([[1, 2]])], [10n]])(
    'that is no error arrives as it was thrown: %p',
    async (value) => {
      expect(await failure(pool.apply(throwing.throwValue, [value]))).toStrictEqual(value);
      expect(await failure(pool.apply(throwing.rejectLater, [value]))).toStrictEqual(value);
    },
  );

  test('by rejecting is the same', async () => {
    const why = Object.assign(new RangeError('later'), { code: 'E_LATER' });
    const error = await failure(pool.apply(throwing.rejectLater, [why]));
    expect(error).toBeInstanceOf(RangeError);
    expect(error).toMatchObject({ message: 'later', code: 'E_LATER' });
  });
});

describe('its stack', () => {
  test('shows the thread’s frames, then which call it was, then the caller’s', async () => {
    async function callFromHere(): Promise<unknown> {
      return pool.map(throwing.failDeep, [5, 6]);
    }
    const { stack, task } = await failure(callFromHere());
    const lines = stack!.split('\n');
    expect(lines[0]).toBe('Error: deep 5');
    expect(lines[1]).toMatch(/at inner .*fixtures\/pool\/throwing\.js/);
    expect(lines[2]).toMatch(/at (Module\.)?failDeep .*fixtures\/pool\/throwing\.js/);
    expect(lines[3]).toContain(`[failDeep, item 0, thread ${task.threadId}]`);
    expect(lines[4]).toMatch(/callFromHere .*errors\.spec\.js/);
    expect(stack).not.toMatch(/dist\/lib|node_modules\/piscina/);
  });

  test.each(Object.entries(calls))('names the caller of %s', async (_, call) => {
    async function callFromHere(): Promise<unknown> {
      return call.start(pool, throwing.failDeep, []);
    }
    const outcome = await callFromHere().catch((error: TaskError) => [{ reason: error }]);
    const { stack } = (outcome as { reason: TaskError }[])[0].reason;
    expect(stack).toMatch(/at inner .*throwing\.js[^]*\[failDeep, [^]*(callFromHere|calls\.js)/);
  });

  test('of an async task shows where it failed', async () => {
    const { stack } = await failure(pool.apply(throwing.failDeepLater, [1]));
    expect(stack).toMatch(/at inner .*throwing\.js[^]*\[failDeepLater, thread \d+\][^]*errors\.spec\.js/);
  });

  test('of a task sent as source names the task instead of a file', async () => {
    const explode = (x: number): never => {
      throw new Error(`bang ${x}`);
    };
    const { stack } = await failure(pool.apply(explode, [1]));
    expect(stack!.split('\n')[1]).toMatch(/at explode \(granule-task:explode:\d+:\d+\)/);
  });
});

describe('its `task`', () => {
  const failAt = (item: number, bad: number): number => {
    if (item === bad) throw new Error('bad item');
    return item;
  };
  const items = Array.from({ length: 100 }, (_, i) => i);

  test('tells name, index and thread, and is not enumerable', async () => {
    const error = await failure(pool.map(failAt, items, { args: [42] }));
    expect(error.task).toEqual({ name: 'failAt', index: 42, threadId: expect.any(Number) as unknown });
    expect(error.task.threadId).toBeGreaterThan(0);
    expect(Object.isFrozen(error.task)).toBe(true);
    expect(Object.keys(error)).not.toContain('task');
  });

  test('of a call without items has no index; of a module’s task, the export’s name', async () => {
    expect((await failure(pool.apply(failAt, [1, 1]))).task).toMatchObject({ name: 'failAt', index: undefined });
    expect((await failure(pool.apply(throwing.failDeep, [1]))).task.name).toBe('failDeep');
    expect((await failure(pool.broadcast(throwing.failDeep, [1]))).task.index).toBeUndefined();
  });

  test('counts from the start of the source: in slices, in mapSettled, in imap, in typed arrays', async () => {
    const memory = new Int32Array(new SharedArrayBuffer(4));
    const withMemory = items.map((item) => ({ item, memory }));
    const pick = ({ item }: { item: number }): number => {
      if (item === 77) throw new Error('bad item');
      return item;
    };
    const indices: (number | undefined)[] = [(await failure(pool.map(pick, withMemory, { chunksize: 9 }))).task.index];
    const settled = await pool.mapSettled(failAt, items, { args: [77], chunksize: 10 });
    indices.push((settled[77] as { reason: TaskError }).reason.task.index);
    indices.push((await failure(pool.map(failAt, Float64Array.from(items), { args: [77] }))).task.index);
    const results = pool.imap(failAt, items, { args: [77], chunksize: 8 });
    for (let i = 0; i < 77; i++) await results.next();
    indices.push((await failure(results.next())).task.index);
    await results.return!();
    expect(indices).toEqual([77, 77, 77, 77]);
  });

  test('of a function without a name is (anonymous)', async () => {
    const error = await failure(
      pool.apply((() => () => {
        throw new Error('nameless');
      })()),
    );
    expect(error.task.name).toBe('(anonymous)');
  });
});

describe('an error and the pool', () => {
  test('the thread goes on with its next task, with what it remembers', async () => {
    const single = new Pool(1);
    try {
      const remember = (): number => {
        const state = globalThis as { calls?: number };
        return (state.calls = (state.calls ?? 0) + 1);
      };
      await single.apply(remember);
      await failure(single.apply(throwing.pay, [1]));
      expect(await single.apply(remember)).toBe(2);
      expect(single.stats()).toMatchObject({ failed: 1, completed: 2, lostThreads: 0 });
    } finally {
      await single.terminate();
    }
  });

  test('ten thousand failing items are reported one by one', async () => {
    const items = Array.from({ length: 10_000 }, (_, i) => i);
    const fail = (item: number): never => {
      throw new RangeError(`item ${item}`);
    };
    const results = await pool.mapSettled(fail, items);
    const messages = results.map((result) => result.status === 'rejected' && (result.reason as Error).message);
    expect(messages.findIndex((message, i) => message !== `item ${i}`)).toBe(-1);
  });

  test('a call that fails while nobody listens yet is not lost: the promise rejects', async () => {
    const failing = pool.apply(throwing.pay, [1]);
    const other = failing.then(undefined, (error: Error) => error.name);
    expect(await other).toBe('PaymentError');
  });
});
