import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { LONGEST_LEG, startTimer } from '#lib/pool/timer.js';

describe('a timer', () => {
  beforeEach(() => {
    jest.useFakeTimers({ doNotFake: ['nextTick', 'queueMicrotask'] });
  });
  afterEach(() => {
    jest.useRealTimers();
  });

  test.each([1, 250.5, LONGEST_LEG, LONGEST_LEG + 1, 3 * LONGEST_LEG + 10])('of %d ms expires once, then', (ms) => {
    const expire = jest.fn();
    startTimer(ms, expire);
    jest.advanceTimersByTime(ms - 1);
    expect(expire).not.toHaveBeenCalled();
    jest.advanceTimersByTime(2);
    expect(expire).toHaveBeenCalledTimes(1);
    expect(jest.getTimerCount()).toBe(0);
  });

  test('without end holds nothing', () => {
    startTimer(Infinity, () => {})();
    expect(jest.getTimerCount()).toBe(0);
  });

  test('is gone once cancelled, in its first leg or a later one, and may be cancelled again', () => {
    for (const after of [0, LONGEST_LEG + 5]) {
      const expire = jest.fn();
      const cancel = startTimer(2 * LONGEST_LEG, expire);
      jest.advanceTimersByTime(after);
      cancel();
      cancel();
      expect(jest.getTimerCount()).toBe(0);
      jest.advanceTimersByTime(3 * LONGEST_LEG);
      expect(expire).not.toHaveBeenCalled();
    }
  });
});
