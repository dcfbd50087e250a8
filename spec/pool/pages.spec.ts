import { describe, expect, test } from '@jest/globals';
import { Pool } from 'granule';
import { MAX_OFFSET } from '#lib/pool/layout.js';
import { PageReader, PageWriter } from '#lib/pool/pages.js';

const here = {};
const there = {};

/** A reader, and the append of a writer; after each announcement the reader tidies up for one of another thread. */
function pages(first = 1) {
  const reader = new PageReader();
  let last = first - 1;
  const writer = new PageWriter(
    () => ++last,
    (id, memory, keep) => {
      reader.add(id, memory, keep, here);
      reader.add(++last, new SharedArrayBuffer(64), false, there);
    },
  );
  const append = (length: number, fill: number): number => writer.append(new Uint8Array(length).fill(fill), length);
  const at = (location: number, length: number): Uint8Array | undefined => {
    const start = location % MAX_OFFSET;
    return reader.bytes(location)?.subarray(start, start + length);
  };
  return { reader, append, at };
}

describe('A page of results', () => {
  test.each([
    ['small records, more than the pages that a thread keeps', 200_000, 60],
    ['long records, each in a page of its own', 300_000, 5],
  ])('is there until it has been read, whatever comes from other threads meanwhile: %s', (_, length, count) => {
    const { reader, append, at } = pages();
    const locations = Array.from({ length: count }, (_, k) => append(length, k + 1));
    for (const [k, location] of locations.entries()) {
      const record = at(location, length);
      expect([record?.length, record?.[0], record?.[length - 1]]).toEqual([length, k + 1, k + 1]);
    }
    for (const location of locations) reader.release(location);
  });

  test('is found by its number, however many there were before', () => {
    const { append, at } = pages(2 ** 32 - 40);
    const locations = [7, 300_000, 11, 200_000, 900_001].map((length, k) => [append(length, k + 1), length] as const);
    for (const [k, [location, length]] of locations.entries()) {
      expect(at(location, length)).toEqual(new Uint8Array(length).fill(k + 1));
    }
  });

  test('of one long record is dropped once that has been read', () => {
    const { reader, append } = pages();
    const location = append(300_000, 1);
    expect(reader.bytes(location)).toBeDefined();
    reader.release(location);
    expect(reader.bytes(location)).toBeUndefined();
  });

  test('is dropped where its thread was lost before anything was written', () => {
    const reader = new PageReader();
    const writer = new PageWriter(
      () => 1,
      (id, memory, keep) => {
        reader.add(id, memory, keep, here);
        throw new Error('the thread ends here');
      },
    );
    expect(() => writer.append(new Uint8Array(300_000), 300_000)).toThrow('ends here');
    expect(reader.bytes(MAX_OFFSET)).toBeDefined();
    reader.orphan(here);
    expect(reader.bytes(MAX_OFFSET)).toBeUndefined();
  });
});

test('Long results of several threads all arrive', async () => {
  await using pool = new Pool({ threads: 3 });
  const lengths = Array.from({ length: 60 }, (_, k) => 40_000 + 1000 * (k % 20));
  for (let round = 0; round < 5; round++) {
    const long = (length: number): string => `${'x'.repeat(10 * length)}${length}`;
    const results = await pool.map(long, lengths, { chunksize: 3 });
    expect(results.map((result) => [result.length, result.slice(-5)])).toEqual(
      lengths.map((length) => [10 * length + 5, `${length}`]),
    );
  }
});
