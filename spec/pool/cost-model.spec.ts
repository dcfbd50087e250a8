import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { CostModel, DispatchCost, LOOK_NS, RUNNER_NS, TaskCost } from '#lib/pool/cost-model.js';

/** A task that always took `ns` an item. */
function known(ns: number, calls = 8): TaskCost {
  const cost = new TaskCost();
  for (let call = 0; call < calls; call++) cost.observe(100, 100 * ns);
  return cost;
}

describe('the cost of a task', () => {
  test('is not known before it was observed', () => {
    const cost = new TaskCost();
    expect(cost.nsPerItem).toBe(0);
    expect(cost.samples).toBe(0);
    expect(cost.predict(10, 2)).toBeUndefined();
    expect(cost.looks(1, 2)).toBe(false);
  });

  test('is the first observation, with half of it as its spread', () => {
    const cost = new TaskCost();
    cost.observe(10, 1_000);
    expect(cost.nsPerItem).toBe(100);
    expect(cost.spread).toBe(50);
  });

  test('stays where every observation agrees, while the spread goes to nothing', () => {
    const cost = known(100, 60);
    expect(cost.nsPerItem).toBeCloseTo(100);
    expect(cost.spread).toBeLessThan(1);
  });

  test('forgets the compiler\'s warm-up, seen on one item, with the first full call', () => {
    const cost = new TaskCost();
    cost.observe(1, 100_000);
    cost.observe(10_000, 10_000 * 5);
    expect(cost.nsPerItem).toBeLessThan(20);
  });

  test('follows a task whose cost changes, upwards and downwards, within some dozens of calls', () => {
    const cost = known(100);
    for (let call = 0; call < 60; call++) cost.observe(1, 50_000);
    expect(cost.nsPerItem).toBeGreaterThan(45_000);
    for (let call = 0; call < 100; call++) cost.observe(1, 100);
    expect(cost.nsPerItem).toBeLessThan(200);
  });

  test('is not carried away by one preempted thread', () => {
    const cost = known(2);
    cost.observe(100, 4_000_000);
    expect(cost.nsPerItem).toBeLessThan(4);
    for (let call = 0; call < 10; call++) cost.observe(100, 200);
    expect(cost.nsPerItem).toBeLessThan(2.6);
  });

  test('lies between the least and the greatest observation, whatever their order and sizes', () => {
    const observation = fc.tuple(fc.integer({ min: 1, max: 1e6 }), fc.double({ min: 0.1, max: 1e6, noNaN: true }));
    fc.assert(
      fc.property(fc.array(observation, { minLength: 1, maxLength: 50 }), (observations) => {
        const cost = new TaskCost();
        for (const [items, ns] of observations) cost.observe(items, items * ns);
        const costs = observations.map(([, ns]) => ns);
        expect(cost.nsPerItem).toBeGreaterThanOrEqual(Math.min(...costs) * (1 - 1e-9));
        expect(cost.nsPerItem).toBeLessThanOrEqual(Math.max(...costs) * (1 + 1e-9));
        expect(cost.spread).toBeGreaterThanOrEqual(0);
        expect(cost.samples).toBe(observations.length);
      }),
      { seed: 7 },
    );
  });

  test('takes no notice of observations that say nothing', () => {
    const cost = known(100);
    const before = [cost.nsPerItem, cost.spread, cost.samples];
    cost.observe(0, 500);
    cost.observe(10, NaN);
    cost.observe(10, -1);
    cost.observe(10, Infinity);
    expect([cost.nsPerItem, cost.spread, cost.samples]).toEqual(before);
  });

  test('is known, and not 0, also where the clock saw nothing', () => {
    const cost = new TaskCost();
    cost.observe(10, 0);
    expect(cost.samples).toBe(1);
    expect(cost.nsPerItem).toBeGreaterThan(0);
  });
});

describe('the runners invited', () => {
  test('are all that have an item while the task is unknown', () => {
    expect(new TaskCost().ticketsFor(100, 4)).toBe(4);
    expect(new TaskCost().ticketsFor(3, 4)).toBe(3);
  });

  test('are one where the whole is not worth a second', () => {
    expect(known(2).ticketsFor(100, 4)).toBe(1);
    expect(known(RUNNER_NS / 100).ticketsFor(100, 4)).toBe(1);
  });

  test('are as many as the work pays for, of the threads and items there are', () => {
    expect(known(RUNNER_NS / 100).ticketsFor(101, 4)).toBe(2);
    expect(known(RUNNER_NS).ticketsFor(3, 4)).toBe(3);
    expect(known(1e6).ticketsFor(2, 4)).toBe(2);
    expect(known(1e6).ticketsFor(1_000, 4)).toBe(4);
  });

  test('are at least one, for no items too', () => {
    expect(known(1e6).ticketsFor(0, 4)).toBe(1);
    expect(new TaskCost().ticketsFor(0, 4)).toBe(1);
  });
});

describe('the caller\'s look', () => {
  test('is for known work that each runner ends within the look', () => {
    expect(known(2).looks(100, 2)).toBe(true);
    expect(known(LOOK_NS).looks(1, 2)).toBe(true);
    expect(known(LOOK_NS * 1.1).looks(1, 2)).toBe(false);
    expect(known(LOOK_NS * 0.9).looks(4, 2)).toBe(false);
    expect(known(1_000).looks(1_000, 2)).toBe(false);
  });

  test('is never for a task that was asynchronous once', () => {
    const cost = known(2);
    cost.observe(1, 100, true);
    cost.observe(1, 2);
    expect(cost.asynchronous).toBe(true);
    expect(cost.looks(1, 2)).toBe(false);
    expect(cost.predict(1, 2)).toBeUndefined();
    expect(cost.ticketsFor(10, 4)).toBe(4);
  });
});

describe('a prediction', () => {
  test('says that little work is cheaper on the caller and much work on threads', () => {
    const little = known(2).predict(100, 2)!;
    expect(little.inline).toBeLessThan(little.threads);
    const much = known(10_000).predict(1_000, 2)!;
    expect(much.threads).toBeLessThan(much.inline);
  });

  test('has an upper bound of four deviations above the mean', () => {
    const cost = new TaskCost();
    cost.observe(1, 100);
    expect(cost.predict(10, 2)).toMatchObject({ inline: 1_000, inlineUpper: 3_000 });
  });

  test('learns what dispatching costs here', () => {
    const model = new CostModel();
    const cost = model.entry('task');
    cost.observe(1, 100);
    const before = cost.predict(1, 2)!.threads;
    for (let call = 0; call < 50; call++) model.dispatch.observe('message', 10_000);
    expect(cost.predict(1, 2)!.threads).toBeLessThan(before - 30_000);
  });
});

describe('what items add to a call in threads', () => {
  test('is learned from whole calls, by item, and adds to calls of other sizes too', () => {
    const cost = known(10);
    const before = cost.predict(10_000, 2)!.threads;
    for (let call = 0; call < 100; call++) cost.observeCall(10_000, 2, before + 80_000);
    expect(cost.predict(10_000, 2)!.threads).toBeCloseTo(before + 80_000, -3);
    expect(cost.predict(100, 2)!.threads - known(10).predict(100, 2)!.threads).toBeCloseTo(800, -1);
    for (let call = 0; call < 100; call++) cost.observeCall(10_000, 2, before);
    expect(cost.predict(10_000, 2)!.threads).toBeCloseTo(before, -3);
  });

  test('is not less than nothing, and not carried away by one pause', () => {
    const cost = known(10);
    const before = cost.predict(10_000, 2)!.threads;
    cost.observeCall(10_000, 2, 0);
    expect(cost.predict(10_000, 2)!.threads).toBe(before);
    cost.observeCall(10_000, 2, 1e9);
    expect(cost.predict(10_000, 2)!.threads).toBeLessThan(1.2 * before);
  });
});

describe('the dispatch cost', () => {
  test('begins at 50 µs a message and 50 ns a claim', () => {
    expect(new DispatchCost()).toMatchObject({ message: 50_000, claim: 50 });
  });

  test('stays within ten times of that, whatever was measured', () => {
    const cost = new DispatchCost();
    for (let call = 0; call < 200; call++) {
      cost.observe('message', 1e12);
      cost.observe('claim', 0);
    }
    expect(cost.message).toBeLessThanOrEqual(500_000);
    expect(cost.claim).toBeGreaterThanOrEqual(5);
    cost.observe('claim', NaN);
    expect(cost.claim).toBeGreaterThanOrEqual(5);
  });
});

describe('the model', () => {
  test('gives the same entry for the same key', () => {
    const model = new CostModel();
    expect(model.entry('a')).toBe(model.entry('a'));
    expect(model.entry('a')).not.toBe(model.entry('b'));
  });

  test('remembers at most its capacity of tasks', () => {
    const model = new CostModel(10);
    for (let task = 0; task < 1_000; task++) {
      model.entry(`task ${task}`);
      expect(model.size).toBeLessThanOrEqual(10);
    }
  });

  test('keeps what is asked for, and the most recent half of its capacity, and drops the rest', () => {
    const model = new CostModel(10);
    const kept = model.entry('kept');
    const dropped = model.entry('dropped');
    for (let task = 0; task < 100; task++) {
      model.entry(`task ${task}`);
      expect(model.entry('kept')).toBe(kept);
    }
    const recent = [96, 97, 98, 99].map((task) => `task ${task}`);
    const size = model.size;
    for (const key of recent) model.entry(key);
    expect(model.size).toBe(size);
    expect(model.entry('dropped')).not.toBe(dropped);
  });
});
