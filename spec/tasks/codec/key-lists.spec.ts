import { describe, expect, test } from '@jest/globals';
import { KeyList, KeyLists, KnownKeys, makeBlock } from '#lib/tasks/codec/key-lists.js';

describe('a reader of key lists', () => {
  /** A block as another thread would write it: the keys themselves are not read here. */
  const block = (thread: number, count: number): DataView => {
    const view = new DataView(makeBlock(new Uint8Array(4), 1)!.buffer);
    view.setUint32(0, thread, true);
    view.setUint32(4, count, true);
    return view;
  };
  const read = (known: KnownKeys, view: DataView, name: string): readonly string[] => {
    return known.read(view, 0, () => [name]).names;
  };

  test('reads a list once', () => {
    const known = new KnownKeys();
    expect(read(known, block(1, 5), 'first')).toEqual(['first']);
    expect(read(known, block(1, 5), 'again')).toEqual(['first']);
  });

  test('takes no list for another: of another thread, or one that falls on its place in the table', () => {
    const known = new KnownKeys();
    for (const [thread, count] of [[1, 5], [1 + 1024, 5], [1, 5], [1, 5 + 1024], [2, 5], [1, 6]]) {
      const name = `${thread} ${count}`;
      expect(read(known, block(thread, count), name)).toEqual([name]);
      expect(read(known, block(thread, count), 'again')).toEqual([name]);
    }
  });
});

describe('a writer of key lists', () => {
  const follow = (lists: KeyLists, keys: readonly string[]): KeyList | undefined => {
    let list: KeyList | undefined = lists.root;
    for (const key of keys) list = list?.step(key, lists);
    return list;
  };

  test('finds the list of the same keys in the same order, and of no others', () => {
    const lists = new KeyLists();
    const list = follow(lists, ['a', 'b']);
    expect(list?.path()).toEqual(['a', 'b']);
    expect(follow(lists, ['a', 'b'])).toBe(list);
    expect(follow(lists, ['b', 'a'])).not.toBe(list);
    expect(follow(lists, ['a'])).not.toBe(list);
    expect(follow(lists, ['a', 'b', ''])?.path()).toEqual(['a', 'b', '']);
  });

  test('keeps a bounded number of them, and comes to know new ones all the same', () => {
    const lists = new KeyLists();
    let kept = 0;
    for (let i = 0; i < 100_000; i++) if (follow(lists, [`dictionary ${i}`]) !== undefined) kept++;
    expect(kept).toBeLessThan(3000);
    const met = Array.from({ length: 10_000 }, (_, i) => {
      follow(lists, [`word ${i}`]);
      return follow(lists, ['id', 'name']);
    });
    expect(met.filter((list) => list !== undefined).length).toBeGreaterThan(5000);
  });

  test('gives each block a name of its own', () => {
    const [one, two] = [makeBlock(new Uint8Array(4), 1)!, makeBlock(new Uint8Array(4), 1)!];
    expect(one.slice(0, 8)).not.toEqual(two.slice(0, 8));
    expect(makeBlock(new Uint8Array(70_000), 1)).toBeUndefined();
  });
});
