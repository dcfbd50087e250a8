import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Manager, Pool } from 'granule';

let manager: Manager;
beforeAll(async () => {
  manager = await Manager.start();
});
afterAll(() => manager.shutdown());

describe('a dict', () => {
  test('begins empty, with pairs, with a Map, or with an object’s properties', async () => {
    expect(await (await manager.dict()).entries()).toEqual([]);
    expect(await (await manager.dict([['a', 1]])).entries()).toEqual([['a', 1]]);
    expect(await (await manager.dict(new Map([['a', 1]]))).entries()).toEqual([['a', 1]]);
    expect(await (await manager.dict({ a: 1, b: 2 })).entries()).toEqual([['a', 1], ['b', 2]]);
    const pairs = function* (): Generator<[number, string]> {
      yield [1, 'one'];
    };
    expect(await (await manager.dict(pairs())).get(1)).toBe('one');
  });

  test('has the methods of a Map, each with a promise', async () => {
    const dict = await manager.dict<string, number>({ a: 1 });
    expect(await dict.set('b', 2)).toBeUndefined();
    expect([await dict.get('b'), await dict.get('c')]).toEqual([2, undefined]);
    expect([await dict.has('a'), await dict.has('c')]).toEqual([true, false]);
    expect(await dict.size()).toBe(2);
    expect(await dict.keys()).toEqual(['a', 'b']);
    expect(await dict.values()).toEqual([1, 2]);
    expect([await dict.delete('a'), await dict.delete('a')]).toEqual([true, false]);
    await dict.clear();
    expect(await dict.entries()).toEqual([]);
  });

  test('tells keys of mixed types apart as a Map does, once they have crossed', async () => {
    const dict = await manager.dict<unknown, string>();
    const keys = [1, '1', 1n, true, 'true', null, undefined, NaN, 'NaN', ''];
    for (const key of keys) await dict.set(key, `${typeof key} ${String(key)}`);
    for (const key of keys) expect(await dict.get(key)).toBe(`${typeof key} ${String(key)}`);
    await dict.set(-0, 'zero');
    expect(await dict.get(0)).toBe('zero');
    expect(await dict.keys()).toEqual([...keys, 0]);
    const object = { x: 1 };
    await dict.set(object, 'a copy');
    expect(await dict.has(object)).toBe(false);
    expect((await dict.keys()).at(-1)).toEqual(object);
  });

  test('pop, setDefault and update', async () => {
    const dict = await manager.dict<string, number | undefined>({ a: 1, none: undefined });
    expect([await dict.pop('a'), await dict.pop('a'), await dict.pop('a', 7)]).toEqual([1, undefined, 7]);
    expect(await dict.pop('none', 7)).toBeUndefined();
    expect([await dict.setDefault('b', 2), await dict.setDefault('b', 3)]).toEqual([2, 2]);
    await dict.update({ b: 4, c: 5 });
    await dict.update([['c', 6]]);
    await dict.update(new Map([['d', 7]]).entries());
    expect(await dict.entries()).toEqual([['b', 4], ['c', 6], ['d', 7]]);
  });

  test('increment counts a missing key as 0 and gives the new value', async () => {
    const dict = await manager.dict<string, number>();
    expect([await dict.increment('n'), await dict.increment('n', 5), await dict.increment('n', -0.5)]).toEqual([
      1, 6, 5.5,
    ]);
  });

  test('increment refuses what is no number, and leaves it as it is', async () => {
    const dict = await manager.dict<string, unknown>({ text: '1' });
    await expect(dict.increment('text')).rejects.toThrow(
      new TypeError("Expected the value at the key 'text' to be a number, got '1' (string)"),
    );
    await expect(dict.increment('n', '2' as never)).rejects.toThrow(/^Expected `by` to be a number, got '2'/);
    expect(await dict.entries()).toEqual([['text', '1']]);
  });

  test('refuses what is no dict', async () => {
    const bad = [5, null, 'ab', [1, 2]] as never[];
    for (const initial of bad) await expect(manager.dict(initial)).rejects.toThrow(/^Expected `initial` to /);
    const dict = await manager.dict<string, number>({ a: 1 });
    for (const entries of bad) await expect(dict.update(entries)).rejects.toThrow(/^Expected `entries` to /);
    expect(await dict.size()).toBe(1);
  });

  test('keeps a copy, and gives copies', async () => {
    const value = { list: [1] };
    const dict = await manager.dict<string, typeof value>();
    const set = dict.set('v', value);
    value.list.push(2);
    await set;
    const got = (await dict.get('v'))!;
    got.list.push(3);
    expect(await dict.get('v')).toEqual({ list: [1] });
  });

  test('takes no properties, which would stay here and be lost', async () => {
    const dict = (await manager.dict()) as unknown as Record<string, unknown>;
    expect(() => { dict.key = 1; }).toThrow(TypeError);
    expect(dict.key).toBeUndefined();
  });

  test('a key __proto__ is a key', async () => {
    const dict = await manager.dict<string, number>([['__proto__', 1]]);
    expect(await dict.entries()).toEqual([['__proto__', 1]]);
  });
});

describe('shared by threads', () => {
  test('five children each set a key', async () => {
    const dict = await manager.dict<number, number>();
    const pool = new Pool(5);
    try {
      const child = async (n: number, d: typeof dict): Promise<void> => {
        await d.set(n, n * n);
      };
      await pool.map(child, [1, 2, 3, 4, 5], { args: [dict], chunksize: 1 });
    } finally {
      await pool.terminate();
    }
    expect(new Map(await dict.entries())).toEqual(new Map([1, 2, 3, 4, 5].map((n) => [n, n * n])));
  });

  test('increment, setDefault and pop are exact under contention', async () => {
    const dict = await manager.dict<string, number>();
    await dict.update(Array.from({ length: 100 }, (_, i) => [`item ${i}`, i] as const));
    const pool = new Pool(3);
    const work = async (thread: number, d: typeof dict): Promise<{ first: number; taken: number }> => {
      const calls: Promise<unknown>[] = [];
      let taken = 0;
      const first = await d.setDefault('first', thread);
      for (let i = 0; i < 100; i++) {
        calls.push(d.increment('count'));
        calls.push(d.pop(`item ${i}`).then((item) => { if (item !== undefined) taken++; }));
      }
      await Promise.all(calls);
      return { first, taken };
    };
    try {
      const results = await pool.map(work, [1, 2, 3], { args: [dict], chunksize: 1 });
      expect(await dict.get('count')).toBe(300);
      expect(results.reduce((sum, { taken }) => sum + taken, 0)).toBe(100);
      expect(new Set(results.map(({ first }) => first)).size).toBe(1);
    } finally {
      await pool.terminate();
    }
  });

  test('an update is one step: nobody sees half of it', async () => {
    const dict = await manager.dict<string, number>({ a: 0, b: 0 });
    const pool = new Pool(1);
    const watch = async (d: typeof dict): Promise<boolean> => {
      for (let n = 0; n < 200; n++) {
        const values = await d.values();
        if (values[0] !== values[1]) return false;
      }
      return true;
    };
    try {
      const watching = pool.apply(watch, [dict]);
      let isOver = false;
      void watching.finally(() => (isOver = true)).catch(() => undefined);
      for (let n = 1; !isOver; n++) await dict.update({ a: n, b: n });
      expect(await watching).toBe(true);
    } finally {
      await pool.terminate();
    }
  });
});
