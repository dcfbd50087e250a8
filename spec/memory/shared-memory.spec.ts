/** One thread's view of SharedMemory; what other threads see, and leave, is in sharing.spec.ts and lives.spec.ts. */

import { afterEach, describe, expect, test } from '@jest/globals';
import { createHash } from 'node:crypto';
import { inspect } from 'node:util';
import { SharedMemory, SharedMemoryExistsError, SharedMemoryNotFoundError, type SharedMemoryOptions } from 'granule';
import { heapMemory } from '#lib/memory/home-heap.js';

const made: SharedMemory[] = [];
function block(options: SharedMemoryOptions): SharedMemory {
  const memory = new SharedMemory({ create: true, size: 100, ...options });
  made.push(memory);
  return memory;
}
afterEach(() => {
  for (const memory of made.splice(0)) {
    memory.close();
    memory.unlink();
  }
});

/** Where a block lies: the same for a later one if its memory was freed. */
const placeOf = (memory: SharedMemory): number => memory.buf.byteOffset;

describe('a block', () => {
  test.each([1, 63, 64, 65, 100, 4096, 1_000_003])('has the %i bytes that were asked for, all 0', (size) => {
    const memory = block({ size });
    expect(memory.size).toBe(size);
    expect(memory.buf).toHaveLength(size);
    expect(memory.buf.every((byte) => byte === 0)).toBe(true);
    expect(placeOf(memory) % 64).toBe(0);
  });

  test('is where others find it by its name', () => {
    const one = block({ name: 'frame' });
    const other = new SharedMemory({ name: 'frame' });
    one.buf[99] = 7;
    expect(other.buf[99]).toBe(7);
    expect([other.name, other.size]).toEqual(['frame', 100]);
    other.close();
    expect(one.buf[99]).toBe(7);
  });

  test.each(['ü', '\ud800', 'a'.repeat(255), '../x', '__proto__'])('may have the name %p', (name) => {
    block({ name }).buf[0] = 3;
    const other = new SharedMemory({ name });
    expect(other.name).toBe(name);
    expect(other.buf[0]).toBe(3);
    other.close();
  });

  test('gets a name if it is given none, which no other has', () => {
    const first = block({});
    const next = /^shm-(\d+)$/.exec(first.name)!;
    block({ name: `shm-${Number(next[1]) + 1}` }); // the one that would be made up now
    const names = new Set([first, block({}), block({})].map(({ name }) => name));
    expect(names.size).toBe(3);
  });

  test('lies where what it is written to goes on as more memory is needed', () => {
    const small = block({ size: 10 });
    const { buf } = small;
    buf.fill(1);
    const before = heapMemory().byteLength;
    const large = block({ size: before });
    expect(heapMemory().byteLength).toBeGreaterThan(before);
    buf[0] = 2;
    large.buf.fill(9);
    expect([...small.buf]).toEqual([2, 1, 1, 1, 1, 1, 1, 1, 1, 1]);
    expect(small.buf.buffer).toBe(large.buf.buffer);
  });

  test("is bytes as Node's own modules take them", () => {
    const memory = block({ size: 3 });
    memory.buf.set([97, 98, 99]);
    expect(Buffer.from(memory.buf.buffer, placeOf(memory), 3).toString()).toBe('abc');
    expect(createHash('sha1').update(memory.buf).digest('hex')).toBe(createHash('sha1').update('abc').digest('hex'));
  });
});

describe('close()', () => {
  test('ends what this object may do, and no other', () => {
    const one = block({ name: 'frame' });
    const other = new SharedMemory({ name: 'frame' });
    one.close();
    expect(() => one.buf).toThrow("The SharedMemory 'frame' was closed in this thread");
    expect([one.name, one.size]).toEqual(['frame', 100]);
    other.buf[0] = 1;
    other.close();
    expect(new SharedMemory({ name: 'frame' }).buf[0]).toBe(1);
  });

  test('may be called again, which closes nothing else', () => {
    const one = block({ name: 'frame' });
    const other = new SharedMemory({ name: 'frame' });
    one.unlink();
    one.close();
    one.close();
    const next = block({});
    expect(placeOf(next)).not.toBe(placeOf(other));
    other.close();
  });

  test('comes at the end of a `using` block', () => {
    const one = block({ name: 'frame' });
    const other = new SharedMemory({ name: 'frame' });
    other[Symbol.dispose]();
    expect(() => other.buf).toThrow(Error);
    expect(one.buf).toHaveLength(100);
  });
});

describe('unlink()', () => {
  test('takes the name; what is attached stays valid', () => {
    const old = block({ name: 'frame' });
    old.buf[0] = 1;
    old.unlink();
    expect(() => new SharedMemory({ name: 'frame' })).toThrow(SharedMemoryNotFoundError);
    const fresh = block({ name: 'frame' });
    expect(fresh.buf[0]).toBe(0);
    expect(old.buf[0]).toBe(1);
  });

  test('may be called again, also after close(), and leaves another block of that name alone', () => {
    const old = block({ name: 'frame' });
    old.unlink();
    old.unlink();
    old.close();
    const fresh = block({ name: 'frame' });
    old.unlink();
    expect(new SharedMemory({ name: 'frame' }).size).toBe(fresh.size);
  });
});

describe('memory', () => {
  test('is used again when the name is gone and all are closed, and is all 0 again', () => {
    const old = block({ size: 1000 });
    const place = placeOf(old);
    old.buf.fill(255);
    old.unlink();
    expect(placeOf(block({ size: 1000 }))).not.toBe(place);
    old.close();
    const next = block({ size: 1000 });
    expect(placeOf(next)).toBe(place);
    expect(next.buf.every((byte) => byte === 0)).toBe(true);
  });

  test('is kept for the name alone', () => {
    const old = block({ name: 'kept', size: 500 });
    const place = placeOf(old);
    old.buf[0] = 5;
    old.close();
    expect(placeOf(block({ size: 500 }))).not.toBe(place);
    expect(new SharedMemory({ name: 'kept' }).buf[0]).toBe(5);
  });

  test('does not grow by blocks that come and go, whatever their sizes', () => {
    const round = (): void => {
      const blocks = Array.from({ length: 50 }, (_, i) => block({ size: 1 + ((i * 7919) % 40_000) }));
      for (const memory of blocks) {
        memory.unlink();
        memory.close();
      }
      const whole = block({ size: 900_000 }); // needs them side by side
      whole.close();
      whole.unlink();
    };
    for (let i = 0; i < 3; i++) round();
    const settled = heapMemory().byteLength;
    for (let i = 0; i < 20; i++) round();
    expect(heapMemory().byteLength).toBe(settled);
  });
});

describe('misuse is an error at the call', () => {
  test('a name that there is, or is not', () => {
    block({ name: 'frame' });
    expect(() => new SharedMemory({ name: 'frame', create: true, size: 1 })).toThrow(SharedMemoryExistsError);
    expect(() => new SharedMemory({ name: 'frame', create: true, size: 1 })).toThrow("a shared memory block 'frame'");
    expect(() => new SharedMemory({ name: 'other' })).toThrow(SharedMemoryNotFoundError);
    expect(() => new SharedMemory({ name: 'other' })).toThrow("There is no shared memory block 'other'");
  });

  test.each([0, -1, 1.5, NaN, Infinity])('a size of %p', (size) => {
    expect(() => new SharedMemory({ create: true, size })).toThrow(RangeError);
  });

  test('a size that there is no room for, which leaves all as it was', () => {
    const before = heapMemory().byteLength;
    const most = heapMemory().maxByteLength;
    const tooMuch = (): SharedMemory => new SharedMemory({ name: 'large', create: true, size: most });
    expect(tooMuch).toThrow(RangeError);
    expect(tooMuch).toThrow(`all named memory together can have ${most} bytes`);
    expect(heapMemory().byteLength).toBe(before);
    expect(block({ name: 'large' }).size).toBe(100);
  });

  test.each([{ create: true }, { create: true, size: '5' }, {}, { create: 1, name: 'a' }, { name: 5 }, null, 'frame'])(
    'options %p',
    (options) => {
      expect(() => new SharedMemory(options as never)).toThrow(TypeError);
    },
  );

  test.each(['', 'a'.repeat(256)])('a name %p', (name) => {
    expect(() => block({ name })).toThrow(RangeError);
  });
});

test('shows its name, size and state', () => {
  const memory = block({ name: 'shown', size: 5 });
  expect(inspect(memory)).toBe("SharedMemory { name: 'shown', size: 5, open }");
  memory.close();
  expect(inspect(memory)).toBe("SharedMemory { name: 'shown', size: 5, closed }");
});
