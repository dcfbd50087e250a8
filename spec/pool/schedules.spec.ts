import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  autoSize,
  CLAIM_TARGET_NS,
  claimSize,
  firstChunksize,
  guidedSize,
  LEAST_CLAIM_NS,
  MAX_CLAIMS,
  MOST_RANGES,
  pythonChunksize,
  RANGE_TARGET_NS,
  rangeChunksize,
  rangeStart,
  rangeStop,
  reduceChunksize,
  SCHEDULES,
  splitRange,
  staticSize,
} from '#lib/pool/schedules.js';
import type { Schedule } from '#lib/pool/schedules.js';

interface Claim {
  readonly thread: number;
  readonly from: number;
  readonly to: number;
}

/**
 * A pool in virtual time: whoever is free first claims next, as on the board. `costOf` gives an item's
 * time in ns; each thread measures its own claims, as runners do.
 */
function simulate(run: {
  schedule: Schedule;
  n: number;
  threads: number;
  chunksize?: number | 'auto';
  costOf?: (item: number) => number;
  learned?: number;
  claimNs?: number;
}): { claims: Claim[]; end: number } {
  const { schedule, n, threads, chunksize = 'auto', costOf = () => 1_000, learned = 0, claimNs = 0 } = run;
  const code = SCHEDULES.indexOf(schedule);
  const first = firstChunksize(schedule, chunksize, n, threads, learned);
  const runners = Array.from({ length: threads }, (_, thread) => ({ thread, time: 0, last: 0, ns: learned }));
  const claims: Claim[] = [];
  for (let cursor = 0; cursor < n; ) {
    const runner = runners.reduce((left, right) => (right.time < left.time ? right : left));
    const size = claimSize(code, n - cursor, threads, first, runner.last, runner.ns);
    let work = 0;
    for (let item = cursor; item < cursor + size; item++) work += costOf(item);
    claims.push({ thread: runner.thread, from: cursor, to: cursor + size });
    cursor += size;
    runner.time += claimNs + work;
    runner.last = size;
    runner.ns = work / size;
  }
  return { claims, end: Math.max(...runners.map((runner) => runner.time)) };
}

/** The items that claims take, in the claims' order. */
function itemsOf(claims: readonly Claim[]): number[] {
  return claims.flatMap(({ from, to }) => Array.from({ length: to - from }, (_, k) => from + k));
}

const upTo = (n: number): number[] => Array.from({ length: n }, (_, k) => k);

describe.each(SCHEDULES)('the schedule %s', (schedule) => {
  test.each(['auto', 1, 3, 25, 100] as const)(
    'gives every item to exactly one claim, in order, with chunksize %s, for every n up to 64 and 8 threads',
    (chunksize) => {
      const wrong: object[] = [];
      for (let n = 0; n <= 64; n++) {
        for (let threads = 1; threads <= 8; threads++) {
          for (const learned of [0, 1, 100, 10_000, 1e9]) {
            const { claims } = simulate({ schedule, n, threads, chunksize, learned });
            if (itemsOf(claims).join() !== upTo(n).join()) wrong.push({ n, threads, learned, claims });
          }
        }
      }
      expect(wrong).toEqual([]);
    },
  );

  test('claims at least one item and never more than remain, however large the numbers', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: MAX_CLAIMS - 1 }),
        fc.integer({ min: 1, max: 1024 }),
        fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }),
        fc.integer({ min: 0, max: MAX_CLAIMS - 1 }),
        fc.oneof(fc.constant(0), fc.double({ min: 1e-3, max: 1e15, noNaN: true })),
        (remaining, threads, chunksize, last, ns) => {
          const size = claimSize(SCHEDULES.indexOf(schedule), remaining, threads, chunksize, last, ns);
          expect(Number.isSafeInteger(size)).toBe(true);
          expect(size).toBeGreaterThanOrEqual(1);
          expect(size).toBeLessThanOrEqual(remaining);
        },
      ),
      { seed: 1 },
    );
  });

  test('claims nothing when nothing remains', () => {
    expect(claimSize(SCHEDULES.indexOf(schedule), 0, 4, 7, 3, 10)).toBe(0);
    expect(claimSize(SCHEDULES.indexOf(schedule), -5, 4, 7, 3, 10)).toBe(0);
  });

  test('needs no more claims than there are items, and posts a chunksize of whole items', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 5_000 }),
        fc.integer({ min: 1, max: 64 }),
        fc.oneof(fc.constant('auto' as const), fc.integer({ min: 1, max: 10_000 })),
        fc.oneof(fc.constant(0), fc.double({ min: 0.05, max: 1e9, noNaN: true })),
        (n, threads, chunksize, learned) => {
          expect(Number.isSafeInteger(firstChunksize(schedule, chunksize, n, threads, learned))).toBe(true);
          expect(itemsOf(simulate({ schedule, n, threads, chunksize, learned }).claims)).toEqual(upTo(n));
        },
      ),
      { seed: 2, numRuns: 60 },
    );
  });
});

describe('static', () => {
  test('makes at most one range a thread, equal but for the last', () => {
    for (let n = 1; n <= 64; n++) {
      for (let threads = 1; threads <= 8; threads++) {
        const { claims } = simulate({ schedule: 'static', n, threads, chunksize: 1 });
        expect(claims.length).toBeLessThanOrEqual(threads);
        for (const { from, to } of claims.slice(0, -1)) expect(to - from).toBe(staticSize(n, threads));
      }
    }
  });

  test('has a size of 1 for an empty call', () => {
    expect(staticSize(0, 4)).toBe(1);
  });
});

describe('dynamic', () => {
  test('makes four chunks of 100 items at chunksize 25', () => {
    const { claims } = simulate({ schedule: 'dynamic', n: 100, threads: 2, chunksize: 25 });
    expect(claims.map(({ from, to }) => [from, to])).toEqual([[0, 25], [25, 50], [50, 75], [75, 100]]);
  });

  test('uses its learned size when the chunksize is not given, and Python\'s until one is learned', () => {
    expect(firstChunksize('dynamic', 'auto', 10_000, 2, 0)).toBe(pythonChunksize(10_000, 2));
    expect(firstChunksize('dynamic', 'auto', 10_000, 2, 2_500)).toBe(CLAIM_TARGET_NS / 2_500);
    expect(firstChunksize('dynamic', 'auto', 10_000, 2, 1e9)).toBe(1);
  });

  test('does not cut work that is not worth a second claim', () => {
    expect(firstChunksize('dynamic', 'auto', 100, 2, 2)).toBe(100);
  });
});

describe('guided', () => {
  test('halves what remains between the threads, down to the chunksize', () => {
    const { claims } = simulate({ schedule: 'guided', n: 64, threads: 2, chunksize: 4 });
    expect(claims.map(({ from, to }) => to - from)).toEqual([16, 12, 9, 7, 5, 4, 4, 4, 3]);
  });

  test('never grows', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 4_000 }), fc.integer({ min: 1, max: 32 }), (n, threads) => {
        const sizes = simulate({ schedule: 'guided', n, threads }).claims.map(({ from, to }) => to - from);
        expect(sizes).toEqual([...sizes].sort((left, right) => right - left));
        expect(guidedSize(n, threads, 1)).toBe(sizes[0]);
      }),
      { seed: 3 },
    );
  });
});

describe('auto', () => {
  test('begins unknown work with one item and grows by four', () => {
    expect(autoSize(1e6, 2, 0, 0)).toBe(1);
    expect(autoSize(1e6, 2, 1, 10)).toBe(4);
    expect(autoSize(1e6, 2, 4, 10)).toBe(16);
    expect(autoSize(1e6, 2, 16, 0)).toBe(64);
  });

  test('begins known work at its size', () => {
    expect(autoSize(1e6, 2, 0, 100)).toBe(CLAIM_TARGET_NS / 100);
  });

  test('takes one item at a time where an item is longer than the target', () => {
    expect(autoSize(1e6, 2, 0, 10 * CLAIM_TARGET_NS)).toBe(1);
    expect(autoSize(1e6, 2, 1, 10 * CLAIM_TARGET_NS)).toBe(1);
  });

  test('keeps every claim between 20 claims\' cost and the target, except where fewer items remain', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: MAX_CLAIMS - 1 }),
        fc.integer({ min: 1, max: 1024 }),
        fc.double({ min: 0.05, max: 1e9, noNaN: true }),
        (remaining, threads, ns) => {
          const size = claimSize(3, remaining, threads, 1, 0, ns);
          expect((size - 1) * ns).toBeLessThanOrEqual(CLAIM_TARGET_NS);
          if (size < remaining) expect(size * ns).toBeGreaterThanOrEqual(Math.min(ns, LEAST_CLAIM_NS));
          if (size < remaining && size < Math.floor(CLAIM_TARGET_NS / ns)) {
            const tail = Math.max(Math.ceil(remaining / (2 * threads)), Math.ceil(LEAST_CLAIM_NS / ns));
            expect(size).toBe(tail);
          }
        },
      ),
      { seed: 4 },
    );
  });

  test('leaves nothing of a few tiny known items for a second claim', () => {
    expect(claimSize(3, 100, 2, 1, 0, 2)).toBe(100);
  });

  test('takes a given chunksize as its smallest claim', () => {
    expect(autoSize(1e6, 2, 0, 0, 10)).toBe(10);
    expect(autoSize(3, 2, 0, 1e9, 10)).toBe(10);
  });

  const skewed: Record<string, (item: number, n: number) => boolean> = {
    'spread evenly': (item) => item % 100 === 0,
    'all at the beginning': (item, n) => item < n / 100,
    'all at the end': (item, n) => item >= n - n / 100,
    'scattered': (item) => Math.imul(item + 1, 0x9e3779b1) >>> 0 < 2 ** 32 / 100,
  };
  describe.each(Object.keys(skewed))('with 1 %% of the items 100 times as costly, %s', (where) => {
    test.each([1_000, 10_000, 100_000])('cheap items of %d ns end within 1.1 × half of one thread\'s time', (ns) => {
      const n = 10_000;
      const costOf = (item: number): number => (skewed[where](item, n) ? 100 * ns : ns);
      const alone = upTo(n).reduce((sum, item) => sum + costOf(item), 0);
      for (const learned of [0, alone / n]) {
        const { end } = simulate({ schedule: 'auto', n, threads: 2, costOf, learned, claimNs: 100 });
        expect(end).toBeLessThanOrEqual(1.1 * (alone / 2));
      }
    });
  });

  test('spends less than 5 % on claims however cheap the items are, once they are known', () => {
    for (const ns of [0.1, 1, 10, 100, 1_000]) {
      const n = 100_000;
      const { claims } = simulate({ schedule: 'auto', n, threads: 2, costOf: () => ns, learned: ns });
      expect(claims.length * 100).toBeLessThanOrEqual(Math.max(0.05 * n * ns, 2 * 100));
    }
  });
});

describe('Python\'s chunksize', () => {
  test('is divmod(n, 4 · workers), rounded up', () => {
    for (let n = 1; n <= 200; n++) {
      for (let threads = 1; threads <= 8; threads++) {
        const whole = Math.trunc(n / (4 * threads));
        expect(pythonChunksize(n, threads)).toBe(n % (4 * threads) === 0 ? whole : whole + 1);
        expect(reduceChunksize(n, threads)).toBe(pythonChunksize(n, threads));
      }
    }
  });

  test('is 13 for 100 items on two workers, and 1 for none', () => {
    expect(pythonChunksize(100, 2)).toBe(13);
    expect(pythonChunksize(0, 2)).toBe(1);
  });
});

describe('the chunksize of parallelFor', () => {
  test('is a sixteenth of a thread\'s share while the kernel is unknown', () => {
    expect(rangeChunksize(3_200, 2, 0)).toBe(100);
    expect(rangeChunksize(0, 2, 0)).toBe(1);
    expect(rangeChunksize(1e12, 2, 0)).toBe(31_250_000_000);
  });

  test('keeps a known range below its target', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }),
        fc.integer({ min: 1, max: 1024 }),
        fc.double({ min: 0.05, max: 1e12, noNaN: true }),
        (n, threads, ns) => {
          const size = rangeChunksize(n, threads, ns);
          expect(Number.isSafeInteger(size) && size >= 1 && size <= n).toBe(true);
          const finest = Math.ceil(n / (MOST_RANGES * threads));
          if (size > finest) expect((size - 1) * ns).toBeLessThanOrEqual(RANGE_TARGET_NS);
        },
      ),
      { seed: 5 },
    );
  });

  test('does not cut four billion indices one by one because three were slow', () => {
    const size = rangeChunksize(2 ** 32, 2, 5_000_000);
    expect(Math.ceil(2 ** 32 / size)).toBeLessThanOrEqual(2 * MOST_RANGES);
  });

  test('does not cut a range that is not worth it', () => {
    expect(rangeChunksize(1_000, 2, 1)).toBe(1_000);
  });
});

describe('splitting a range', () => {
  const bound = fc.integer({ min: -(2 ** 51), max: 2 ** 51 });

  test('covers it without gap or overlap, exhaustively for lengths up to 64', () => {
    for (let length = 0; length <= 64; length++) {
      for (const chunksize of [1, 2, 3, 7, 8, 31, 32, 33, 63, 64, 65, 1_000]) {
        const { start, stop, size, count } = splitRange(-10, length - 10, chunksize);
        const ranges = upTo(count).map((k) => [rangeStart(start, size, k), rangeStop(start, stop, size, k)]);
        expect(ranges.flatMap(([from, to]) => upTo(to - from).map((k) => from + k))).toEqual(
          upTo(length).map((k) => k - 10),
        );
      }
    }
  });

  test('joins its ranges end to end up to 2^53, fewer than 2^30 of them', () => {
    fc.assert(
      fc.property(bound, bound, fc.maxSafeInteger().map(Math.abs), fc.nat(), (a, b, anySize, pick) => {
        const chunksize = Math.max(1, anySize);
        const [start, stop] = a < b ? [a, b] : [b, a];
        const split = splitRange(start, stop, chunksize);
        expect(split.count).toBeLessThan(MAX_CLAIMS);
        expect(rangeStart(start, split.size, 0)).toBe(start);
        if (split.count === 0) {
          expect(start).toBe(stop);
          return;
        }
        const last = split.count - 1;
        expect(rangeStop(start, stop, split.size, last)).toBe(stop);
        expect(rangeStart(start, split.size, last)).toBeLessThan(stop);
        const k = pick % split.count;
        expect(rangeStop(start, stop, split.size, k)).toBe(k === last ? stop : rangeStart(start, split.size, k + 1));
        expect(BigInt(rangeStart(start, split.size, k))).toBe(BigInt(start) + BigInt(split.size) * BigInt(k));
      }),
      { seed: 6, numRuns: 500 },
    );
  });

  test('takes parallelFor(1e12) at any chunksize', () => {
    expect(splitRange(0, 1e12, 1e9)).toEqual({ start: 0, stop: 1e12, size: 1e9, count: 1_000 });
    const { size, count } = splitRange(0, 1e12, 1);
    expect(count).toBeLessThan(MAX_CLAIMS);
    expect(size * (count - 1)).toBeLessThan(1e12);
    expect(size * count).toBeGreaterThanOrEqual(1e12);
  });

  test('coarsens from 2^30 ranges on, and not before', () => {
    expect(splitRange(0, MAX_CLAIMS - 1, 1)).toMatchObject({ size: 1, count: MAX_CLAIMS - 1 });
    expect(splitRange(0, MAX_CLAIMS, 1)).toMatchObject({ size: 2, count: MAX_CLAIMS / 2 });
  });

  test('keeps the boundaries on multiples of the chunksize when it has to coarsen', () => {
    for (const chunksize of [1, 7, 1_000]) {
      expect(splitRange(0, Number.MAX_SAFE_INTEGER, chunksize).size % chunksize).toBe(0);
    }
  });
});
