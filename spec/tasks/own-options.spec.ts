import { createContext, runInContext } from 'node:vm';
import { describe, expect, test } from '@jest/globals';
import { bare, optionOf, optionsOf } from '#lib/tasks/own-options.js';

interface Options {
  size?: number | undefined;
  name?: string | undefined;
}

/** Of a realm whose Object.prototype has a `size`. */
const realm = createContext({});
runInContext('Object.prototype.size = 666', realm);
const elsewhere = (code: string): Options => runInContext(code, realm) as Options;

describe('an option', () => {
  test.each<[string, () => Options]>([
    ['of an object', () => ({ size: 3 })],
    ['of a getter', () => ({ get size() { return 3; } })],
    ['of an object without a prototype', () => bare({ size: 3 })],
    ['of the defaults that an object inherits from', () => Object.create({ size: 3 }) as Options],
    ['of defaults without a prototype', () => Object.create(bare({ size: 3 })) as Options],
    ['of a class', () => new (class { get size() { return 3; } })()],
    ['of a class’s base', () => new (class extends (class { size = 3; }) {})()],
    ['of a Proxy that makes it up', () => new Proxy({}, { get: () => 3 })],
    ['of an object where Object.prototype has it too', () => elsewhere('({ size: 3 })')],
    ['of defaults where Object.prototype has it too', () => elsewhere('Object.create({ size: 3 })')],
  ])('is what it is: %s', (_, make) => {
    expect(optionOf(make(), 'size')).toBe(3);
  });

  test.each(['({})', 'Object.create({})', 'new (class {})', '({ size: undefined })', 'Object.create(null)', '[]'])(
    'is absent where only Object.prototype has it: %s',
    (code) => {
      expect(optionOf(elsewhere(code), 'size')).toBeUndefined();
    },
  );

  test('is read once', () => {
    let reads = 0;
    optionOf({ get size() { return ++reads; } }, 'size');
    optionOf(Object.create({ get size() { return ++reads; } }) as Options, 'size');
    expect(reads).toBe(2);
  });
});

test('several are read at once, those that are absent for defaults to fill in', () => {
  const { size = 5, name = 'none' } = optionsOf(elsewhere('({ name: "a" })'), 'size', 'name');
  expect([size, name]).toEqual([5, 'a']);
  expect(optionsOf<Options, 'size'>(undefined, 'size').size).toBeUndefined();
});

test('a bare object has its properties, and no others', () => {
  const options = bare({ size: 3 });
  expect(Object.getPrototypeOf(options)).toBeNull();
  expect({ ...options }).toEqual({ size: 3 });
});
