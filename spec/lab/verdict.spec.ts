import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { verdictOf, type Case } from '#lib/lab/verdict.js';

const tiny: Case = {
  name: 'square',
  count: 10_000,
  threads: 4,
  asynchronous: false,
  loop: 0.038,
  pool: 0.32,
  measured: true,
  crossover: {
    direct: { at: null, reason: 'not up to 10 000 items, the most that was measured' },
    fit: { at: 90_321 },
  },
};
const heavy: Case = {
  ...tiny,
  name: 'work',
  loop: 81,
  pool: 24,
  crossover: { direct: { at: 118 }, fit: { at: 130 } },
};

describe('A verdict', () => {
  test('sends small work to a loop, and says from where on a thread can pay', () => {
    expect(verdictOf(tiny)).toEqual({
      use: 'loop',
      sentence: 'use a loop: 10 000 items take 38 µs; a thread cannot pay below about 90 000 items',
      code: 'const results = items.map((item) => square(item));',
    });
  });

  test('sends large work to the pool, which needs no chunksize', () => {
    expect(verdictOf(heavy)).toEqual({
      use: 'pool',
      sentence:
        'use the pool: 10 000 items take 24 ms on 4 threads and 81 ms in a loop, 3.4 times as fast; ' +
        'it pays from about 120 items on',
      code: 'await pool.map(work, items)',
    });
  });

  test('gives a chunksize where one is clearly better than the learned one', () => {
    const best = { chunksize: 512, time: 20, learned: 24 };
    expect(verdictOf({ ...heavy, best }).code).toBe('await pool.map(work, items, { chunksize: 512 })');
    expect(verdictOf({ ...heavy, best: { ...best, time: 23 } }).code).toBe('await pool.map(work, items)');
  });

  test('says when no number of items pays, and why', () => {
    const none = { at: null, reason: 'handing over an item costs more than threads gain on it' } as const;
    expect(verdictOf({ ...tiny, crossover: { direct: none, fit: none } }).sentence).toBe(
      'use a loop: 10 000 items take 38 µs; a pool pays at no number of them: ' +
        'handing over an item costs more than threads gain on it',
    );
  });

  test('does not take a difference for a gain that repetitions may make', () => {
    const close = { ...heavy, pool: 79 };
    expect(verdictOf(close).sentence).toBe(
      'use a loop: 10 000 items take 81 ms; on 4 threads 79 ms, too close to be worth a pool',
    );
  });

  test('knows that one thread is no gain', () => {
    expect(verdictOf({ ...heavy, threads: 1, pool: 82 }).sentence).toContain('a pool of one thread takes 82 ms');
  });

  test('says would where it foresees', () => {
    expect(verdictOf({ ...heavy, measured: false }).sentence).toContain('10 000 items would take 24 ms');
  });

  test('awaits what returns promises, and calls what has no usable name a task', () => {
    expect(verdictOf({ ...tiny, asynchronous: true }).code).toContain('await square(item)');
    expect(verdictOf({ ...heavy, name: 'default' }).code).toBe('await pool.map(task, items)');
    expect(verdictOf({ ...heavy, name: 'a b' }).code).toBe('await pool.map(task, items)');
  });

  test('is one sentence without a hole in it, whatever the figures', () => {
    const time = fc.double({ min: 1e-7, max: 1e9, noNaN: true });
    const at = fc.oneof(
      fc.integer({ min: 1, max: 1e12 }).map((at) => ({ at })),
      fc.constant({ at: null, reason: 'not up to 5 items, the most that was measured' }),
    );
    const cases = fc.record({
      loop: time,
      pool: time,
      count: fc.integer({ min: 1, max: 1e9 }),
      threads: fc.integer({ min: 1, max: 64 }),
      measured: fc.boolean(),
      crossover: fc.option(fc.record({ direct: at, fit: at }), { nil: undefined }),
    });
    fc.assert(
      fc.property(cases, ({ crossover, ...figures }) => {
        const { sentence } = verdictOf({ ...tiny, ...figures, crossover });
        expect(sentence).not.toMatch(/undefined|NaN|null|Infinity|\n|: *$/);
      }),
    );
  });
});
