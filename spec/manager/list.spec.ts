import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Manager, Pool, type ListProxy } from 'granule';

let manager: Manager;
beforeAll(async () => {
  manager = await Manager.start();
});
afterAll(() => manager.shutdown());

describe('a list', () => {
  test('begins empty or with items', async () => {
    expect(await (await manager.list()).slice()).toEqual([]);
    expect(await (await manager.list([1, 2])).slice()).toEqual([1, 2]);
    expect(await (await manager.list(new Set('ab'))).slice()).toEqual(['a', 'b']);
    for (const bad of [5, null, {}] as never[]) {
      await expect(manager.list(bad)).rejects.toThrow(/^Expected `initial` to be an array or another iterable, got /);
    }
  });

  test('at and set count negative indices from the end', async () => {
    const list = await manager.list(['a', 'b', 'c']);
    expect([await list.at(0), await list.at(-1)]).toEqual(['a', 'c']);
    expect([await list.at(3), await list.at(-4)]).toEqual([undefined, undefined]);
    await list.set(1, 'B');
    await list.set(-1, 'C');
    expect(await list.slice()).toEqual(['a', 'B', 'C']);
    const message = 'Expected `index` to be inside a list of 3, got 3; push() makes it longer';
    await expect(list.set(3, 'd')).rejects.toThrow(new RangeError(message));
    await expect(list.set(-4, 'd')).rejects.toBeInstanceOf(RangeError);
    expect(await list.length()).toBe(3);
  });

  test.each([undefined, 1.5, '1', NaN, 1n])('refuses the index %p', async (index) => {
    const list = await manager.list([1]);
    const message = /^Expected `index` to be an integer, got /;
    await expect(list.at(index as never)).rejects.toThrow(message);
    await expect(list.set(index as never, 1)).rejects.toThrow(message);
    await expect(list.insert(index as never, 1)).rejects.toThrow(message);
    if (index !== undefined) await expect(list.pop(index as never)).rejects.toThrow(message);
  });

  test('push, pop, insert and remove', async () => {
    const list = await manager.list<number>();
    expect(await list.push(1, 2, 3)).toBe(3);
    expect([await list.pop(), await list.pop(0)]).toEqual([3, 1]);
    expect([await list.pop(5), await list.pop(-2)]).toEqual([undefined, undefined]);
    await list.insert(0, 1);
    await list.insert(-1, 1.5);
    await list.insert(99, 9);
    expect(await list.slice()).toEqual([1, 1.5, 2, 9]);
    expect([await list.remove(2), await list.remove(2)]).toEqual([true, false]);
    expect(await list.slice()).toEqual([1, 1.5, 9]);
    await list.clear();
    expect([await list.length(), await list.pop()]).toEqual([0, undefined]);
  });

  test('indexOf and remove compare deeply', async () => {
    const list = await manager.list<unknown>([0, NaN, { a: [1] }, { a: [2] }]);
    expect(await list.indexOf({ a: [2] })).toBe(3);
    expect(await list.indexOf(NaN)).toBe(1);
    expect(await list.indexOf(-0)).toBe(0);
    expect(await list.indexOf('0')).toBe(-1);
    expect(await list.remove({ a: [1] })).toBe(true);
    expect(await list.slice(2)).toEqual([{ a: [2] }]);
  });

  test('slice takes what Array.prototype.slice takes', async () => {
    const list = await manager.list([0, 1, 2, 3]);
    expect([await list.slice(1, 3), await list.slice(-2)]).toEqual([[1, 2], [2, 3]]);
    expect(await list.slice(undefined, -1)).toEqual([0, 1, 2]);
  });

  test('sorts numbers by value, anything else by text', async () => {
    const numbers = await manager.list<number | bigint>([10, NaN, 9, -1, 2n, Infinity]);
    await numbers.sort();
    expect(await numbers.slice()).toEqual([-1, 2n, 9, 10, Infinity, NaN]);
    const mixed = await manager.list<unknown>([10, '9', 1]);
    await mixed.sort();
    expect(await mixed.slice()).toEqual([1, 10, '9']);
  });

  test('is reversed by a child', async () => {
    const list = await manager.list([1, 2, 3]);
    const pool = new Pool(1);
    try {
      await pool.apply((l: ListProxy<number>) => l.reverse(), [list]);
    } finally {
      await pool.terminate();
    }
    expect(await list.slice()).toEqual([3, 2, 1]);
  });
});

test('a namespace holds named values', async () => {
  const settings = await manager.namespace<{ x: number; name?: string; __proto__?: number }>({ x: 1 });
  await settings.set('name', 'granule');
  expect([await settings.get('x'), await settings.get('name')]).toEqual([1, 'granule']);
  expect([await settings.delete('x'), await settings.delete('x')]).toEqual([true, false]);
  expect(await settings.toObject()).toEqual({ name: 'granule' });
  await settings.set('__proto__', 5);
  expect(await settings.get('__proto__')).toBe(5);
  expect(Object.hasOwn(await settings.toObject(), '__proto__')).toBe(true);
  const numbered = await manager.namespace<Record<number, string>>({ 1: 'one' });
  expect([await numbered.get(1), await numbered.get(2)]).toEqual(['one', undefined]);
  expect(await (await manager.namespace()).toObject()).toEqual({});
  for (const bad of [5, null, [1]] as never[]) {
    await expect(manager.namespace(bad)).rejects.toThrow(/^Expected `initial` to be an object, got /);
  }
});
