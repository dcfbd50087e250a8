import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { breakdownOf, merged, sharesOf } from '#lib/lab/breakdown.js';
import { BREAKDOWN_PARTS } from '#lib/lab/trace.js';

const FREE = { encodeItem: 0, decodeItem: 0, encodeResult: 0, decodeResult: 0 };
const chunk = (thread: number, from: number, until: number, start: number, end: number) => ({
  thread,
  from,
  until,
  items: until - from,
  start,
  end,
});

/** Chunks as threads make them: one after the other on each. */
const calls = fc
  .array(
    fc.record({
      thread: fc.integer({ min: 0, max: 3 }),
      pause: fc.double({ min: 0, max: 5, noNaN: true }),
      work: fc.double({ min: 0, max: 5, noNaN: true }),
      items: fc.integer({ min: 1, max: 50 }),
    }),
    { maxLength: 40 },
  )
  .map((steps) => {
    const clocks = [0, 0, 0, 0];
    let from = 0;
    const chunks = steps.map(({ thread, pause, work, items }) => {
      const start = clocks[thread] + pause;
      clocks[thread] = start + work;
      from += items;
      return chunk(thread, from - items, from, start, clocks[thread]);
    });
    return { chunks: chunks.sort((left, right) => left.start - right.start), last: Math.max(...clocks), items: from };
  });
const cost = fc.double({ min: 0, max: 1e6, noNaN: true });
const costs = fc.record({ encodeItem: cost, decodeItem: cost, encodeResult: cost, decodeResult: cost });

describe('A breakdown', () => {
  test('has parts that are the whole time together, none of them below zero', () => {
    fc.assert(
      fc.property(calls, costs, fc.double({ min: 0, max: 5, noNaN: true }), ({ chunks, last }, costs, tail) => {
        const total = last + tail;
        const parts = breakdownOf(chunks, total, 4, costs);
        const sum = BREAKDOWN_PARTS.reduce((all, part) => all + parts[part], 0);
        expect(sum).toBeCloseTo(total, 6);
        for (const part of BREAKDOWN_PARTS) expect(parts[part]).toBeGreaterThanOrEqual(-1e-9);
      }),
    );
  });

  test('tells waking, waiting, computing, imbalance and the way back apart', () => {
    // Thread 0 works from 1 to 5 with a pause of 1 between two chunks, thread 1 from 2 to 9; the caller hears at 10.
    const chunks = [chunk(0, 0, 10, 1, 2), chunk(1, 10, 30, 2, 9), chunk(0, 30, 40, 3, 5)];
    expect(breakdownOf(chunks, 10, 2, FREE)).toEqual({
      total: 10,
      serializationIn: 0,
      serializationOut: 0,
      dispatch: (1 + 1 + 1 + 1 + 1) / 2, // before the first and after the last, of both; the pause, of one
      waiting: 1 / 2,
      compute: (3 + 7) / 2,
      imbalance: 4 / 2,
    });
  });

  test('takes the carrying out of where it happens: before, within and after the chunks', () => {
    const costs = { encodeItem: 5e4, decodeItem: 1e5, encodeResult: 2e5, decodeResult: 1e4 };
    // 10 items: 0.5 ms to encode, 1 and 2 of the thread's 8, 0.1 to decode.
    const parts = breakdownOf([chunk(0, 0, 10, 1, 9)], 10, 1, costs);
    expect(parts.serializationIn).toBeCloseTo(0.5 + 1);
    expect(parts.serializationOut).toBeCloseTo(2 + 0.1);
    expect(parts.compute).toBeCloseTo(5);
    expect(parts.dispatch).toBeCloseTo(0.5 + 0.9);
  });

  test('shows a thread that had nothing to do as waiting', () => {
    const parts = breakdownOf([chunk(0, 0, 10, 1, 5)], 6, 2, FREE);
    expect(parts.waiting).toBe(2);
    expect(sharesOf([chunk(0, 0, 10, 1, 5)], 2)).toEqual([
      { thread: 0, items: 10, chunks: 1, busy: 4 },
      { thread: 1, items: 0, chunks: 0, busy: 0 },
    ]);
  });
});

describe('Many chunks', () => {
  test('are joined by thread, and no item and no span is lost', () => {
    fc.assert(
      fc.property(calls, fc.integer({ min: 1, max: 10 }), ({ chunks, items }, limit) => {
        const joined = merged(chunks, limit);
        expect(joined.reduce((sum, one) => sum + one.items, 0)).toBe(items);
        for (let thread = 0; thread < 4; thread++) {
          const before = chunks.filter((one) => one.thread === thread);
          const after = joined.filter((one) => one.thread === thread);
          expect(after.length).toBeLessThanOrEqual(limit);
          expect(after[0]?.start).toBe(before[0]?.start);
          expect(after.at(-1)?.end).toBe(before.at(-1)?.end);
        }
      }),
    );
  });
});
