/** The ring by itself: around its end, through its growth, to its limit. */

import { describe, expect, jest, test } from '@jest/globals';
import fc from 'fast-check';
import { HEAD, QUEUE_WORDS, TAIL } from '#lib/channels/layout.js';
import { advanced, CLOSED, distance, logOf, POSITION, withLog } from '#lib/channels/position.js';
import { Queue } from '#lib/channels/queue.js';
import { EMPTY, ENDED, Put, Ring } from '#lib/channels/ring.js';
import { FIRST_LOG, reserveRing, RingMemory, UNIT } from '#lib/channels/ring-memory.js';
import { allocate } from '#lib/sync/words.js';

/** A ring whose positions begin there, and that grows up to `mostLog`. */
function ringAt(position: number, mostLog = 16): { ring: Ring; words: Int32Array; memory: SharedArrayBuffer } {
  const words = allocate(QUEUE_WORDS);
  words[HEAD] = withLog(position, FIRST_LOG);
  words[TAIL] = position & POSITION;
  const memory = new SharedArrayBuffer(UNIT << FIRST_LOG, { maxByteLength: UNIT << mostLog });
  const ring = new Ring(words, memory, (bytes, length) => bytes.slice(0, length).join());
  return { ring, words, memory };
}

function put(ring: Ring, bytes: Uint8Array | number): Put {
  ring.lock(Infinity);
  try {
    return typeof bytes === 'number' ? ring.putNumber(bytes) : ring.putBytes(bytes, bytes.length, 0);
  } finally {
    ring.unlock();
  }
}

const bytesOf = (length: number, seed: number): Uint8Array => Uint8Array.from({ length }, (_, i) => i * 7 + seed);

const steps = fc.array(
  fc.oneof(
    fc.record({ put: fc.nat({ max: 3000 }) }),
    fc.record({ number: fc.double() }),
    fc.record({ take: fc.nat({ max: 4 }) }),
  ),
  { maxLength: 60 },
);

describe('positions', () => {
  test('go on from the last to the first, and leave the rest of the word alone', () => {
    const head = withLog(POSITION, 27);
    expect(logOf(head)).toBe(27);
    expect(logOf(advanced(head, 3))).toBe(27);
    expect(distance(head, advanced(head, 3))).toBe(3);
    expect(advanced(head, 1) & POSITION).toBe(0);
    expect(advanced(CLOSED | POSITION, 1)).toBe(CLOSED);
  });
});

describe('a ring', () => {
  test('is a queue, wherever its positions are and however it has to grow', () => {
    const starts = fc.oneof(fc.nat({ max: POSITION }), fc.integer({ min: POSITION - 700, max: POSITION }));
    fc.assert(
      fc.property(starts, steps, (start, all) => {
        const { ring } = ringAt(start);
        const model: (string | number)[] = [];
        let puts = 0;
        for (const step of all) {
          if ('take' in step) {
            for (let i = 0; i < step.take; i++) {
              const expected = model.length > 0 ? model.shift() : EMPTY;
              if (!Object.is(ring.take(), expected)) throw new Error('another message than was put');
            }
          } else {
            const message = 'put' in step ? bytesOf(step.put, puts) : step.number;
            const outcome = put(ring, message);
            if (outcome !== Put.Done) throw new Error(`put: ${outcome}`);
            model.push(typeof message === 'number' ? message : message.join());
            puts++;
          }
          expect([ring.size, ring.isEmpty, ring.puts]).toEqual([model.length, model.length === 0, puts]);
        }
      }),
      { seed: 20261120, numRuns: 200 },
    );
  });

  test('a growth that its thread did not end leaves everything where it was', () => {
    const { ring, words, memory } = ringAt(500);
    for (let i = 0; i < 10; i++) put(ring, bytesOf(390, i));
    const half = new RingMemory(memory);
    half.show(FIRST_LOG);
    half.grow(FIRST_LOG + 1);
    half.spread(words[HEAD] & POSITION, distance(words[HEAD], words[TAIL]) + 1, FIRST_LOG + 1);
    for (let i = 0; i < 5; i++) expect(ring.take()).toBe(bytesOf(390, i).join());
    for (let i = 10; i < 40; i++) expect(put(ring, bytesOf(390, i))).toBe(Put.Done);
    for (let i = 5; i < 40; i++) expect(ring.take()).toBe(bytesOf(390, i).join());
  });

  test('what was written but not published is not there', () => {
    const { ring, words } = ringAt(0);
    put(ring, 1);
    const before = words[TAIL];
    put(ring, 2);
    words[TAIL] = before; // as if its thread had ended right before
    expect(ring.size).toBe(1);
    put(ring, 3);
    expect([ring.take(), ring.take(), ring.take()]).toEqual([1, 3, EMPTY]);
    expect(ring.puts).toBe(2);
  });

  test('a put that close() overtakes is not done', () => {
    const { ring } = ringAt(0);
    put(ring, 1);
    expect(ring.close()).toBe(true);
    expect(ring.close()).toBe(false);
    expect(put(ring, 2)).toBe(Put.Closed);
    expect([ring.take(), ring.take()]).toEqual([1, ENDED]);
  });

  test('nor is one that close() overtakes while it makes room', () => {
    const { ring, memory } = ringAt(0);
    put(ring, 1);
    const grow = jest.spyOn(memory, 'grow').mockImplementation((bytes) => {
      ring.close();
      SharedArrayBuffer.prototype.grow.call(memory, bytes);
    });
    expect(put(ring, bytesOf(5000, 0))).toBe(Put.Closed);
    expect(grow).toHaveBeenCalled();
    expect([ring.take(), ring.take()]).toEqual([1, ENDED]);
  });

  test('grows to its limit, and says when it is there', () => {
    const { ring } = ringAt(0, 10);
    let count = 0;
    while (put(ring, bytesOf(100, count)) === Put.Done) count++;
    expect(put(ring, bytesOf(100, 0))).toBe(Put.NoRoom);
    expect(count).toBe(Math.floor((1024 - 1) / 14));
    expect(put(ring, bytesOf(9000, 0))).toBe(Put.TooLarge);
    expect(ring.take()).toBe(bytesOf(100, 0).join());
    expect(put(ring, bytesOf(100, count))).toBe(Put.Done);
    for (let i = 1; i <= count; i++) expect(ring.take()).toBe(bytesOf(100, i).join());
    expect(ring.take()).toBe(EMPTY);
  });
});

describe('a queue at its limit', () => {
  const small = (): Queue => {
    const words = allocate(QUEUE_WORDS);
    Ring.begin(words);
    return new Queue({ words, ring: new SharedArrayBuffer(4096, { maxByteLength: 8192 }) });
  };

  test('put() throws a QueueFullError at once, and goes on when something was taken', async () => {
    const queue = small();
    const item = 'x'.repeat(3000);
    queue.put(item);
    queue.put(item);
    const full = { code: 'ERR_GRANULE_QUEUE_FULL', message: expect.stringContaining('8192 bytes') as unknown };
    expect(() => { queue.put(item); }).toThrow(expect.objectContaining(full));
    await expect(queue.putAsync(item)).rejects.toMatchObject(full);
    expect(queue.full).toBe(false);
    queue.get();
    queue.put(item);
    expect(queue.size).toBe(2);
  });

  test('an item that no queue has room for is a RangeError; one byte less passes', () => {
    const { ring } = ringAt(3, 10);
    const most = 8 * (1024 - 2);
    expect(put(ring, new Uint8Array(most + 1))).toBe(Put.TooLarge);
    expect(put(ring, new Uint8Array(most))).toBe(Put.Done);
    ring.take();
    expect(put(ring, new Uint8Array(most))).toBe(Put.Done);
    const queue = small();
    expect(() => { queue.put(new Uint8Array(9000)); }).toThrow(/less than 8177 bytes/);
    expect(() => { queue.put(new Uint8Array(9000)); }).toThrow(RangeError);
    expect(queue.size).toBe(0);
  });

  test('1 GiB, or what there is address space for', () => {
    expect(reserveRing().maxByteLength).toBeGreaterThanOrEqual(UNIT * 2 ** 20);
    expect(reserveRing().byteLength).toBe(4096);
  });
});
