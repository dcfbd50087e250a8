import { describe, expect, test } from '@jest/globals';
import { Arena } from '#lib/pool/arena.js';

const fitsAWord = (id: number): boolean => new Int32Array([id])[0] === id;

describe('the arena', () => {
  test('numbers memory that comes and goes within a word, however long the pool lives', () => {
    const arena = new Arena(-(2 ** 31) + 1);
    const lasting = [arena.first, arena.reserve(8), arena.reserve(8)].map(({ id }) => id);
    const passing = Array.from({ length: 5 }, () => arena.attach(new SharedArrayBuffer(8)).id);
    const ids = [...lasting, ...passing];
    expect(ids.filter(fitsAWord)).toEqual(ids);
    expect(new Set(ids).size).toBe(8);
  });

  test('uses a block again once it was released, and no other before', () => {
    const arena = new Arena();
    const first = arena.allocate(100);
    const second = arena.allocate(100);
    expect(second.offset).not.toBe(first.offset);
    arena.release(first);
    expect(arena.allocate(120)).toBe(first);
  });
});
