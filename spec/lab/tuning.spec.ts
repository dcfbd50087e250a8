import { describe, expect, test } from '@jest/globals';
import type { Findings, ItemSeries } from '#lib/lab/findings.js';
import { judge } from '#lib/lab/tuning.js';
import { findings, timing } from '../fixtures/lab/findings.js';

/** Loop and pool over some counts, of 10 000 items. */
function seen(loop: Record<number, number>, pool: Record<number, number>): Omit<Findings, 'verdict'> {
  const { crossover, chunksizes, verdict, cost, ...rest } = findings;
  expect([crossover, chunksizes, verdict, cost]).not.toContain(undefined);
  const pointsOf = (times: Record<number, number>): ItemSeries['points'] =>
    Object.entries(times).map(([items, time]) => ({ items: Number(items), time: timing(time) }));
  return {
    ...rest,
    itemSeries: [
      { kind: 'loop', threads: 1, points: pointsOf(loop) },
      { kind: 'pool', threads: 2, points: pointsOf(pool) },
    ],
  };
}

describe('What is foreseen from fewer items', () => {
  test('counts a call once, and the items in rounds of the threads', () => {
    const { use, sentence } = judge(seen({ 1: 70 }, { 1: 70.3 }))!;
    expect(use).toBe('pool');
    expect(sentence).toContain('10 000 items would take 350 s on 2 threads and 11.7 min in a loop, 2 times as fast');
  });

  test('takes what a call costs off before it is multiplied', () => {
    const { use, sentence } = judge(seen({ 1: 0.01, 200: 2 }, { 1: 0.3, 200: 1.3 }))!;
    expect(use).toBe('pool');
    expect(sentence).toContain('10 000 items would take 50.3 ms on 2 threads and 100 ms in a loop');
  });

  test('is a loop where all items take less than one call', () => {
    expect(judge(seen({ 1: 1e-6 }, { 1: 0.35 }))).toMatchObject({
      use: 'loop',
      sentence: 'use a loop: 10 000 items would take 10 µs; on 2 threads 300 µs',
    });
  });

  test('is a loop where a few items take longer in the pool than all in the loop', () => {
    expect(judge(seen({ 1: 0.001, 2: 0.002 }, { 1: 10.3, 2: 15.3 }))).toMatchObject({
      use: 'loop',
      sentence: 'use a loop: 10 000 items would take 10 ms; on 2 threads 75 s',
    });
  });

  test('takes what an item costs from whole passes, where those were of more items', () => {
    // One call of one item is slow to begin with: 10 000 times that would be longer than a call of the pool.
    const early = seen({ 1: 1e-4 }, { 1: 0.35 });
    expect(judge(early)).toBeUndefined();
    const cost = { ...findings.cost!, meanNs: 3, items: 5000 };
    expect(judge({ ...early, cost })).toMatchObject({
      use: 'loop',
      sentence: 'use a loop: 10 000 items would take 30 µs; on 2 threads 300 µs',
    });
  });

  test('is nothing where the times of the pool say nothing of its items', () => {
    expect(judge(seen({ 1: 0.001, 2: 0.002 }, { 1: 0.4, 2: 0.3 }))).toBeUndefined();
    expect(judge(seen({ 1: 0.5 }, { 1: 0.4 }))).toBeUndefined();
    // A slow moment of the machine, in the only call that there was time for.
    const slow = seen({ 1: 5 }, { 1: 11.5 });
    const once = slow.itemSeries.map((one) => ({
      ...one,
      points: one.points.map((point) => ({ ...point, time: { ...point.time, samples: 1 } })),
    }));
    expect(judge({ ...slow, itemSeries: once })).toBeUndefined();
    expect(judge(seen({ 1: 0.001, 500: 0.4 }, { 1: 0.3, 500: 0.8 }))).toBeUndefined();
  });
});

describe('A chunksize that was the fastest', () => {
  const series = findings.chunksizes!;
  const best = { chunksize: 64, time: timing(2) };
  const codeOf = (chunksizes: Findings['chunksizes']) => judge({ ...findings, chunksizes })!.code;
  const none = 'const results = await pool.map(work, items);';
  const advice = 'const results = await pool.map(work, items, { chunksize: 64 });';

  test('is in the verdict only where it has clearly won against the default, the two taking turns', () => {
    expect(codeOf(series)).toBe(none);
    expect(codeOf({ ...series, best })).toBe(none);
    expect(codeOf({ ...series, best, contest: { best: timing(2), learned: timing(4) } })).toBe(advice);
    expect(codeOf({ ...series, best, contest: { best: timing(3.9), learned: timing(4) } })).toBe(none);
    const noisy = { ...timing(2), upperQuartile: 5 };
    expect(codeOf({ ...series, best, contest: { best: noisy, learned: timing(4) } })).toBe(none);
    const few = { ...timing(2), samples: 3 };
    expect(codeOf({ ...series, best, contest: { best: few, learned: { ...timing(4), samples: 3 } } })).toBe(none);
  });

  test('is not, where it was the best of far fewer items', () => {
    const contest = { best: timing(2), learned: timing(4) };
    expect(codeOf({ ...series, best, contest, items: 5000 })).toBe(advice);
    expect(codeOf({ ...series, best, contest, items: 1000 })).toBe(none);
  });
});
