import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { duration, grouped, items, nanoseconds, rounded, times } from '#lib/lab/quantities.js';

describe('Quantities', () => {
  test('are said with the digits and the unit that suit them', () => {
    expect([0.038, 0.0123, 1.234, 12.34, 123.4, 1234, 12_345].map(duration)).toEqual(
      ['38 µs', '12.3 µs', '1.2 ms', '12.3 ms', '123 ms', '1.2 s', '12.3 s'],
    );
    expect([599_000, 700_000, 9e6].map(duration)).toEqual(['599 s', '11.7 min', '2.5 h']);
    expect([2.12, 120, 999.9].map(nanoseconds)).toEqual(['2.1 ns', '120 ns', '1 µs']);
    expect([1, 999, 1000, 1234567].map(grouped)).toEqual(['1', '999', '1 000', '1 234 567']);
    expect([3.14159, 90_321, 118, 12].map(rounded)).toEqual(['3.1', '90 000', '120', '12']);
    expect([1, 2, 10_000].map(items)).toEqual(['1 item', '2 items', '10 000 items']);
    expect([3.375, 120.4].map(times)).toEqual(['3.4 times', '120 times']);
  });

  test('are short, with no more than three digits before the unit', () => {
    fc.assert(
      fc.property(fc.double({ min: 1e-6, max: 3e9, noNaN: true }), (milliseconds) => {
        expect(duration(milliseconds)).toMatch(/^\d{1,3}(\.\d{1,2})? (ns|µs|ms|s|min|h)$/);
      }),
    );
  });
});
