import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { currentTask, Pool, taskModule } from 'granule';
import { Gate, reaches, sharedWords } from '../support/gate.js';

const { add, echo, identity, square, squareLater } = taskModule<typeof import('../fixtures/pool/arithmetic.js')>(
  new URL('../fixtures/pool/arithmetic.js', import.meta.url),
);
const gates = taskModule<typeof import('../fixtures/pool/gates.js')>(
  new URL('../fixtures/pool/gates.js', import.meta.url),
);
const { here } = taskModule<typeof import('../fixtures/pool/counting.js')>(
  new URL('../fixtures/pool/counting.js', import.meta.url),
);
const { describeTask, describeTaskLater, leaveTimer } = taskModule<typeof import('../fixtures/pool/current-task.js')>(
  new URL('../fixtures/pool/current-task.js', import.meta.url),
);

let pool: Pool;
beforeAll(() => {
  pool = new Pool(2);
});
afterAll(() => pool.terminate());

describe('apply', () => {
  test('resolves with what the task returns', async () => {
    expect(await pool.apply(add, [1, 2, 3])).toBe(6);
    expect(await pool.apply(squareLater, [4])).toBe(16);
    expect(await pool.apply((name: string) => `hello, ${name}`, ['you'])).toBe('hello, you');
  });

  test('without arguments calls without any', async () => {
    expect(await pool.apply(echo)).toEqual([]);
    expect(await pool.apply(echo, [])).toEqual([]);
    expect(await pool.apply(echo, [undefined])).toEqual([undefined]);
  });

  test.each([undefined, null, false, 0, -0, NaN, '', [], 'x'.repeat(100_000)])('gives %p back', async (value) => {
    expect(await pool.apply(identity, [value])).toStrictEqual(value);
  });

  test('gives a result of many megabytes back', async () => {
    const text = 'granule '.repeat(500_000);
    const bytes = await pool.apply((n: number) => new Uint8Array(n).fill(7), [20_000_000]);
    expect(await pool.apply(identity, [text])).toBe(text);
    expect(bytes).toHaveLength(20_000_000);
    expect(bytes[19_999_999]).toBe(7);
  });

  test('rejects with what the task throws, now or later', async () => {
    const fail = (): never => {
      throw new RangeError('now');
    };
    const failLater = async (): Promise<never> => {
      await Promise.resolve();
      throw new RangeError('later');
    };
    await expect(pool.apply(fail)).rejects.toMatchObject({ name: 'RangeError', message: 'now' });
    await expect(pool.apply(failLater)).rejects.toMatchObject({ name: 'RangeError', message: 'later' });
  });

  test('a task may return any thenable', async () => {
    const task = (): unknown => ({
      then(resolve: (value: number) => void) {
        setTimeout(resolve, 1, 5);
      },
    });
    expect(await pool.apply(task)).toBe(5);
  });

  test('runs each call once, thousands of them at once, in any order of completion', async () => {
    const counts = sharedWords(5_000);
    const count = (index: number, all: Int32Array): number => Atomics.add(all, index, 1) + index;
    const calls = Array.from({ length: 5_000 }, (_, index) => pool.apply(count, [index, counts]));
    expect(await Promise.all(calls)).toEqual(Array.from({ length: 5_000 }, (_, index) => index));
    expect(counts.every((times) => times === 1)).toBe(true);
  });

  test('uses every thread: two calls that wait for each other both end', async () => {
    const gate = new Gate();
    const calls = [pool.apply(gates.passAs, [0, gate.words]), pool.apply(gates.passAs, [1, gate.words])];
    await gate.arrived(2);
    gate.open();
    const [one, other] = await Promise.all(calls);
    expect(one).not.toBe(other);
  });

  test('never runs on the caller', async () => {
    const threads = await Promise.all(Array.from({ length: 20 }, () => pool.apply(here)));
    expect(threads.every((id) => id > 0)).toBe(true);
  });

  test('arguments that are no array are a TypeError', async () => {
    for (const args of [5, 'ab', { length: 1 }, null]) {
      await expect(pool.apply(square, args as never)).rejects.toMatchObject({ name: 'TypeError' });
    }
  });

  test('what is no task is a TypeError', async () => {
    for (const task of [undefined, null, 5, 'square', {}, { module: 'x' }]) {
      await expect(pool.apply(task as never)).rejects.toMatchObject({ name: 'TypeError' });
    }
  });
});

describe('currentTask()', () => {
  test('tells a task its thread, and that nobody has aborted it', async () => {
    const task = await pool.apply(describeTask);
    expect(task).toEqual({ threadId: expect.any(Number) as unknown, realThreadId: task!.threadId, aborted: false });
  });

  test('is still there after an await, and within the timers of a task', async () => {
    expect(await pool.apply(describeTaskLater)).toEqual([false, false]);
  });

  test('is undefined outside a task: on the caller, and in a thread once the task has ended', async () => {
    expect(currentTask()).toBeUndefined();
    const told = sharedWords(1);
    await pool.apply(leaveTimer, [told]);
    await reaches(told, 0, 1);
    expect(told[0]).toBe(1);
  });
});
