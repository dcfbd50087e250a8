import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { distributionOf, isClearlyFaster, median, quantile, timingOf } from '#lib/lab/statistics.js';

const samples = fc.array(fc.double({ min: 0, max: 1e9, noNaN: true }), { minLength: 1, maxLength: 50 });

describe('A quantile', () => {
  test('lies between the two nearest ranks, as in R and NumPy', () => {
    expect(quantile([10, 20, 30, 40], 0.5)).toBe(25);
    expect(quantile([10, 20, 30, 40], 0.25)).toBe(17.5);
    expect(quantile([10], 0.9)).toBe(10);
    expect(median([3, 1, 2])).toBe(2);
  });

  test('of nothing is a RangeError', () => {
    expect(() => quantile([], 0.5)).toThrow(RangeError);
  });
});

describe('A timing', () => {
  test('is in order, within the samples, and does not care for theirs', () => {
    fc.assert(
      fc.property(samples, (values) => {
        const { median, lowerQuartile, upperQuartile, samples } = timingOf(values);
        expect(samples).toBe(values.length);
        expect(lowerQuartile).toBeLessThanOrEqual(median);
        expect(median).toBeLessThanOrEqual(upperQuartile);
        expect(lowerQuartile).toBeGreaterThanOrEqual(Math.min(...values));
        expect(upperQuartile).toBeLessThanOrEqual(Math.max(...values));
        expect(timingOf([...values].reverse())).toEqual(timingOf(values));
      }),
    );
  });

  test('is not moved by one disturbed sample', () => {
    expect(timingOf([1, 1, 1, 1, 1e6]).median).toBe(1);
    expect(timingOf([1, 1, 1, 1, 1e6]).upperQuartile).toBe(1);
  });
});

describe('Clearly faster', () => {
  test('is what is so by more than a tenth, and by more than the samples differ', () => {
    const slow = timingOf([10, 11, 12]);
    expect(isClearlyFaster(timingOf([5, 6, 7]), slow)).toBe(true);
    expect(isClearlyFaster(timingOf([10, 10.2, 10.3]), slow)).toBe(false);
    expect(isClearlyFaster(timingOf([5, 6, 18]), slow)).toBe(false);
  });

  test('is nothing than itself', () => {
    fc.assert(fc.property(samples, (values) => !isClearlyFaster(timingOf(values), timingOf(values))));
  });
});

describe('A distribution', () => {
  test('has its quantiles upwards, between the least and the most', () => {
    fc.assert(
      fc.property(samples, fc.integer({ min: 1, max: 1000 }), (values, size) => {
        const { batch, count, leastNs, mostNs, quantiles } = distributionOf(values, size);
        expect({ batch, count }).toEqual({ batch: size, count: values.length });
        const line = [leastNs, ...quantiles.map(({ ns }) => ns), mostNs];
        expect(line).toEqual([...line].sort((left, right) => left - right));
        expect([leastNs, mostNs]).toEqual([Math.min(...values), Math.max(...values)]);
      }),
    );
  });
});
