/** The allocator against a model: chunks never overlap, and whatever was cut short, merge() sets right. */

import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { Chunks, NEXT, UNIT } from '#lib/memory/chunks.js';

const PLACES = { first: 1, end: 0, free: 1, freed: 2 };
const MOST = 200;

function chunksOver(words: Int32Array): Chunks {
  const reserve = (units: number): void => {
    if (units > MOST) throw new RangeError('no room');
  };
  return new Chunks({ words, reserve }, PLACES);
}

function memory(): { words: Int32Array; chunks: Chunks } {
  const words = new Int32Array((MOST * UNIT) / Int32Array.BYTES_PER_ELEMENT);
  words[PLACES.end] = PLACES.first;
  return { words, chunks: chunksOver(words) };
}

function take(chunks: Chunks, units: number): number {
  const chunk = chunks.reuse(units) ?? chunks.extend(units);
  chunks.use(chunk);
  return chunk;
}

/** What is used and what is free, side by side, with all free chunks in the free list. */
function expectWhole(words: Int32Array, chunks: Chunks, used: ReadonlySet<number>): void {
  let next = PLACES.first;
  const free = new Set<number>();
  const found = new Set<number>();
  for (const chunk of chunks) {
    expect(chunk).toBe(next);
    expect(chunks.size(chunk)).toBeGreaterThan(0);
    next += chunks.size(chunk);
    (chunks.isUsed(chunk) ? found : free).add(chunk);
  }
  expect(next).toBe(words[PLACES.end]);
  expect(found).toEqual(used);
  const listed = new Set<number>();
  for (let chunk = words[PLACES.free]; chunk !== 0; chunk = words[Chunks.word(chunk, NEXT)]) listed.add(chunk);
  expect(listed).toEqual(free);
}

/** Take so many units, free one of those in use (by its place among them, 0 to 1), or merge. */
type Step = number | { readonly free: number } | 'merge';
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.integer({ min: 2, max: 20 }),
  fc.double({ min: 0, max: 0.99, noNaN: true }).map((which) => ({ free: which })),
  fc.constant('merge' as const),
);
const steps = fc.array(step, { maxLength: 60 });

/** Runs the steps; returns the chunks in use. */
function run(chunks: Chunks, plan: readonly Step[]): Set<number> {
  const used = new Set<number>();
  for (const step of plan) {
    if (step === 'merge') {
      chunks.merge();
    } else if (typeof step === 'number') {
      try {
        const chunk = take(chunks, step);
        expect(used.has(chunk)).toBe(false);
        expect(chunks.size(chunk)).toBeGreaterThanOrEqual(step);
        used.add(chunk);
      } catch (error) {
        expect(error).toBeInstanceOf(RangeError);
      }
    } else if (used.size > 0) {
      const chunk = [...used][Math.floor(step.free * used.size)];
      chunks.release(chunk);
      used.delete(chunk);
    }
  }
  return used;
}

test('chunks in any order of taking, freeing and merging stay whole', () => {
  fc.assert(
    fc.property(steps, (plan) => {
      const { words, chunks } = memory();
      expectWhole(words, chunks, run(chunks, plan));
    }),
    { seed: 3, numRuns: 300 },
  );
});

test('when all is free again, merging makes one chunk of it', () => {
  fc.assert(
    fc.property(steps, (plan) => {
      const { words, chunks } = memory();
      for (const chunk of run(chunks, plan)) chunks.release(chunk);
      chunks.merge();
      expect([...chunks]).toHaveLength(words[PLACES.end] === PLACES.first ? 0 : 1);
      expect(chunks.freed).toBe(0);
    }),
    { seed: 3, numRuns: 100 },
  );
});

describe('a thread that ends within a step', () => {
  class Ended extends Error {}
  const { store } = Atomics;

  /** Runs `step` on the words, and ends it by an error at the store after `stores` of them. */
  function dieAfter(stores: number, words: Int32Array, step: (chunks: Chunks) => void): void {
    let left = stores;
    const spend = (): void => {
      if (left-- === 0) throw new Ended();
    };
    const watched = new Proxy(words, {
      get: (target, key) => Reflect.get(target, key, target) as unknown,
      set: (target, key, value) => {
        spend();
        return Reflect.set(target, key, value, target);
      },
    });
    // Atomics takes no proxies.
    Atomics.store = ((array: Int32Array, index: number, value: number) => {
      spend();
      return store(array === watched ? words : array, index, value);
    }) as typeof store;
    try {
      step(chunksOver(watched));
    } catch (error) {
      if (!(error instanceof Ended) && !(error instanceof RangeError)) throw error;
    } finally {
      Atomics.store = store;
    }
  }

  const plans = [steps, fc.nat(8), fc.integer({ min: 2, max: 12 })] as const;

  test.each<[string, (chunks: Chunks, units: number, one: number | undefined) => void]>([
    ['taking one', (chunks, units) => void (chunks.reuse(units) ?? chunks.extend(units))],
    ['freeing one', (chunks, _, one) => { if (one !== undefined) chunks.release(one); }],
    ['merging', (chunks) => { chunks.merge(); }],
  ])('leaves what merge() sets right, whichever store was its last: %s', (_, step) => {
    fc.assert(
      fc.property(...plans, (plan, stores, units) => {
        const { words, chunks } = memory();
        const used = run(chunks, plan);
        const one = [...used][0] as number | undefined;
        dieAfter(stores, words, (dying) => { step(dying, units, one); });
        // Freed or not: both are whole.
        if (one !== undefined && !chunks.isUsed(one)) used.delete(one);
        chunks.merge();
        expectWhole(words, chunks, used);
      }),
      { seed: 3, numRuns: 300 },
    );
  });
});
