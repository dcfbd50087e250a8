import { describe, expect, test } from '@jest/globals';
import { taskModule } from 'granule';
import { sharedWords } from '../support/gate.js';
import { openPool } from '../support/pools.js';

const { square, squareLater } = taskModule<typeof import('../fixtures/pool/arithmetic.js')>(
  new URL('../fixtures/pool/arithmetic.js', import.meta.url),
);
const { count, here } = taskModule<typeof import('../fixtures/pool/counting.js')>(
  new URL('../fixtures/pool/counting.js', import.meta.url),
);
const { setLevel, state } = taskModule<typeof import('../fixtures/pool/state.js')>(
  new URL('../fixtures/pool/state.js', import.meta.url),
);
const { countRange } = taskModule<typeof import('../fixtures/pool/lanes.js')>(
  new URL('../fixtures/pool/lanes.js', import.meta.url),
);

const upTo = (n: number): number[] => Array.from({ length: n }, (_, i) => i);

/** How many items each thread ran. */
function tally(threadIds: readonly number[]): number[] {
  const counts = new Map<number, number>();
  for (const id of threadIds) counts.set(id, (counts.get(id) ?? 0) + 1);
  return [...counts.values()];
}

describe('maxTasksPerThread', () => {
  test('1 gives every call a thread of its own', async () => {
    const pool = openPool({ threads: 2, maxTasksPerThread: 1 });
    const ids: number[] = [];
    for (let i = 0; i < 5; i++) ids.push(await pool.apply(here));
    expect(new Set(ids).size).toBe(5);
    expect(pool.stats()).toMatchObject({ lostThreads: 0, completed: 5 });
  });

  test('counts the items of chunks: no thread runs more than its share, nothing is lost', async () => {
    const pool = openPool({ threads: 2, maxTasksPerThread: 10 });
    const ids = await pool.map(here, upTo(60) as never[], { chunksize: 25 });
    expect(ids).toHaveLength(60);
    expect(Math.max(...tally(ids))).toBeLessThanOrEqual(10);
    expect(tally(ids).length).toBeGreaterThanOrEqual(6);
    expect(pool.stats().lostThreads).toBe(0);
  });

  test.each(['static', 'dynamic', 'guided', 'auto'] as const)('every item runs once: %s', async (schedule) => {
    const pool = openPool({ threads: 2, maxTasksPerThread: 7 });
    const counts = sharedWords(50);
    expect(await pool.map(count, upTo(50), { schedule, args: [counts] })).toEqual(upTo(50));
    expect([...counts]).toEqual(upTo(50).map(() => 1));
  });

  test('holds for every kind of call', async () => {
    const pool = openPool({ threads: 2, maxTasksPerThread: 4 });
    const counts = sharedWords(30);
    await pool.parallelFor(countRange, 30, { chunksize: 3, args: [counts] });
    expect([...counts]).toEqual(upTo(30).map(() => 1));
    expect(await pool.map(square, Float64Array.from(upTo(12)))).toEqual(Float64Array.from(upTo(12), (x) => x * x));
    expect(await pool.map(squareLater, upTo(12), { chunksize: 6 })).toEqual(upTo(12).map((x) => x * x));
    const odd = (x: number): number => {
      if (x % 2 === 0) throw new Error('even');
      return x;
    };
    expect((await pool.mapSettled(odd, upTo(12))).map(({ status }) => status === 'fulfilled')).toEqual(
      upTo(12).map((x) => x % 2 === 1),
    );
    const seen: number[] = [];
    for await (const value of pool.imap(square, upTo(12))) seen.push(value);
    expect(seen).toEqual(upTo(12).map((x) => x * x));
    expect(await pool.starmap((x: number, words: Int32Array) => x + words[0], upTo(6).map((x) => [x, counts]))).toEqual(
      upTo(6).map((x) => x + 1),
    );
    expect(pool.stats().lostThreads).toBe(0);
  });

  test('many calls at once all settle', async () => {
    const pool = openPool({ threads: 2, maxTasksPerThread: 5 });
    const results = await Promise.all(upTo(30).map((x) => pool.apply(square, [x])));
    expect(results).toEqual(upTo(30).map((x) => x * x));
  });

  test('a new thread starts afresh: its own state, and its initializer', async () => {
    const counts = sharedWords(1);
    const pool = openPool({ threads: 1, maxTasksPerThread: 2, initializer: setLevel, initargs: ['set', counts] });
    const states = [];
    for (let i = 0; i < 6; i++) states.push(await pool.apply(state));
    expect(new Set(states.map(({ threadId }) => threadId)).size).toBe(3);
    expect(states.every(({ level, calls }) => level === 'set' && calls === 1)).toBe(true);
    expect(counts[0]).toBeGreaterThanOrEqual(3);
  });

  test('the pool keeps its size, and closes as any other', async () => {
    const pool = openPool({ threads: 2, maxTasksPerThread: 1 });
    await pool.map(square, upTo(6), { chunksize: 1 });
    expect(new Set(await pool.broadcast(here)).size).toBe(2);
    pool.close();
    await pool.join();
  });
});
