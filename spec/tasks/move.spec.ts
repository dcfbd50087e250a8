import { open } from 'node:fs/promises';
import { transferableAbortController } from 'node:util';
import { MessageChannel } from 'node:worker_threads';
import { describe, expect, test } from '@jest/globals';
import { move } from 'granule';
import { isMoved, unmark } from '#lib/tasks/move.js';

describe('move', () => {
  test.each<[string, () => object]>([
    ['an ArrayBuffer', () => new ArrayBuffer(8)],
    ['a typed array', () => new Float64Array(2)],
    ['a DataView', () => new DataView(new ArrayBuffer(8))],
    ['a Buffer', () => Buffer.from('pooled')],
    ['a ReadableStream', () => new ReadableStream()],
    ['a WritableStream', () => new WritableStream()],
    ['a TransformStream', () => new TransformStream()],
    ['a transferable AbortSignal', () => transferableAbortController().signal],
  ])('marks %s and gives it back', (_, make) => {
    const value = make();
    expect(isMoved(value)).toBe(false);
    expect(move(value)).toBe(value);
    expect(isMoved(value)).toBe(true);
    unmark(value);
    expect(isMoved(value)).toBe(false);
  });

  test('marks a MessagePort', () => {
    const { port1, port2 } = new MessageChannel();
    expect(isMoved(move(port1))).toBe(true);
    expect(isMoved(port2)).toBe(false);
    port1.close();
  });

  test('marks a FileHandle', async () => {
    const file = await open(new URL(import.meta.url));
    try {
      expect(isMoved(move(file))).toBe(true);
    } finally {
      await file.close();
    }
  });

  test('marks a value, not its memory or its neighbours', () => {
    const view = new Uint8Array(8);
    move(view.subarray(2));
    expect(isMoved(view)).toBe(false);
    expect(isMoved(view.buffer)).toBe(false);
  });

  test('lets shared memory be: it is never copied', () => {
    const shared = new SharedArrayBuffer(8);
    const view = new Int32Array(shared);
    expect(move(shared)).toBe(shared);
    expect(move(view)).toBe(view);
    expect(isMoved(shared) || isMoved(view)).toBe(false);
  });

  test.each<[unknown, string]>([
    [5, 'got 5 (number)'],
    [null, 'got null'],
    [undefined, 'got undefined'],
    ['text', "got 'text' (string)"],
    [{ a: 1 }, 'got { a: 1 } (object)'],
    [[1, 2], 'got [ 1, 2 ] (array)'],
    [new Map(), 'got Map(0) {} (object)'],
    [() => 1, 'got a function'],
    [{ constructor: { name: 'FileHandle' } }, '(object)'],
  ])('refuses %p with a TypeError that shows it', (value, message) => {
    expect(() => move(value as object)).toThrow(TypeError);
    expect(() => move(value as object)).toThrow(message);
  });

  test('keeps the type', () => {
    const bytes: Uint8Array = move(new Uint8Array(1));
    expect(bytes).toHaveLength(1);
    // @ts-expect-error a primitive cannot move
    expect(() => move(1)).toThrow(TypeError);
  });
});

describe('isMoved', () => {
  test('is false for what cannot be marked', () => {
    for (const value of [undefined, null, 1, 'x', Symbol('s')]) expect(isMoved(value)).toBe(false);
  });
});
