/** Which thread ran what. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Pool, taskModule } from 'granule';
import type { Item } from '../fixtures/pool/dear.js';
import { Gate, sharedWords } from '../support/gate.js';
import { program } from '../support/program.js';

const { here } = taskModule<typeof import('../fixtures/pool/counting.js')>(
  new URL('../fixtures/pool/counting.js', import.meta.url),
);
const { passAs } = taskModule<typeof import('../fixtures/pool/gates.js')>(
  new URL('../fixtures/pool/gates.js', import.meta.url),
);
const { run } = taskModule<typeof import('../fixtures/pool/dear.js')>(
  new URL('../fixtures/pool/dear.js', import.meta.url),
);
const { noteTurn } = taskModule<typeof import('../fixtures/pool/chunks.js')>(
  new URL('../fixtures/pool/chunks.js', import.meta.url),
);

const upTo = (n: number): number[] => Array.from({ length: n }, (_, i) => i);

let pool: Pool;
let ids: number[];
beforeAll(async () => {
  pool = new Pool(4);
  ids = await pool.broadcast(here);
});
afterAll(() => pool.terminate());

/** Runs of consecutive items that one thread ran one right after the other: chunks, or parts of several in a row. */
async function chunksOf(items: number, options: object): Promise<number[][]> {
  const turns = sharedWords(items);
  const threads = await pool.map(noteTurn, upTo(items), { ...options, args: [turns] });
  const chunks: number[][] = [];
  for (const item of upTo(items)) {
    const last = chunks.at(-1);
    const follows = item > 0 && threads[item] === threads[item - 1] && turns[item] === turns[item - 1] + 1;
    if (follows) last!.push(item);
    else chunks.push([item]);
  }
  return chunks;
}

describe('chunks', () => {
  test.each([1, 7, 25, 100])('of %i items are whole: they begin at its multiples', async (chunksize) => {
    const chunks = await chunksOf(300, { chunksize });
    // Two chunks in a row on one thread look like one: every beginning is a multiple all the same.
    expect(chunks.filter(([first]) => first % chunksize !== 0)).toEqual([]);
    expect(chunks.length).toBeLessThanOrEqual(Math.ceil(300 / chunksize));
  });

  test('under schedule static are one a thread, at equal distances', async () => {
    const chunks = await chunksOf(400, { schedule: 'static' });
    expect(chunks.filter(([first]) => first % 100 !== 0)).toEqual([]);
    expect(chunks.length).toBeLessThanOrEqual(4);
  });
});

describe('messages', () => {
  test('for a hundred items: one an item by hand, a few to wake threads here, whatever the chunksize', async () => {
    const { code, stdout, stderr } = await program('messages');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const { byHand, ...maps } = JSON.parse(stdout) as Record<string, number>;
    expect(byHand).toBe(100);
    // One a thread; a few more where a runner was just leaving as the call came.
    for (const messages of Object.values(maps)) expect(messages).toBeLessThanOrEqual(8);
    expect(Object.keys(maps)).toHaveLength(3);
  });
});

describe('work is spread over the threads', () => {
  test('when every item waits for all threads to have one', async () => {
    const gate = new Gate();
    const map = pool.map(passAs, upTo(4), { chunksize: 1, args: [gate.words] });
    await gate.arrived(4);
    gate.open();
    expect([...(await map)].sort((a, b) => a - b)).toEqual([...ids].sort((a, b) => a - b));
  });

  test('with real work at chunksize 1: no thread does it all', async () => {
    const two = new Pool(2);
    try {
      await two.ready();
      // However late the second thread begins: whoever is at the last but one waits for it, and it has the last.
      const items: Item[] = [...new Array<Item>(28).fill('dear'), 'meet', 'meet'];
      const threads = await two.map(run, items, { chunksize: 1, args: [sharedWords(2)] });
      expect(new Set(threads).size).toBe(2);
    } finally {
      await two.terminate();
    }
  });

  test('ten tiny items may well be done by one thread: that is not asked of a pool', async () => {
    for (const id of await pool.map(here, upTo(10) as never[])) expect(ids).toContain(id);
  });
});
