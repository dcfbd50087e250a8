/** A call that turns out to be dearer than was foreseen gets more threads while it runs. */
import { describe, expect, test } from '@jest/globals';
import { taskModule } from 'granule';
import { BOTH, type Item } from '../fixtures/pool/dear.js';
import { sharedWords } from '../support/gate.js';
import { openPool } from '../support/pools.js';

const { run } = taskModule<typeof import('../fixtures/pool/dear.js')>(
  new URL('../fixtures/pool/dear.js', import.meta.url),
);

const cheap: Item[] = new Array<Item>(10).fill('cheap');
// The first item alone shows what the others may take. Two threads meet, or the call never ends.
const dear: Item[] = ['dear', 'meet', 'meet', ...new Array<Item>(7).fill('dear')];

describe('a task that was learned as cheap and has become dear', () => {
  const ways = [{ chunksize: 1 }, {}, { schedule: 'guided' as const }];
  test.each(ways)('runs on more than one thread, %j', async (options) => {
    const pool = openPool(4);
    await pool.ready();
    const met = sharedWords(2);
    for (let i = 0; i < 20; i++) await pool.map(run, cheap, { ...options, args: [met] });
    const threads = await pool.map(run, dear, { ...options, args: [met] });
    expect(new Set(threads).size).toBeGreaterThan(1);
    expect(met[BOTH]).toBe(1);
  });

  test('is given back in part by the thread that had claimed all of it, and nothing runs twice', async () => {
    const pool = openPool(4);
    await pool.ready();
    const met = sharedWords(2);
    for (let i = 0; i < 20; i++) await pool.map(run, cheap, { args: [met] });
    const done: number[] = [];
    await pool.map(run, [...dear, ...dear.slice(3)], { args: [met], onProgress: (items) => done.push(items) });
    expect(done.at(-1)).toBe(17);
    expect(met[BOTH]).toBe(1);
  });
});
