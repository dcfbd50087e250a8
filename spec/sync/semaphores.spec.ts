import { afterEach, describe, expect, test } from '@jest/globals';
import { inspect } from 'node:util';
import { BoundedSemaphore } from '#lib/sync/bounded-semaphore.js';
import { Semaphore } from '#lib/sync/semaphore.js';
import { endThreads, startTickless as start, Steps } from './start.js';

afterEach(endThreads);

describe('Semaphore', () => {
  test('never more inside than it has permits: three, ten threads', async () => {
    const semaphore = new Semaphore(3);
    const inside = new Int32Array(new SharedArrayBuffer(8));
    await Promise.all(Array.from({ length: 10 }, () => start('crowd', semaphore, inside, 2_000).result));
    expect(inside[0]).toBe(0);
    expect(inside[1]).toBeLessThanOrEqual(3);
    expect(inside[1]).toBeGreaterThan(0);
    expect(semaphore.value).toBe(3);
  }, 120_000);

  test('release(n) lets n waiters in, blocked and async ones', async () => {
    const semaphore = new Semaphore(0);
    const steps = new Steps();
    const blocked = start('tryOnce', semaphore, undefined, steps.words);
    const waiters = [semaphore.acquireAsync(), semaphore.acquireAsync(), semaphore.acquireAsync()];
    await steps.reached(0);
    semaphore.release(3); // the thread gives its permit back
    expect(await Promise.all(waiters)).toEqual([true, true, true]);
    semaphore.release();
    expect(await blocked.result).toBe(true);
    expect(semaphore.value).toBe(1);
  });

  test('has no owner: any thread releases, and what a dead thread took stays taken', async () => {
    const semaphore = new Semaphore(2);
    await start('release', semaphore).result;
    expect(semaphore.value).toBe(3);
    const steps = new Steps();
    const dead = start('endHolding', semaphore, 'exit', steps.words);
    await dead.ended;
    expect(semaphore.value).toBe(2);
  });

  test.each([
    [-1, RangeError],
    [1.5, RangeError],
    [2 ** 31, RangeError],
    [NaN, RangeError],
    ['1', TypeError],
    [null, TypeError],
  ])('refuses the value %p', (value, type) => {
    expect(() => new Semaphore(value as number)).toThrow(type);
    expect(() => new Semaphore(value as number)).toThrow(/`value` to be an integer from 0 to 2147483647, got /);
  });

  test.each([[0], [-1], [0.5], [Infinity]])('refuses to release %p', (count) => {
    const semaphore = new Semaphore(1);
    expect(() => { semaphore.release(count); }).toThrow(RangeError);
    expect(semaphore.value).toBe(1);
  });

  test('refuses more permits than a word holds', () => {
    const semaphore = new Semaphore(2 ** 31 - 1);
    expect(() => { semaphore.release(); }).toThrow(RangeError);
    expect(semaphore.value).toBe(2 ** 31 - 1);
  });

  test('shows its value', () => {
    expect(inspect(new Semaphore(3))).toBe('Semaphore { value: 3 }');
  });
});

describe('BoundedSemaphore', () => {
  test('a release beyond the initial value is a RangeError, and changes nothing', () => {
    const semaphore = new BoundedSemaphore(2);
    expect(() => { semaphore.release(); }).toThrow(RangeError);
    expect(() => { semaphore.release(); }).toThrow('Expected at most 2 permits in the BoundedSemaphore, got 2 + 1');
    semaphore.acquire();
    expect(() => { semaphore.release(2); }).toThrow(RangeError);
    expect(semaphore.value).toBe(1);
    semaphore.release();
    expect(semaphore.value).toBe(2);
  });

  test('is a Semaphore, with a value of 1 unless told', () => {
    const semaphore = new BoundedSemaphore();
    expect(semaphore).toBeInstanceOf(Semaphore);
    expect(semaphore.value).toBe(1);
  });

  test.each([[-1], [0.5], [2 ** 31 - 1]])('refuses the value %p', (value) => {
    expect(() => new BoundedSemaphore(value)).toThrow(RangeError);
  });

  test('shows its value and bound', () => {
    const semaphore = new BoundedSemaphore(3);
    semaphore.acquire();
    expect(inspect(semaphore)).toBe('BoundedSemaphore { value: 2 of 3 }');
  });
});
