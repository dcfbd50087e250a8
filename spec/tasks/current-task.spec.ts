import { setImmediate as turn } from 'node:timers/promises';
import { afterEach, describe, expect, test } from '@jest/globals';
import { currentTask } from 'granule';
import { CurrentTask, runAs, runWithin } from '#lib/tasks/current-task.js';

const words = () => new Int32Array(new SharedArrayBuffer(8));
afterEach(() => runAs(undefined));

describe('currentTask', () => {
  test('is undefined outside a task', () => {
    expect(currentTask()).toBeUndefined();
  });

  test('is what the runner said, across awaits, until it says otherwise', async () => {
    const task = new CurrentTask(words(), 0, 3);
    runAs(task);
    await turn();
    expect(currentTask()).toBe(task);
    expect(currentTask()?.threadId).toBe(3);
    runAs(undefined);
    expect(currentTask()).toBeUndefined();
  });

  test('is each its own where several are under way on one thread', async () => {
    const tasks = [1, 2, 3].map((id) => new CurrentTask(words(), 0, id));
    const seen = await Promise.all(
      tasks.map((task) =>
        runWithin(task, async () => {
          const before = currentTask();
          await turn();
          return [before, currentTask()];
        }),
      ),
    );
    expect(seen).toEqual(tasks.map((task) => [task, task]));
    expect(currentTask()).toBeUndefined();
  });
});

describe('CurrentTask', () => {
  test('is aborted once its word is set, in one call of the task', () => {
    const control = words();
    const task = new CurrentTask(control, 1, 0);
    expect(task.aborted).toBe(false);
    expect(() => task.throwIfAborted()).not.toThrow();
    Atomics.store(control, 0, 1);
    expect(task.aborted).toBe(false);
    Atomics.store(control, 1, 1);
    expect(task.aborted).toBe(true);
  });

  test('looks at its bits only', () => {
    const control = words();
    const task = new CurrentTask(control, 0, 0, 0b100);
    Atomics.store(control, 0, 0b011);
    expect(task.aborted).toBe(false);
    Atomics.or(control, 0, 0b100);
    expect(task.aborted).toBe(true);
  });

  test('throws an AbortError', () => {
    const control = words();
    Atomics.store(control, 0, 1);
    const run = () => new CurrentTask(control, 0, 0).throwIfAborted();
    expect(run).toThrow(expect.objectContaining({ name: 'AbortError', code: DOMException.ABORT_ERR }));
  });
});
