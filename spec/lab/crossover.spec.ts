import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { crossoverByFit, crossoverByMeasurement, fitLine } from '#lib/lab/crossover.js';

const positive = (max: number) => fc.double({ min: 1e-3, max, noNaN: true });
const COUNTS = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000];
const line = (a: number, b: number) => ({ a, b, error: 0 });

describe('A fitted line', () => {
  test('finds the line that the points lie on, whatever the orders of magnitude', () => {
    fc.assert(
      fc.property(positive(1e3), positive(1e3), (a, b) => {
        const fit = fitLine(COUNTS.map((x) => ({ x, y: a + b * x })))!;
        expect(fit.a / a).toBeCloseTo(1, 3);
        expect(fit.b / b).toBeCloseTo(1, 3);
        expect(fit.error).toBeLessThan(1e-3);
      }),
    );
  });

  test('has no part below zero, and an error', () => {
    fc.assert(
      fc.property(fc.array(positive(1e6), { minLength: 10, maxLength: 10 }), (ys) => {
        const fit = fitLine(COUNTS.map((x, i) => ({ x, y: ys[i] })))!;
        expect(fit.a).toBeGreaterThanOrEqual(0);
        expect(fit.b).toBeGreaterThanOrEqual(0);
        expect(fit.error).toBeGreaterThanOrEqual(0);
      }),
    );
  });

  test('needs two different counts', () => {
    expect(fitLine([])).toBeUndefined();
    expect(fitLine([{ x: 5, y: 1 }, { x: 5, y: 2 }])).toBeUndefined();
  });
});

describe('The crossover by fit', () => {
  test('is where a + n·c/W meets n·c', () => {
    // 300 µs a call; 20 ns an item, on four threads 5: 300 000 / 15
    expect(crossoverByFit(line(0, 20e-6), line(0.3, 5e-6), 1, 'items')).toEqual({ at: 20_000 });
  });

  test('is a count from which on the pool is faster, and below which it is not', () => {
    fc.assert(
      fc.property(positive(1), positive(1), positive(10), (c, share, a) => {
        const loop = line(0, c);
        const pool = line(a, c * share * 0.9);
        const { at } = crossoverByFit(loop, pool, 1, 'items');
        expect(at).not.toBeNull();
        expect(pool.a + pool.b * (at! + 1)).toBeLessThanOrEqual(loop.b * (at! + 1));
        if (at! > 1) expect(pool.a + pool.b * (at! - 1)).toBeGreaterThanOrEqual(loop.b * (at! - 1) * (1 - 1e-9));
      }),
    );
  });

  test('does not exist where threads gain nothing on an item, and says so', () => {
    expect(crossoverByFit(line(0, 20e-6), line(0.3, 20e-6), 1, 'items')).toEqual({
      at: null,
      reason: 'handing over an item costs more than threads gain on it',
    });
    expect(crossoverByFit(line(0, 1), line(1e13, 0.5), 1, 'items').at).toBeNull();
  });

  test('is the first item where a call costs nothing', () => {
    expect(crossoverByFit(line(0.1, 1), line(0.1, 0.5), 1, 'items')).toEqual({ at: 1 });
  });
});

describe('The crossover as measured', () => {
  const pairs = (...ratios: number[]) => ratios.map((ratio, i) => ({ x: COUNTS[i], loop: 1, pool: ratio }));

  test('lies between the last count that the loop won and the first of those that the pool won', () => {
    fc.assert(
      fc.property(
        fc.array(positive(10).map((x) => 1.01 + x), { minLength: 1, maxLength: 5 }),
        fc.array(positive(0.9), { minLength: 1, maxLength: 5 }),
        (lost, won) => {
          const { at } = crossoverByMeasurement(pairs(...lost, ...won), 'items');
          expect(at!).toBeGreaterThanOrEqual(COUNTS[lost.length - 1]);
          expect(at!).toBeLessThanOrEqual(COUNTS[lost.length]);
        },
      ),
    );
  });

  test('is not the first lucky moment of the pool', () => {
    const { at } = crossoverByMeasurement(pairs(0.9, 2, 2, 0.5), 'items');
    expect(at).toBeGreaterThan(5);
    expect(at).toBeLessThanOrEqual(10);
  });

  test('is the least count where the pool always won', () => {
    expect(crossoverByMeasurement(pairs(0.5, 0.5), 'items')).toEqual({ at: 1 });
  });

  test('does not exist where the loop won in the end, or nothing was measured', () => {
    expect(crossoverByMeasurement(pairs(0.5, 2), 'items')).toEqual({
      at: null,
      reason: 'not up to 2 items, the most that was measured',
    });
    expect(crossoverByMeasurement([{ x: 1500, loop: 1, pool: 2 }], 'cost')).toEqual({
      at: null,
      reason: 'not up to 1.5 µs an item, the most that was measured',
    });
    expect(crossoverByMeasurement([], 'items').at).toBeNull();
  });

  test('may begin at a cost of zero', () => {
    const points = [{ x: 0, loop: 1, pool: 2 }, { x: 10, loop: 2, pool: 1 }];
    const { at } = crossoverByMeasurement(points, 'cost');
    expect(at).toBe(5);
  });
});
