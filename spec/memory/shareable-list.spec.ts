/** Ported where it applies from CPython's test_shared_memory_ShareableList_*: what it keeps, and in how much room. */

import { afterEach, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { inspect } from 'node:util';
import { ShareableList, SharedMemory, SharedMemoryExistsError, SharedMemoryNotFoundError } from 'granule';

const made: ShareableList[] = [];
function listOf(initial: Iterable<unknown>, name?: string): ShareableList {
  const list = new ShareableList(initial, { name });
  made.push(list);
  return list;
}
afterEach(() => {
  for (const { shm } of made.splice(0)) {
    shm.close();
    shm.unlink();
  }
});

const values = ['howdy', 'HoWdY', '', 'ünï\0', -273.154, NaN, -0, 100, null, true, false, 42n, -(2n ** 63n)];

test('keeps what it is made of, bytes included, each as what it is', () => {
  const bytes = new Uint8Array([0, 255, 0]);
  const list = listOf([...values, bytes, new Uint8Array(0)]);
  expect(list).toHaveLength(values.length + 2);
  expect([...list]).toEqual([...values, bytes, new Uint8Array(0)]);
  expect(list.at(-2)).toEqual(bytes);
  expect(list.at(0)).toBe('howdy');
  expect(list.at(4)).toBe(-273.154);
});

test('any string and any bytes come back as they were, trailing zeros too', () => {
  const value = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.uint8Array(),
    fc.double(),
    fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
  );
  fc.assert(
    fc.property(fc.array(value), (initial) => {
      const list = new ShareableList(initial);
      expect([...list]).toEqual(initial);
      list.shm.close();
      list.shm.unlink();
    }),
    { seed: 3, numRuns: 60 },
  );
});

describe('a slot', () => {
  test('changes its value, and its kind', () => {
    const list = listOf(['a string', 1, null]);
    for (const value of [5, null, 'other', true, 7n, new Uint8Array([1])]) {
      for (const i of [0, 1, -1]) {
        list.set(i, value);
        expect(list.at(i)).toEqual(value);
      }
    }
  });

  test.each([
    ['', 8],
    ['1234567', 8],
    ['12345678', 16],
    ['ääää', 16],
    [new Uint8Array(8), 16],
    [1, 8],
    [null, 8],
  ])('that began with %p has room for %i bytes', (initial, room) => {
    const list = listOf([initial, 'next']);
    list.set(0, 'x'.repeat(room));
    expect(list.at(0)).toBe('x'.repeat(room));
    list.set(0, new Uint8Array(room).fill(1));
    expect(() => { list.set(0, 'x'.repeat(room + 1)); }).toThrow(RangeError);
    expect(() => { list.set(0, 'x'.repeat(room + 1)); }).toThrow(
      `Expected \`value\` to fit into slot 0, which has room for ${room} bytes, got a string of ${room + 1} bytes`,
    );
    expect(() => { list.set(0, new Uint8Array(room + 1)); }).toThrow(RangeError);
    expect([...list]).toEqual([new Uint8Array(room).fill(1), 'next']);
  });

  test('counts the bytes of UTF-8', () => {
    const list = listOf(['']);
    list.set(0, 'ääää');
    expect(() => { list.set(0, 'ääääe'); }).toThrow('got a string of 9 bytes');
  });

  test('gives bytes that are a copy', () => {
    const list = listOf([new Uint8Array([1, 2])]);
    (list.at(0) as Uint8Array)[0] = 9;
    expect(list.at(0)).toEqual(new Uint8Array([1, 2]));
  });
});

test('counts and finds', () => {
  const list = listOf([1, 'a', 1, 1n, NaN, null, new Uint8Array([1]), true]);
  expect(list.count(1)).toBe(2);
  expect(list.count(1n)).toBe(1);
  expect(list.count('b')).toBe(0);
  expect(list.indexOf(1n)).toBe(3);
  expect(list.indexOf(NaN)).toBe(4);
  expect(list.indexOf(null)).toBe(5);
  expect(list.indexOf(new Uint8Array([1]))).toBe(6);
  expect(list.indexOf(new Uint8Array([2]))).toBe(-1);
  expect(list.indexOf({})).toBe(-1);
});

describe('by name', () => {
  test('another list over the same slots', () => {
    const list = listOf(['a', 1], 'slots');
    const other = new ShareableList(undefined, { name: 'slots' });
    expect([...other]).toEqual(['a', 1]);
    other.set(1, 2);
    expect(list.at(1)).toBe(2);
    expect(other.shm.name).toBe('slots');
    other.shm.close();
    expect(list.at(1)).toBe(2);
  });

  test('one may copy another', () => {
    const list = listOf(['a', 1]);
    const copy = listOf(list);
    copy.set(0, 'b');
    expect([...list]).toEqual(['a', 1]);
    expect([...copy]).toEqual(['b', 1]);
  });

  test('one that is there, or is not, or is no list, is an error', () => {
    listOf([1], 'slots');
    expect(() => new ShareableList([1], { name: 'slots' })).toThrow(SharedMemoryExistsError);
    expect(() => new ShareableList(undefined, { name: 'nothing' })).toThrow(SharedMemoryNotFoundError);
    for (const size of [4, 400]) {
      const block = new SharedMemory({ name: 'no list', create: true, size });
      expect(() => new ShareableList(undefined, { name: 'no list' })).toThrow(TypeError);
      const place = block.buf.byteOffset;
      block.close();
      block.unlink();
      const next = new SharedMemory({ create: true, size });
      expect(next.buf.byteOffset).toBe(place); // the list that is none holds on to nothing
      next.close();
      next.unlink();
    }
  });
});

describe('misuse is an error at the call', () => {
  test.each([
    [undefined, TypeError],
    [{}, TypeError],
    [[1], TypeError],
    [Symbol('s'), TypeError],
    [new Float64Array(1), TypeError],
    ['\ud800', TypeError],
    [2n ** 63n, RangeError],
    [-(2n ** 63n) - 1n, RangeError],
  ])('a value that is %p', (wrong, error) => {
    expect(() => new ShareableList([1, wrong])).toThrow(error);
    expect(() => new ShareableList([1, wrong])).toThrow('`initial[1]`');
    const list = listOf(['as it was']);
    expect(() => { list.set(0, wrong); }).toThrow(error);
    expect(list.at(0)).toBe('as it was');
  });

  test('an index outside', () => {
    const list = listOf([1, 2]);
    expect(() => list.at(2)).toThrow(RangeError);
    expect(() => list.at(-3)).toThrow('Expected `index` to be an integer from -2 to 1, got -3 (number)');
    expect(() => { list.set(2, 0); }).toThrow(RangeError);
    expect(() => listOf([]).at(0)).toThrow('The ShareableList is empty');
  });

  test('neither values nor a name', () => {
    expect(() => new ShareableList()).toThrow(TypeError);
    expect(() => new ShareableList('abc')).toThrow(TypeError);
    expect(() => new ShareableList([1], { name: 5 as never })).toThrow(TypeError);
  });

  test('use after its block was closed', () => {
    const list = listOf([1]);
    list.shm.close();
    expect(() => list.at(0)).toThrow('was closed in this thread');
    expect(() => { list.set(0, 1); }).toThrow('was closed in this thread');
    expect(inspect(list)).toMatch(/^ShareableList \{ name: 'shm-\d+', length: 1, closed \}$/);
  });
});

test('shows its name and values', () => {
  expect(inspect(listOf(['a', 1n, null], 'shown'))).toBe(
    "ShareableList { name: 'shown', length: 3, [ 'a', 1n, null ] }",
  );
});
