import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { progressLine } from '#lib/cli/progress.js';

describe('A progress line', () => {
  test('shows the share done and the time left', () => {
    expect(progressLine(0, 5000, 80)).toBe(`  0% [${' '.repeat(40)}]`);
    expect(progressLine(0.25, 5000, 80)).toBe(` 25% [${'#'.repeat(10)}${' '.repeat(30)}]  15 s left`);
    expect(progressLine(0.01, 5000, 80)).toMatch(/ 8 min left$/);
    expect(progressLine(0.001, 5000, 80)).toMatch(/ 1 h 23 min left$/);
    expect(progressLine(1, 5000, 80)).toBe(`100% [${'#'.repeat(40)}]  0 s left`);
  });

  test('fits into any terminal that has room for the percentage', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.double({ min: 0, max: 1e12, noNaN: true }),
        fc.integer({ min: 5, max: 200 }),
        (share, elapsed, columns) => {
          expect(progressLine(share, elapsed, columns).length).toBeLessThan(columns);
        },
      ),
    );
  });
});
