/** When a call of an adaptive pool runs on the caller: with costs that are given, not measured. */
import { describe, expect, test } from '@jest/globals';
import {
  ACQUITTAL_CALLS,
  BARRED_CALLS,
  BUDGET_NS,
  CallerTask,
  LONG_ACQUITTAL_CALLS,
  pays,
  TRIALS,
} from '#lib/pool/caller-task.js';
import type { Extent } from '#lib/pool/caller-task.js';
import { TaskCost } from '#lib/pool/cost-model.js';
import type { TaskEntry } from '#lib/pool/task-table.js';

const THREADS = 2;
const items = (n: number): Extent => ({ steps: n, units: n, isRanges: false });

function learn(cost: TaskCost, nsPerItem: number, calls = 80): TaskCost {
  for (let call = 0; call < calls; call++) cost.observe(10, 10 * nsPerItem);
  return cost;
}

function entryOf(cost: TaskCost): TaskEntry {
  const spec = { kind: 'source', source: '(x) => x', strict: true, label: 'same' } as const;
  return { id: 1, spec, cost, uses: 0 };
}

/** Of a task that threads have measured, and that is loaded here. */
async function loaded(nsPerItem: number): Promise<{ task: CallerTask; cost: TaskCost }> {
  const cost = learn(new TaskCost(), nsPerItem);
  const task = new CallerTask(entryOf(cost));
  await task.load();
  return { task, cost };
}

/** As it is once trials have shown that the caller is as fast. */
async function proven(nsPerItem: number): Promise<{ task: CallerTask; cost: TaskCost }> {
  const { task, cost } = await loaded(nsPerItem);
  learn(task.here, nsPerItem);
  return { task, cost };
}

/** So many calls of 100 items run in threads, which find them to cost so much. */
function staysInThreads(task: CallerTask, cost: TaskCost, calls: number, nsPerItem = 100): void {
  for (let call = 0; call < calls; call++) {
    expect(task.choose(items(100), THREADS)).toBe('threads');
    cost.observe(100, 100 * nsPerItem);
  }
}

describe('the caller pays', () => {
  test('for a known task whose whole call costs less than a message', () => {
    const cost = learn(new TaskCost(), 100);
    expect(pays(cost, items(100), THREADS)).toBe(true);
    expect(pays(cost, items(1), THREADS)).toBe(true);
    expect(pays(cost, items(100_000), THREADS)).toBe(false);
  });

  test('never for one that no thread has run, or that was async once', () => {
    expect(pays(new TaskCost(), items(1), THREADS)).toBe(false);
    const cost = learn(new TaskCost(), 100);
    cost.observe(1, 100, true);
    expect(pays(cost, items(1), THREADS)).toBe(false);
  });

  test('not where the budget is too small, whatever dispatch costs', () => {
    const cost = learn(new TaskCost(), 1_000);
    for (let call = 0; call < 100; call++) cost.dispatch.observe('message', 1e9);
    expect(pays(cost, items(150), THREADS)).toBe(true);
    expect(pays(cost, items(BUDGET_NS / 1_000 + 1), THREADS)).toBe(false);
  });

  test('not where the cost varies so much that a thread may be faster', () => {
    const cost = new TaskCost();
    for (let call = 0; call < 80; call++) cost.observe(10, call % 2 === 0 ? 100 : 19_900);
    expect(cost.nsPerItem).toBeLessThan(1_500);
    expect(pays(cost, items(40), THREADS)).toBe(false);
  });

  test('for a single item only once many are known, and the dearest of the last ones leaves some of the budget', () => {
    const few = new TaskCost();
    few.observe(5, 50);
    expect(pays(few, items(1), THREADS)).toBe(false);
    const cost = learn(new TaskCost(), 100);
    // One such in so many may have been a pause.
    cost.observe(1, 180_000);
    for (let call = 0; call < 100; call++) cost.observe(10, 1_000);
    expect(pays(cost, items(1), THREADS)).toBe(true);
    cost.observe(1, 180_000);
    cost.observe(1, 180_000);
    for (let call = 0; call < 27; call++) cost.observe(10, 1_000);
    expect(pays(cost, items(1), THREADS)).toBe(false);
    for (let call = 0; call < 100; call++) cost.observe(10, 1_000);
    expect(pays(cost, items(1), THREADS)).toBe(true);
  });

  test('for ranges, which cannot be cut, only with half of the budget in hand', () => {
    const cost = learn(new TaskCost(), 10);
    for (let call = 0; call < 100; call++) cost.dispatch.observe('message', 1e9);
    expect(pays(cost, { steps: 8, units: 9_000, isRanges: true }, THREADS)).toBe(true);
    expect(pays(cost, { steps: 8, units: 11_000, isRanges: true }, THREADS)).toBe(false);
    expect(pays(cost, items(11_000), THREADS)).toBe(true);
  });
});

describe('a task of an adaptive pool', () => {
  test('is loaded on the caller only once threads have shown that it pays', async () => {
    const cost = new TaskCost();
    const task = new CallerTask(entryOf(cost));
    expect(task.choose(items(10), THREADS)).toBe('threads');
    learn(cost, 100);
    expect(task.choose(items(10), THREADS)).toBe('loading');
    const loading = task.load();
    expect(task.choose(items(10), THREADS)).toBe('threads');
    expect(task.task).toBeUndefined();
    await loading;
    expect(task.choose(items(10), THREADS)).toBe('trial');
  });

  test('that does not load here stays in the threads', async () => {
    const cost = learn(new TaskCost(), 100);
    const spec = { kind: 'module', module: 'file:///nowhere/none.js', name: 'none', label: 'none' } as const;
    const task = new CallerTask({ id: 1, spec, cost, uses: 0 });
    expect(task.choose(items(10), THREADS)).toBe('loading');
    await task.load();
    expect(task.choose(items(10), THREADS)).toBe('threads');
  });

  test('is on trial until it was measured here, and no longer than some calls', async () => {
    const { task } = await loaded(100);
    expect(task.choose(items(100), THREADS)).toBe('trial');
    task.observe('trial', 100, 12_000, false);
    expect(task.choose(items(100), THREADS)).toBe('caller');

    const slow = (await loaded(100)).task;
    for (let trial = 0; trial < TRIALS; trial++) {
      expect(slow.choose(items(100), THREADS)).toBe('trial');
      slow.observe('trial', 1, 60_000, true);
    }
    for (let call = 0; call <= BARRED_CALLS; call++) expect(slow.choose(items(100), THREADS)).toBe('threads');
    expect(slow.choose(items(100), THREADS)).toBe('trial');
  });

  test('that goes far over the budget comes back when threads find nothing unusual in many calls', async () => {
    const { task, cost } = await proven(100);
    expect(task.choose(items(100), THREADS)).toBe('caller');
    task.observe('caller', 100, 20 * BUDGET_NS, false);
    staysInThreads(task, cost, LONG_ACQUITTAL_CALLS);
    expect(task.choose(items(100), THREADS)).toBe('caller');
  });

  test('that does so again soon stays in the threads for 1000 calls, whatever they find', async () => {
    const { task, cost } = await proven(100);
    task.observe('caller', 100, 20 * BUDGET_NS, false);
    staysInThreads(task, cost, LONG_ACQUITTAL_CALLS);
    expect(task.choose(items(100), THREADS)).toBe('caller');
    task.observe('caller', 100, 20 * BUDGET_NS, false);
    staysInThreads(task, cost, BARRED_CALLS);
    expect(task.choose(items(100), THREADS)).toBe('caller');
  });

  test('that goes a little over it comes back when threads find nothing unusual in some calls', async () => {
    const { task, cost } = await proven(100);
    task.observe('caller', 100, 2 * BUDGET_NS, true);
    staysInThreads(task, cost, ACQUITTAL_CALLS);
    expect(task.choose(items(100), THREADS)).toBe('caller');
  });

  test('that has become dear stays in the threads: they find out', async () => {
    const { task, cost } = await proven(100);
    task.observe('caller', 2, 2 * BUDGET_NS, true);
    staysInThreads(task, cost, 2 * BARRED_CALLS, 100_000);
  });

  test('that goes over it three times in a row has no more credit', async () => {
    const { task, cost } = await proven(100);
    for (let strike = 0; strike < 2; strike++) {
      expect(task.choose(items(100), THREADS)).toBe('caller');
      task.observe('caller', 100, 2 * BUDGET_NS, true);
      staysInThreads(task, cost, ACQUITTAL_CALLS);
    }
    task.observe('caller', 100, 2 * BUDGET_NS, true);
    staysInThreads(task, cost, BARRED_CALLS);
  });
});
