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
      code: 'const results = await pool.map(work, items);',
    });
  });

  test('gives a chunksize where one is clearly better than the learned one', () => {
    const best = { chunksize: 512, time: 20, learned: 24 };
    const { sentence, code } = verdictOf({ ...heavy, best });
    expect(code).toBe('const results = await pool.map(work, items, { chunksize: 512 });');
    expect(sentence).toContain('10 000 items take 20 ms on 4 threads and 81 ms in a loop, 4 times as fast');
  });

  test('says it where only that chunksize makes the pool pay', () => {
    const best = { chunksize: 512, time: 20, learned: 60 };
    expect(verdictOf({ ...heavy, pool: 90, best }).sentence).toBe(
      'use the pool: 10 000 items take 30 ms on 4 threads and 81 ms in a loop, 2.7 times as fast; ' +
        'with chunks as learned it takes 90 ms',
    );
  });

  test('sends what mostly waits to Promise.all', () => {
    const { use, sentence, code } = verdictOf({ ...heavy, name: 'load', asynchronous: true, waiting: 0.978 });
    expect(use).toBe('promises');
    expect(sentence).toBe(
      'use Promise.all, no pool: load waits 97 % of its time, and one thread can wait for many at once; ' +
        '10 000 items one after the other take 81 ms, on 4 threads 24 ms',
    );
    expect(code).toBe('const results = await Promise.all(items.map((item) => load(item)));');
    expect(verdictOf({ ...heavy, asynchronous: true, waiting: 0.2 }).use).toBe('pool');
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

  test('does not say never of a machine that others kept busy', () => {
    const none = { at: null, reason: 'handing over an item costs more than threads gain on it' } as const;
    const busy = { ...tiny, loop: 75, pool: 80, crossover: { direct: none, fit: none }, doubtful: true };
    expect(verdictOf(busy).sentence).toBe('use a loop: 10 000 items take 75 ms; on 4 threads 80 ms');
  });

  test('awaits what returns promises, and calls what has no usable name a task', () => {
    expect(verdictOf({ ...tiny, asynchronous: true }).code).toBe(
      'const results = []; for (const item of items) results.push(await square(item));',
    );
    expect(verdictOf({ ...heavy, name: 'default' }).code).toBe('const results = await pool.map(task, items);');
    for (const name of ['class', 'items', 'await']) {
      expect(verdictOf({ ...heavy, name }).code).toBe('const results = await pool.map(task, items);');
    }
    expect(verdictOf({ ...heavy, name: 'a b' }).code).toBe('const results = await pool.map(task, items);');
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
