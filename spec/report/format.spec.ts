import { runInNewContext } from 'node:vm';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { formatValue } from '#lib/report/format.js';

describe('a value of a report', () => {
  test.each([
    [0, 'seconds', '0 ns'],
    [1.234e-9, 'seconds', '1.23 ns'],
    [999.6e-6, 'seconds', '1 ms'],
    [0.0125, 'seconds', '12.5 ms'],
    [83, 'seconds', '83 s'],
    [4321, 'seconds', '4\u202f320 s'],
    [1023, 'bytes', '1\u202f020 B'],
    [1024, 'bytes', '1 KiB'],
    [2 ** 30, 'bytes', '1 GiB'],
    [2 ** 20, 'bytes', '1 MiB'],
    [1.5 * 2 ** 30, 'bytes/second', '1.5 GiB/s'],
    [1_234_567, 'items/second', '1\u202f230\u202f000/s'],
    [1.949, 'ratio', '1.95 ×'],
    [10_000, 'count', '10\u202f000'],
    [2.5, 'count', '2.5'],
    [NaN, 'seconds', '–'],
    [Infinity, 'ratio', '–'],
  ] as const)('%p as %s reads %p', (value, unit, text) => {
    expect(formatValue(value, unit)).toBe(text);
  });

  test('keeps three digits of any time', () => {
    const seconds = { ns: 1e-9, µs: 1e-6, ms: 1e-3, s: 1 };
    fc.assert(
      fc.property(fc.double({ min: 1e-9, max: 900, noNaN: true }), (time) => {
        const [number, unit] = formatValue(time, 'seconds').split(' ') as [string, keyof typeof seconds];
        expect(Math.abs(Number(number) * seconds[unit] - time)).toBeLessThanOrEqual(0.005001 * time);
      }),
    );
  });

  test('formats the same where only its source has been sent', () => {
    const sent = runInNewContext(`(${formatValue.toString()})`) as typeof formatValue;
    expect(sent(1.5e-5, 'seconds')).toBe('15 µs');
  });
});
