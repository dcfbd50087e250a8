/** One thread's view of Value; what several do to one is in sharing.spec.ts and stress.spec.ts. */

import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { inspect } from 'node:util';
import { Lock, LockStateError, RLock, Value, type TypeCode, type ValueOf } from 'granule';

const integers = {
  b: Int8Array,
  B: Uint8Array,
  h: Int16Array,
  H: Uint16Array,
  i: Int32Array,
  I: Uint32Array,
  l: Int32Array,
  L: Uint32Array,
} as const;
const bigints = { q: BigInt64Array, Q: BigUint64Array } as const;
const integerCodes = Object.keys(integers) as (keyof typeof integers)[];
const bigintCodes = Object.keys(bigints) as (keyof typeof bigints)[];
const codes: TypeCode[] = ['?', ...integerCodes, ...bigintCodes, 'f', 'd'];

/** What the C type makes of a number, by way of a typed array. */
const wrapped = (code: keyof typeof integers, value: number): number => new integers[code]([value])[0];
const wrappedBig = (code: keyof typeof bigints, value: bigint): bigint => new bigints[code]([value])[0];

describe('the value', () => {
  test.each(codes)('of code %s is zero at first', (code) => {
    const zero = code === '?' ? false : code === 'q' || code === 'Q' ? 0n : 0;
    expect(new Value(code).value).toBe(zero);
  });

  test.each(integerCodes)('of code %s is kept, wrapped around, by every way in', (code) => {
    fc.assert(
      fc.property(fc.maxSafeInteger(), fc.maxSafeInteger(), (first, second) => {
        const value = new Value(code, first);
        expect(value.value).toBe(wrapped(code, first));
        value.value = second;
        expect(value.value).toBe(wrapped(code, second));
        expect(value.compareExchange(second, first)).toBe(wrapped(code, second));
        expect(value.value).toBe(wrapped(code, first));
      }),
      { seed: 3, numRuns: 50 },
    );
  });

  test.each(integerCodes)('of code %s: add() returns the old one, and wraps around', (code) => {
    fc.assert(
      fc.property(fc.maxSafeInteger(), fc.integer(), (first, delta) => {
        const value = new Value(code, first);
        const old = wrapped(code, first);
        expect(value.add(delta)).toBe(old);
        expect(value.value).toBe(wrapped(code, old + delta));
      }),
      { seed: 3, numRuns: 50 },
    );
  });

  test.each(bigintCodes)('of code %s is a bigint, which wraps around', (code) => {
    fc.assert(
      fc.property(fc.bigInt(), fc.bigInt(), (first, second) => {
        const value = new Value(code, first);
        expect(value.value).toBe(wrappedBig(code, first));
        expect(value.add(second)).toBe(wrappedBig(code, first));
        expect(value.value).toBe(wrappedBig(code, first + second));
        value.value = second;
        expect(value.compareExchange(second, 0n)).toBe(wrappedBig(code, second));
        expect(value.value).toBe(0n);
      }),
      { seed: 3, numRuns: 50 },
    );
  });

  test.each(['f', 'd'] as const)('of code %s is any number, to its precision', (code) => {
    const precise = code === 'f' ? Math.fround : Number;
    fc.assert(
      fc.property(fc.double(), fc.double(), (first, second) => {
        const value = new Value(code, first);
        expect(value.value).toBe(precise(first));
        expect(value.add(second)).toBe(precise(first));
        expect(value.value).toBe(precise(precise(first) + second));
        value.value = second;
        expect(value.value).toBe(precise(second));
      }),
      { seed: 3, numRuns: 50 },
    );
  });

  test('of code ? is a boolean: a sum is true if either is', () => {
    const value = new Value('?');
    expect(value.add(false)).toBe(false);
    expect(value.value).toBe(false);
    expect(value.add(true)).toBe(false);
    expect(value.add(true)).toBe(true);
    expect(value.add(false)).toBe(true);
    expect(value.value).toBe(true);
    expect(value.compareExchange(false, false)).toBe(true);
    expect(value.compareExchange(true, false)).toBe(true);
    expect(value.value).toBe(false);
    expect(new Value('?', true).value).toBe(true);
  });
});

describe('compareExchange()', () => {
  test('changes nothing where another value is found', () => {
    const value = new Value('i', 5);
    expect(value.compareExchange(4, 9)).toBe(5);
    expect(value.value).toBe(5);
    const float = new Value('d', 0.5);
    expect(float.compareExchange(0.25, 9)).toBe(0.5);
    expect(float.value).toBe(0.5);
  });

  test('compares floats as numbers: -0 is 0, NaN is NaN, and what is sought is rounded first', () => {
    const double = new Value('d', -0);
    expect(double.compareExchange(0, NaN)).toBe(-0);
    expect(double.compareExchange(NaN, 1)).toBe(NaN);
    expect(double.value).toBe(1);
    const float = new Value('f', 0.1);
    expect(float.compareExchange(0.1, 2)).toBe(Math.fround(0.1));
    expect(float.value).toBe(2);
  });
});

describe('the lock', () => {
  test('is an RLock, the same one each time', () => {
    const value = new Value('i');
    expect(value.getLock()).toBeInstanceOf(RLock);
    expect(value.getLock()).toBe(value.getLock());
    expect(new Value('i', 0, { lock: true }).getLock()).toBeInstanceOf(RLock);
  });

  test.each([new Lock(), new RLock()])('may be one that there is: %p', (lock) => {
    expect(new Value('i', 0, { lock }).getLock()).toBe(lock);
  });

  test('may be left out: getLock() is then a LockStateError, and add() is one step all the same', () => {
    const value = new Value('d', 1, { lock: false });
    expect(() => value.getLock()).toThrow(LockStateError);
    expect(() => value.getLock()).toThrow('The Value was made with { lock: false } and has no lock');
    expect(value.add(0.5)).toBe(1);
    expect(value.value).toBe(1.5);
  });

  test.each([new Lock(), new RLock()])('that the adding thread holds is no obstacle to it: %p', (lock) => {
    const value = new Value('d', 1, { lock });
    lock.acquire();
    expect(value.add(1)).toBe(1);
    expect(lock.locked).toBe(true);
    lock.release();
    expect(value.value).toBe(2);
  });

  test.each([1, 'yes', {}, null])('is not %p', (lock) => {
    expect(() => new Value('i', 0, { lock: lock as never })).toThrow(TypeError);
  });
});

describe('misuse is an error at the call', () => {
  test.each(['x', 'ii', '', undefined, 5, 'constructor'])('a type code %p', (code) => {
    expect(() => new Value(code as never)).toThrow(TypeError);
    const list = "'?', 'b', 'B', 'h', 'H', 'i', 'I', 'l', 'L', 'q', 'Q', 'f', 'd'";
    expect(() => new Value(code as never)).toThrow(`Expected \`code\` to be one of the type codes ${list}, got`);
  });

  test.each<[TypeCode, unknown, typeof TypeError | typeof RangeError]>([
    ['i', 1n, TypeError],
    ['i', '1', TypeError],
    ['i', null, TypeError],
    ['i', 1.5, RangeError],
    ['B', NaN, RangeError],
    ['H', Infinity, RangeError],
    ['q', 1, TypeError],
    ['d', '1', TypeError],
    ['f', 1n, TypeError],
    ['?', 1, TypeError],
  ])('a value for code %s: %p', (code, wrong, error) => {
    const bad = wrong as ValueOf<typeof code>;
    const value = new Value(code);
    const before = value.value;
    expect(() => new Value(code, bad)).toThrow(error);
    expect(() => { value.value = bad; }).toThrow(error);
    expect(() => value.add(bad)).toThrow(error);
    expect(() => value.compareExchange(before, bad)).toThrow(error);
    expect(() => value.compareExchange(bad, before)).toThrow(error);
    expect(value.value).toBe(before);
  });

  test('adding nothing', () => {
    expect(() => new Value('i').add(undefined as never)).toThrow('Expected `delta` to be an integer, got undefined');
  });
});

test('shows its code, value and lock', () => {
  expect(inspect(new Value('q', 5n))).toBe("Value { code: 'q', value: 5n, lock: RLock { unlocked } }");
  const lock = new Lock();
  lock.acquire();
  expect(inspect(new Value('?', true, { lock }))).toBe(
    "Value { code: '?', value: true, lock: Lock { locked, owner: thread 0 } }",
  );
  expect(inspect(new Value('d', 1, { lock: false }))).toBe("Value { code: 'd', value: 1, lock: none }");
});
