import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  affordable,
  chunksizes,
  costsAround,
  furtherCounts,
  itemCounts,
  SHARES,
  spreadOver,
  threadCounts,
} from '#lib/lab/plan.js';

const count = fc.integer({ min: 1, max: 1e8 });
const threads = fc.integer({ min: 1, max: 1024 });
const isUpwards = (values: readonly number[]) => values.every((value, i) => i === 0 || value > values[i - 1]);

describe('The plan', () => {
  test('counts items 1, 2, 5, 10, … up to the number asked for', () => {
    expect(itemCounts(1)).toEqual([1]);
    expect(itemCounts(30)).toEqual([1, 2, 5, 10, 20, 30]);
    expect(itemCounts(100)).toEqual([1, 2, 5, 10, 20, 50, 100]);
    fc.assert(
      fc.property(count, (most) => {
        const counts = itemCounts(most);
        expect(isUpwards(counts)).toBe(true);
        expect([counts[0], counts[counts.length - 1]]).toEqual([1, most]);
      }),
    );
  });

  test('goes on beyond in the same steps, up to a limit', () => {
    expect([...furtherCounts(30, 1000)]).toEqual([60, 150, 300, 600]);
    expect([...furtherCounts(1000, 1000)]).toEqual([]);
  });

  test('takes chunks from 1 item to one chunk a thread, Python’s rule of thumb among them', () => {
    expect(chunksizes(100, 2)).toEqual([1, 2, 4, 8, 13, 16, 32, 50]);
    fc.assert(
      fc.property(count, threads, (n, w) => {
        const sizes = chunksizes(n, w);
        const most = Math.ceil(n / w);
        expect(isUpwards(sizes)).toBe(true);
        expect([sizes[0], sizes[sizes.length - 1]]).toEqual([1, most]);
        expect(sizes).toContain(Math.min(most, Math.ceil(n / (4 * w))));
      }),
    );
  });

  test('takes all numbers of threads up to four, and fewer and fewer of the many', () => {
    expect(threadCounts(1)).toEqual([1]);
    expect(threadCounts(3)).toEqual([1, 2, 3]);
    expect(threadCounts(16)).toEqual([1, 2, 3, 4, 6, 8, 12, 16]);
    expect(threadCounts(20)).toEqual([1, 2, 3, 4, 6, 8, 12, 16, 20]);
    fc.assert(
      fc.property(threads, (most) => {
        expect(isUpwards(threadCounts(most))).toBe(true);
        expect(threadCounts(most).length).toBeLessThan(22);
      }),
    );
  });

  test('takes what a budget affords, and one thing in any case', () => {
    expect(affordable([1, 10, 100], (n) => n, 11)).toEqual([1, 10]);
    expect(affordable([5], (n) => n, 1)).toEqual([5]);
    fc.assert(
      fc.property(fc.array(count, { minLength: 1 }), count, (values, budget) => {
        const taken = affordable(values, (n) => n, budget);
        expect(taken).toEqual(values.slice(0, taken.length));
        if (taken.length > 1) expect(taken.reduce((a, b) => a + b)).toBeLessThanOrEqual(budget);
      }),
    );
  });

  test('picks a few of many items evenly, and begins again where it needs more than there are', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 200 }), fc.integer({ min: 1, max: 400 }), (n, k) => {
        const place = spreadOver(n, k);
        const places = Array.from({ length: k }, (_, i) => place(i));
        expect(places.every((one) => Number.isInteger(one) && one >= 0 && one < n)).toBe(true);
        expect(new Set(places).size).toBe(Math.min(n, k));
      }),
    );
  });

  test('meets what recurs as often as it is there, and costs that rise as they are on average', () => {
    for (const [n, count] of [[10_000, 5000], [10_000, 2000], [10_000, 1000], [100_000, 2000]]) {
      const place = spreadOver(n, count);
      const places = Array.from({ length: count }, (_, k) => place(k));
      for (const rest of [0, 37, 50, 99]) {
        const met = places.filter((one) => one % 100 === rest).length / (count / 100);
        expect(met).toBeGreaterThan(0.7);
        expect(met).toBeLessThan(1.3);
      }
      expect(places.reduce((sum, one) => sum + one, 0) / count / n).toBeCloseTo(0.5, 2);
    }
    expect([1, 2, 5].map((count) => spreadOver(1000, count)(0))).toEqual([500, 250, 100]);
  });

  test('tries costs on both sides of the one expected', () => {
    const costs = costsAround(100, 9);
    expect(costs).toHaveLength(9);
    expect(isUpwards(costs)).toBe(true);
    expect(costs[0]).toBeCloseTo(10);
    expect(costs[8]).toBeCloseTo(3000);
  });

  test('shares out less than all of the budget, part after part', () => {
    const shares = Object.values(SHARES);
    expect(isUpwards(shares)).toBe(true);
    expect(shares[shares.length - 1]).toBeLessThan(1);
  });
});
