import { describe, expect, test } from '@jest/globals';
import { estimateFrom } from '#lib/cli/estimate.js';
import { reportOf } from '#lib/cli/report.js';

describe('An estimate', () => {
  test('comes with its standard error and its distance to π', () => {
    // p = 0.78: 4 √(0.78 · 0.22 / 10,000)
    const { estimate, standardError, distance, distanceInStandardErrors } = estimateFrom(7800, 10_000);
    expect(estimate).toBe(3.12);
    expect(standardError).toBeCloseTo(0.0165699, 6);
    expect(distance).toBeCloseTo(-0.0215927, 6);
    expect(distanceInStandardErrors).toBeCloseTo(-1.3031, 3);
  });

  test('is measured in no standard errors where there are none', () => {
    expect(estimateFrom(3, 3)).toMatchObject({ estimate: 4, standardError: 0, distanceInStandardErrors: null });
    expect(estimateFrom(0, 3)).toMatchObject({ estimate: 0, standardError: 0, distanceInStandardErrors: null });
  });
});

describe('A report', () => {
  const run = {
    ...estimateFrom(78_540_000, 1e8),
    samples: 1e8,
    inside: 78_540_000,
    seed: 5,
    generator: 'xoshiro128++',
    streams: 4096,
    threads: 2,
    chunksize: 256,
    seconds: 0.0912,
    samplesPerSecond: 1.0965e9,
    oneThreadSamplesPerSecond: 5.6e8,
    speedup: 1.958,
  };

  test('gives two digits of the standard error, and π as far', () => {
    expect(reportOf(run)).toBe(
      [
        'π ≈ 3.14160',
        '  standard error  0.00016',
        '  distance to π   +0.00001 (0.04 standard errors)',
        '  samples         100,000,000 in 0.0912 s',
        '  samples/s       1,096,500,000 (one thread 560,000,000)',
        '  threads         2',
        '  speedup         1.96 × one thread',
        '  seed            5 (the same estimate on any number of threads)',
        '',
      ].join('\n'),
    );
  });

  test('does not boast of a run that was too short', () => {
    expect(reportOf({ ...run, seconds: 0.01 })).toContain('1.96 × one thread (too short a run to tell)');
  });
});
