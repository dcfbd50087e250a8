import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { describe, expect, test } from '@jest/globals';
import { fromShared, registerShareable, SHARE, toShared } from '#lib/tasks/shareable.js';
import { isShareable, isSharedHandle } from '#lib/tasks/shareable.js';
import { Counter, Pair } from '../fixtures/tasks/counter.js';

describe('toShared and fromShared', () => {
  test('give the same class over the same memory', () => {
    const counter = new Counter();
    const other = fromShared<Counter>(structuredClone(toShared(counter)));
    other.add(3);
    expect(other).toBeInstanceOf(Counter);
    expect(counter.value).toBe(3);
  });

  test('work across a thread that was started without granule', async () => {
    const counter = new Counter();
    const worker = new Worker(new URL('../fixtures/tasks/counter-thread.js', import.meta.url), {
      workerData: toShared(counter),
    });
    expect(await once(worker, 'exit')).toEqual([0]);
    expect(counter.value).toBe(1);
  });

  test('keep nested shareables, and one that is nested twice stays one', () => {
    const counter = new Counter();
    const pair = fromShared<Pair>(structuredClone(toShared(new Pair(counter, counter))));
    expect(pair).toBeInstanceOf(Pair);
    expect(pair.left).toBeInstanceOf(Counter);
    expect(pair.right).toBe(pair.left);
    pair.left.add(2);
    expect(counter.value).toBe(2);
  });

  test.each([undefined, null, 5, 'x', {}, [], new SharedArrayBuffer(1)])('toShared refuses %p', (value) => {
    expect(() => toShared(value as never)).toThrow(TypeError);
    expect(() => toShared(value as never)).toThrow(/Expected a Lock, a Value/);
  });

  test.each([undefined, null, 5, 'x', {}, [], { data: 1 }])('fromShared refuses %p', (value) => {
    expect(() => fromShared(value)).toThrow(TypeError);
    expect(() => fromShared(value)).toThrow(/Expected a handle that toShared\(\) made/);
  });

  test('fromShared names a class that it does not know', () => {
    const stranger = { [SHARE]: () => ({ type: 'Gadget', data: null }) };
    expect(() => fromShared(toShared(stranger))).toThrow(/'Gadget'.*different versions of granule/);
  });
});

describe('the registry', () => {
  test('keeps the class that came first', () => {
    registerShareable('Counter', () => ({ second: true }));
    expect(fromShared(toShared(new Counter()))).toBeInstanceOf(Counter);
  });

  test('tells shareables and handles from other values', () => {
    const counter = new Counter();
    expect(isShareable(counter)).toBe(true);
    expect(isSharedHandle(counter)).toBe(false);
    const handle = structuredClone(toShared(counter));
    expect(isShareable(handle)).toBe(false);
    expect(isSharedHandle(handle)).toBe(true);
    for (const other of [undefined, null, 1, {}, [], () => 1]) {
      expect(isShareable(other) || isSharedHandle(other)).toBe(false);
    }
  });
});
