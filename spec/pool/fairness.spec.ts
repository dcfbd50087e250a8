/**
 * A long call gives way to those that wait. Every spec is decided by the order of events: what must not wait for the
 * map is what lets the map end, so that an unfair pool would never settle.
 */
import { describe, expect, test } from '@jest/globals';
import { type Pool, taskModule } from 'granule';
import { Gate, sharedWords } from '../support/gate.js';
import { openPool } from '../support/pools.js';

const { square } = taskModule<typeof import('../fixtures/pool/arithmetic.js')>(
  new URL('../fixtures/pool/arithmetic.js', import.meta.url),
);
const { longItem, longItemLater, slowItem, look, openGate } = taskModule<typeof import('../fixtures/pool/long.js')>(
  new URL('../fixtures/pool/long.js', import.meta.url),
);
const { pass } = taskModule<typeof import('../fixtures/pool/gates.js')>(
  new URL('../fixtures/pool/gates.js', import.meta.url),
);

const upTo = (n: number): number[] => Array.from({ length: n }, (_, i) => i);

/** A map of many items that occupies every thread; from item `stop` on each waits for `end` to be opened. */
async function occupy(pool: Pool, task: typeof longItem, stop: number, options: object = {}, count = 5_000) {
  const begun = new Gate();
  const end = new Gate();
  const done = sharedWords(1);
  const items = upTo(count);
  const args = [stop, pool.threads, begun.words, end.words, done];
  const map = pool.map(task, items, { ...options, args });
  await begun.arrived(pool.threads);
  return { map, begun, end, done, items };
}

describe('an apply that comes while a map of thousands of items occupies every thread', () => {
  test.each([
    ['static', {}],
    ['dynamic', { chunksize: 1 }],
    ['dynamic', { chunksize: 100 }],
    ['guided', {}],
    ['auto', {}],
  ] as const)('is done long before the map: schedule %s %p', async (schedule, options) => {
    const pool = openPool(2);
    const { map, begun, end, items } = await occupy(pool, longItem, 4_900, { schedule, ...options });
    const apply = pool.apply(openGate, [end.words]);
    begun.open();
    await apply;
    expect(await map).toEqual(items);
  });

  test('starts after the chunk in progress', async () => {
    const pool = openPool(1);
    // Of shorter items several chunks may fit into the least time that a call has before it gives way.
    const { map, begun, end, done, items } = await occupy(pool, slowItem, 90, { chunksize: 10 }, 100);
    const apply = pool.apply(look, [done, end.words]);
    begun.open();
    expect(await apply).toBeLessThanOrEqual(10);
    expect(await map).toEqual(items);
  });

  test('also behind items that are async', async () => {
    const pool = openPool(2);
    const { map, begun, end, items } = await occupy(pool, longItemLater, 4_900, { chunksize: 500 });
    const apply = pool.apply(openGate, [end.words]);
    begun.open();
    await apply;
    expect(await map).toEqual(items);
  });

  test('also where the map is one of a typed array', async () => {
    const pool = openPool(2);
    const begun = new Gate();
    const end = new Gate();
    const args = [4_900, 2, begun.words, end.words, sharedWords(1)];
    const typed = pool.map(longItem as never, Float64Array.from(upTo(5_000)), { args });
    await begun.arrived(2);
    const apply = pool.apply(openGate, [end.words]);
    begun.open();
    await apply;
    expect(await typed).toHaveLength(5_000);
  });

  test('and fifty that come with it: each waits for one item of half a millisecond at most', async () => {
    const pool = openPool(2);
    const begun = new Gate();
    const end = new Gate();
    const items = upTo(120);
    const map = pool.map(slowItem, items, { chunksize: 40, args: [100, 2, begun.words, end.words, sharedWords(1)] });
    await begun.arrived(2);
    const applies = upTo(50).map((x) => pool.apply(square, [x]));
    begun.open();
    expect(await Promise.all(applies)).toEqual(upTo(50).map((x) => x * x));
    end.open();
    expect(await map).toEqual(items);
  });
});

describe('a long map', () => {
  test('gives way to a short one that comes later', async () => {
    const pool = openPool(2);
    const { map, begun, end, items } = await occupy(pool, longItem, 4_900);
    const short = pool.map(square, upTo(200));
    begun.open();
    expect(await short).toEqual(upTo(200).map((x) => x * x));
    end.open();
    expect(await map).toEqual(items);
  });

  test('is not starved by short calls that never stop coming', async () => {
    const pool = openPool(2);
    const { map, begun, end, items } = await occupy(pool, longItem, 5_000);
    let over = false;
    const chain = async (): Promise<number> => {
      let calls = 0;
      for (; !over; calls++) await pool.apply(square, [calls]);
      return calls;
    };
    const chains = [chain(), chain(), chain(), chain()];
    begun.open();
    end.open();
    expect(await map).toEqual(items);
    over = true;
    for (const calls of await Promise.all(chains)) expect(calls).toBeGreaterThan(0);
  });

  test('and another both get on', async () => {
    const pool = openPool(2);
    const first = await occupy(pool, longItem, 4_900);
    const second = pool.map(longItem, upTo(5_000), {
      args: [4_900, 0, first.begun.words, first.end.words, sharedWords(1)],
    });
    const third = pool.apply(openGate, [first.end.words]);
    first.begun.open();
    await third;
    expect(await first.map).toEqual(first.items);
    expect(await second).toEqual(first.items);
  });
});

describe('calls are taken in their order', () => {
  test('applies on one thread', async () => {
    const pool = openPool(1);
    const gate = new Gate();
    const order = sharedWords(51);
    const busy = pool.apply(pass, [0, gate.words]);
    await gate.arrived();
    const note = (call: number, all: Int32Array): number => {
      const turn = Atomics.add(all, 0, 1);
      all[1 + call] = turn;
      return turn;
    };
    const calls = upTo(50).map((call) => pool.apply(note, [call, order]));
    gate.open();
    expect(await Promise.all(calls)).toEqual(upTo(50));
    await busy;
  });

  test('calls of all kinds on one thread', async () => {
    const pool = openPool(1);
    const gate = new Gate();
    const next = sharedWords(1);
    const busy = pool.apply(pass, [0, gate.words]);
    await gate.arrived();
    const turn = (_: unknown, all: Int32Array): number => Atomics.add(all, 0, 1);
    const turns = [
      pool.apply(turn, [0, next]),
      pool.map(turn, [0], { args: [next] }),
      pool.starmap(turn, [[0, next]]),
      pool.broadcast(turn, [0, next]),
      pool.mapSettled(turn, [0], { args: [next] }).then(([result]) => (result as { value: number }).value),
      pool.parallelReduce((_start: number, _stop: number, all: Int32Array) => Atomics.add(all, 0, 1), 1, (x) => x, {
        args: [next],
      }),
      pool.map(turn as never, Float64Array.of(0), { args: [next] }),
    ];
    gate.open();
    expect((await Promise.all(turns)).map(Number)).toEqual([0, 1, 2, 3, 4, 5, 6]);
    await busy;
  });
});
