import { describe, expect, test } from '@jest/globals';
import { Witnesses } from '#lib/lab/witnesses.js';

describe('Witnesses', () => {
  test('see that an item has changed, be it the first or deep within', () => {
    const items = Array.from({ length: 20 }, (_, i) => ({ xs: [3, i, 1] }));
    const witnesses = new Witnesses(items);
    expect(witnesses.saw()).toBe(false);
    items[0].xs.sort((one, other) => one - other);
    expect(witnesses.saw()).toBe(true);
  });

  test('see that a function which reads its items changes none', () => {
    const items = [[3, 1, 2], { a: new Map([[1, 2]]) }, 'text', 4, null];
    const witnesses = new Witnesses(items);
    JSON.stringify(items);
    expect(witnesses.saw()).toBe(false);
  });

  test('do not look at what cannot be changed', () => {
    expect(new Witnesses([1, 'two', null, undefined, true]).saw()).toBe(false);
    expect(new Witnesses([]).saw()).toBe(false);
  });
});
