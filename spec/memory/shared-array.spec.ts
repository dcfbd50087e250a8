import { describe, expect, test } from '@jest/globals';
import { inspect, types } from 'node:util';
import { fromShared, Lock, LockStateError, RLock, SharedArray, toShared, type TypeCode } from 'granule';

const views: Record<TypeCode, abstract new (...args: never[]) => unknown> = {
  '?': Uint8Array,
  b: Int8Array,
  B: Uint8Array,
  h: Int16Array,
  H: Uint16Array,
  i: Int32Array,
  I: Uint32Array,
  l: Int32Array,
  L: Uint32Array,
  q: BigInt64Array,
  Q: BigUint64Array,
  f: Float32Array,
  d: Float64Array,
};
const codes = Object.keys(views) as TypeCode[];
const isBig = (code: TypeCode): boolean => code === 'q' || code === 'Q';

describe.each(codes)('of code %s', (code) => {
  const zero = isBig(code) ? 0n : 0;
  const one = isBig(code) ? 1n : 1;

  test('a number makes so many zeros', () => {
    const array = new SharedArray(code, 3);
    expect(array.length).toBe(3);
    expect([...array]).toEqual([zero, zero, zero]);
  });

  test('the view is the typed array over shared memory that holds the elements and nothing else', () => {
    const array = new SharedArray(code, [one, zero]);
    expect(array.view).toBeInstanceOf(views[code]);
    expect(types.isSharedArrayBuffer(array.view.buffer)).toBe(true);
    expect(array.view.byteOffset).toBe(0);
    expect(array.view.buffer.byteLength).toBe(array.view.byteLength);
    expect(array.view).toBe(array.view);
    (array.view as Uint8Array)[1] = one as number;
    expect(array.at(1)).toBe(one);
  });

  test('an element is read and written by its index, from the end too', () => {
    const array = new SharedArray(code, 3);
    array.set(0, one);
    array.set(-1, one);
    expect([...array]).toEqual([one, zero, one]);
    expect([array.at(0), array.at(-1), array.at(-2)]).toEqual([one, one, zero]);
  });
});

describe('elements', () => {
  test.each<[TypeCode, Iterable<number | bigint>, unknown[]]>([
    ['i', [1, -2, 2 ** 31], [1, -2, -(2 ** 31)]],
    ['B', new Set([1, 256, -1]), [1, 0, 255]],
    ['q', [1n, 2n ** 63n], [1n, -(2n ** 63n)]],
    ['Q', [-1n], [2n ** 64n - 1n]],
    ['f', new Float64Array([0.1, NaN]), [Math.fround(0.1), NaN]],
    ['d', [0.1, -0], [0.1, -0]],
    ['?', [0, 5, 256], [0, 1, 1]],
    ['i', [], []],
    ['h', (function* () { yield 1; yield 2; })(), [1, 2]],
  ])('of code %s are taken from %p as the type has them', (code, initial, expected) => {
    expect([...new SharedArray(code, initial)]).toEqual(expected);
  });

  test('wrap around when they are set', () => {
    const array = new SharedArray('b', 1);
    array.set(0, 200);
    expect(array.at(0)).toBe(-56);
    const flags = new SharedArray('?', 1);
    flags.set(0, 256);
    expect(flags.at(0)).toBe(1);
  });
});

describe('misuse is an error at the call', () => {
  test.each([3, -4, 1.5, NaN, Infinity])('index %p of three', (index) => {
    const array = new SharedArray('i', [1, 2, 3]);
    expect(() => array.at(index)).toThrow(RangeError);
    expect(() => array.at(index)).toThrow('Expected `index` to be an integer from -3 to 2, got');
    expect(() => { array.set(index, 1); }).toThrow(RangeError);
    expect([...array]).toEqual([1, 2, 3]);
  });

  test('any index of none, and what is no number', () => {
    expect(() => new SharedArray('i', 0).at(0)).toThrow(RangeError);
    expect(() => new SharedArray('i', 1).at('0' as never)).toThrow(TypeError);
  });

  test.each([-1, 1.5, NaN, 2 ** 60])('a length of %p', (length) => {
    expect(() => new SharedArray('d', length)).toThrow(RangeError);
  });

  test.each(['abc', {}, null, undefined, 5n])('elements that are %p', (initial) => {
    expect(() => new SharedArray('i', initial as never)).toThrow(TypeError);
  });

  test.each<[TypeCode, unknown, typeof TypeError | typeof RangeError]>([
    ['i', '1', TypeError],
    ['i', 1n, TypeError],
    ['i', undefined, TypeError],
    ['i', 0.5, RangeError],
    ['q', 1, TypeError],
    ['d', null, TypeError],
    ['?', 'x', TypeError],
  ])('an element of code %s: %p', (code, wrong, error) => {
    const zero = isBig(code) ? 0n : 0;
    expect(() => new SharedArray(code, [zero, wrong as number])).toThrow(error);
    expect(() => new SharedArray(code, [zero, wrong as number])).toThrow('`sizeOrInitial[1]`');
    const array = new SharedArray(code, 1);
    expect(() => { array.set(0, wrong as number); }).toThrow(error);
    expect(array.at(0)).toBe(zero);
  });

  test('an unknown type code', () => {
    expect(() => new SharedArray('x' as never, 3)).toThrow("Expected `code` to be one of the type codes '?', 'b'");
  });
});

test('has no elements of its own, which no other thread would see', () => {
  const array = new SharedArray('i', 3) as SharedArray<'i'> & Record<number, number>;
  expect(() => (array[0] = 1)).toThrow(TypeError);
  expect(array[0]).toBeUndefined();
  const copy = fromShared<typeof array>(toShared(array));
  expect(() => (copy[0] = 1)).toThrow(TypeError);
});

test('has a lock as a Value has', () => {
  expect(new SharedArray('i', 1).getLock()).toBeInstanceOf(RLock);
  const lock = new Lock();
  expect(new SharedArray('i', 1, { lock }).getLock()).toBe(lock);
  const bare = new SharedArray('i', 1, { lock: false });
  expect(() => bare.getLock()).toThrow(LockStateError);
  expect(() => bare.getLock()).toThrow('The SharedArray was made with { lock: false }');
});

test('shows its code, lock and elements', () => {
  expect(inspect(new SharedArray('i', [1, 2]))).toBe(
    "SharedArray { code: 'i', lock: RLock { unlocked }, view: Int32Array(2) [ 1, 2 ] }",
  );
  const long = new SharedArray('b', 12, { lock: false });
  expect(inspect(long)).toMatch(/lock: none, view: Int8Array\(12\).*2 more items/s);
});
