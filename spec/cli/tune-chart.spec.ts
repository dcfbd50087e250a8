import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { plot, ticksOf } from '#lib/cli/tune-chart.js';

const positive = fc.double({ min: 1e-6, max: 1e6, noNaN: true });
const label = (value: number) => String(value);

describe('A chart', () => {
  test('draws points on logarithmic axes', () => {
    const points = [1, 10, 100].map((x) => ({ x, y: x }));
    const series = [{ mark: 'o', line: '.', points }];
    const uprights = [{ x: 30 }];
    expect(plot({ width: 42, height: 5, series, uprights, xLabel: label, yLabel: label })).toEqual([
      '100 ┤                           ┊    ....o',
      '    │                       .........',
      ' 10 ┤              ....o....    ┊',
      '    │     .........             ┊',
      '  1 ┤o....                      ┊',
      '    └┴─────────────────┴─────────────────┴',
      '     1                10               100',
    ]);
  });

  test('fits its width and height, and shows every point', () => {
    const points = fc.array(fc.record({ x: positive, y: positive }), { minLength: 1, maxLength: 30 });
    fc.assert(
      fc.property(points, fc.integer({ min: 50, max: 120 }), fc.integer({ min: 4, max: 30 }), (all, width, height) => {
        const sorted = [...all].sort((left, right) => left.x - right.x);
        const series = [{ mark: '●', line: '·', points: sorted }];
        const xLabel = (x: number) => x.toPrecision(1);
        const lines = plot({ width, height, series, xLabel, yLabel: xLabel });
        expect(lines).toHaveLength(height + 2);
        expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(width);
        expect(lines.join('')).toContain('●');
      }),
    );
  });

  test('has round values on its axes, within the range', () => {
    expect(ticksOf({ least: 1, most: 1000 }, 5)).toEqual([1, 10, 100, 1000]);
    expect(ticksOf({ least: 1, most: 1e6 }, 4)).toEqual([1, 100, 10_000, 1_000_000]);
    expect(ticksOf({ least: 3, most: 40 }, 5)).toEqual([5, 10, 20]);
    fc.assert(
      fc.property(positive, positive, fc.integer({ min: 2, max: 9 }), (least, more, n) => {
        const by = 4 + more;
        const ticks = ticksOf({ least, most: least * by }, n);
        expect(ticks.length).toBeGreaterThan(0);
        expect(ticks.every((tick) => tick >= least * 0.99 && tick <= least * by * 1.01)).toBe(true);
      }),
    );
  });

  test('of nothing is nothing', () => {
    expect(plot({ width: 80, height: 10, series: [], xLabel: label, yLabel: label })).toEqual([]);
  });
});
