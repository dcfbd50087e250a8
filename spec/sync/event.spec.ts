import { afterEach, describe, expect, test } from '@jest/globals';
import { inspect } from 'node:util';
import { Event } from '#lib/sync/event.js';
import { endThreads, startTickless as start, Steps } from './start.js';

afterEach(endThreads);

describe('Event', () => {
  test('lets go who waits and who comes, blocked and async, until it is cleared', async () => {
    const event = new Event();
    const steps = new Steps();
    const threads = [
      start('waitFor', event, undefined, steps.words),
      start('waitFor', event, undefined, steps.words),
      start('waitForAsync', event, steps.words),
    ];
    const here = [event.waitAsync(), event.waitAsync()];
    await steps.reached(0, 3);
    event.set();
    event.set();
    expect(await Promise.all(here)).toEqual([true, true]);
    expect(await Promise.all(threads.map((thread) => thread.result))).toEqual([true, true, true]);
    expect(event.wait()).toBe(true);
    expect(await event.waitAsync()).toBe(true);
    event.clear();
    event.clear();
    expect(event.isSet()).toBe(false);
    expect(event.wait(0)).toBe(false);
    expect(event.wait(1)).toBe(false);
    expect(await event.waitAsync({ timeout: 1 })).toBe(false);
  });

  test('who waits when it is set goes on, even if it is cleared at once', async () => {
    const event = new Event();
    const here = event.waitAsync();
    event.set();
    event.clear();
    expect(await here).toBe(true);
    expect(event.isSet()).toBe(false);
    expect(await event.waitAsync({ timeout: 0 })).toBe(false);
  });

  test.each(['answer', 'answerAsync'] as const)('no set is lost: 5000 pings and pongs (%s)', async (role) => {
    const ping = new Event();
    const pong = new Event();
    const other = start(role, ping, pong, 5_000);
    for (let i = 0; i < 5_000; i++) {
      ping.set();
      pong.wait();
      pong.clear();
    }
    await other.result;
  });

  test('a wait is aborted with the reason of its signal, and the others go on', async () => {
    const event = new Event();
    const abort = new AbortController();
    const aborted = event.waitAsync({ signal: abort.signal });
    const kept = event.waitAsync({ signal: new AbortController().signal });
    abort.abort('enough');
    await expect(aborted).rejects.toBe('enough');
    event.set();
    expect(await kept).toBe(true);
  });

  test('refuses a timeout that is none', async () => {
    const event = new Event();
    event.set();
    for (const [timeout, type] of [[-1, RangeError], [NaN, RangeError], ['5', TypeError], [null, TypeError]] as const) {
      expect(() => event.wait(timeout as number)).toThrow(type);
      await expect(event.waitAsync({ timeout: timeout as number })).rejects.toThrow(type);
    }
  });

  test('shows its state', () => {
    const event = new Event();
    expect(inspect(event)).toBe('Event { not set }');
    event.set();
    expect(inspect(event)).toBe('Event { set }');
  });
});
