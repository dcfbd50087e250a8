import { afterEach, describe, expect, test } from '@jest/globals';
import { setImmediate as turn } from 'node:timers/promises';
import { inspect } from 'node:util';
import { BrokenBarrierError } from 'granule';
import { Barrier } from '#lib/sync/barrier.js';
import { Semaphore } from '#lib/sync/semaphore.js';
import { endThreads, startTickless as start, Steps } from './start.js';

afterEach(endThreads);

describe('Barrier', () => {
  test('4 threads, blocked and async, 300 rounds: all pass each together, places 0 to 3 one each', async () => {
    const barrier = new Barrier(4);
    const arrived = new Int32Array(new SharedArrayBuffer(4));
    const results = await Promise.all([
      start('meet', barrier, 300, arrived).result,
      start('meet', barrier, 300, arrived).result,
      start('meetAsync', barrier, 300, arrived).result,
      start('meetAsync', barrier, 300, arrived).result,
    ]);
    expect(results.map((result) => result.astray)).toEqual([0, 0, 0, 0]);
    expect(results.reduce((sum, result) => sum + result.places, 0)).toBe(300 * (0 + 1 + 2 + 3));
    expect(barrier.waiting).toBe(0);
  }, 180_000);

  test('async functions of one thread meet in it, and it says who waits', async () => {
    const barrier = new Barrier(3);
    const first = [barrier.waitAsync(), barrier.waitAsync()];
    expect(barrier.waiting).toBe(2);
    expect(inspect(barrier)).toBe('Barrier { waiting: 2, parties: 3 }');
    expect(barrier.wait()).toBe(2);
    expect(barrier.waiting).toBe(0);
    expect(await Promise.all(first)).toEqual([0, 1]);
    expect(await Promise.all([barrier.waitAsync(), barrier.waitAsync(), barrier.waitAsync()])).toEqual([0, 1, 2]);
  });

  test('one party passes at once', async () => {
    const barrier = new Barrier(1);
    expect(barrier.wait()).toBe(0);
    expect(barrier.wait(0)).toBe(0);
    expect(await barrier.waitAsync()).toBe(0);
  });

  test('more threads than parties: each round takes as many as fit', async () => {
    const barrier = new Barrier(2);
    const places = await Promise.all(Array.from({ length: 100 }, () => barrier.waitAsync()));
    expect(places.filter((place) => place === 0)).toHaveLength(50);
    expect(places.filter((place) => place === 1)).toHaveLength(50);
  });

  test('abort() breaks it for who waits and who comes, until reset()', async () => {
    const barrier = new Barrier(3);
    const steps = new Steps();
    const blocked = start('waitAt', barrier, undefined, steps.words);
    const here = barrier.waitAsync();
    void here.catch(() => undefined);
    await steps.reached(0);
    while (barrier.waiting < 2) await turn();
    barrier.abort();
    barrier.abort();
    await expect(here).rejects.toThrow(BrokenBarrierError);
    await expect(blocked.result).rejects.toMatchObject({ code: 'ERR_GRANULE_BROKEN_BARRIER' });
    expect(barrier.broken).toBe(true);
    expect(barrier.waiting).toBe(0);
    expect(inspect(barrier)).toBe('Barrier { broken, parties: 3 }');
    expect(() => barrier.wait()).toThrow('The barrier is broken: call reset() before it is used again');
    await expect(barrier.waitAsync()).rejects.toThrow(BrokenBarrierError);
    barrier.reset();
    expect(barrier.broken).toBe(false);
    expect(await Promise.all([barrier.waitAsync(), barrier.waitAsync(), barrier.waitAsync()])).toEqual([0, 1, 2]);
  });

  test('reset() while some wait: they get the error, and it is as new', async () => {
    const barrier = new Barrier(2);
    barrier.reset();
    const early = barrier.waitAsync();
    barrier.reset();
    // The new round is over before the old waiter comes to look.
    const [first, second] = [barrier.waitAsync(), barrier.wait()];
    await expect(early).rejects.toThrow(BrokenBarrierError);
    expect(await first).toBe(0);
    expect(second).toBe(1);
  });

  test('a blocked wait is broken by reset(), though the next round completes at once', async () => {
    const barrier = new Barrier(2);
    const steps = new Steps();
    for (let round = 1; round <= 5; round++) {
      const blocked = start('waitAt', barrier, undefined, steps.words);
      await steps.reached(0, round);
      while (barrier.waiting < 1) await turn();
      barrier.reset();
      void barrier.waitAsync();
      barrier.wait();
      await expect(blocked.result).rejects.toMatchObject({ code: 'ERR_GRANULE_BROKEN_BARRIER' });
    }
  });

  test('a wait that times out breaks it, for itself too', async () => {
    const barrier = new Barrier(2);
    const steps = new Steps();
    const here = barrier.waitAsync();
    void here.catch(() => undefined);
    barrier.reset();
    await expect(here).rejects.toThrow('The barrier was reset while this thread waited');
    await expect(start('waitAt', barrier, 1, steps.words).result).rejects.toThrow(/broken/);
    expect(barrier.broken).toBe(true);
    barrier.reset();
    await expect(barrier.waitAsync({ timeout: 1 })).rejects.toThrow(BrokenBarrierError);
    barrier.reset();
    expect(() => barrier.wait(0)).toThrow(BrokenBarrierError);
    expect(barrier.broken).toBe(true);
  });

  test("the constructor's timeout is for waits that say nothing", async () => {
    const barrier = new Barrier(2, { timeout: 1 });
    expect(() => barrier.wait()).toThrow(BrokenBarrierError);
    barrier.reset();
    await expect(barrier.waitAsync({})).rejects.toThrow(BrokenBarrierError);
    barrier.reset();
    await expect(barrier.waitAsync({ signal: new AbortController().signal })).rejects.toThrow(BrokenBarrierError);
    barrier.reset();
    const patient = barrier.waitAsync({ timeout: Infinity });
    const steps = new Steps();
    await start('waitAt', barrier, undefined, steps.words).result;
    expect(await patient).toBe(0);
  });

  test('an aborted wait rejects with its reason, and breaks it for the others', async () => {
    const barrier = new Barrier(3);
    const abort = new AbortController();
    const settled = Promise.allSettled([barrier.waitAsync({ signal: abort.signal }), barrier.waitAsync()]);
    abort.abort('enough');
    expect(await settled).toMatchObject([{ reason: 'enough' }, { reason: expect.any(BrokenBarrierError) }]);
    expect(barrier.broken).toBe(true);
    barrier.reset();
    await expect(barrier.waitAsync({ signal: AbortSignal.abort('before') })).rejects.toBe('before');
    expect(barrier.broken).toBe(false); // it never came in
  });

  test('the action runs once a round, in the last to arrive, before any is let go', async () => {
    const rounds = new Int32Array(new SharedArrayBuffer(12));
    const permits = new Semaphore(0);
    const barrier = new Barrier(2, {
      action: (words: Int32Array, semaphore: { release(): void }) => {
        words[0]++;
        semaphore.release();
      },
      args: [rounds, permits],
    });
    const arrived = new Int32Array(new SharedArrayBuffer(4));
    const threads = [start('meet', barrier, 50, arrived), start('meetAsync', barrier, 50, arrived)];
    expect((await Promise.all(threads.map((thread) => thread.result))).map(({ astray }) => astray)).toEqual([0, 0]);
    expect(rounds[0]).toBe(50);
    expect(permits.value).toBe(50);
  });

  test('an action that throws: its thread gets the error, the others a broken barrier', async () => {
    const barrier = new Barrier(2, { action: () => { throw new RangeError('not today'); } });
    const first = barrier.waitAsync();
    void first.catch(() => undefined);
    expect(() => barrier.wait()).toThrow('not today');
    await expect(first).rejects.toThrow(BrokenBarrierError);
    expect(barrier.broken).toBe(true);
  });

  test('an action that closes over something says so, also in the thread that made the barrier', () => {
    const outside = 5;
    const barrier = new Barrier(1, { action: () => void outside.toFixed() });
    expect(() => barrier.wait()).toThrow(/outside is not defined: .*cannot close over variables/);
  });

  test('abort() and reset() while the action runs break that round', () => {
    const self: { barrier?: Barrier } = {};
    (globalThis as Record<string, unknown>)['self for the action'] = self;
    const barrier = new Barrier(1, {
      action: () => {
        (globalThis as unknown as Record<string, { barrier: Barrier }>)['self for the action'].barrier.reset();
      },
    });
    self.barrier = barrier;
    expect(() => barrier.wait()).toThrow('The barrier was broken or reset while its action ran');
    expect(barrier.broken).toBe(false);
  });

  test.each([
    [0, RangeError],
    [-1, RangeError],
    [1.5, RangeError],
    [65_536, RangeError],
    ['2', TypeError],
    [undefined, TypeError],
  ])('refuses %p parties', (parties, type) => {
    expect(() => new Barrier(parties as number)).toThrow(type);
    expect(() => new Barrier(parties as number)).toThrow(/^Expected `parties` to be an integer from 1 to 65535, got /);
  });

  test('refuses actions that cannot be sent or awaited, and timeouts that are none', async () => {
    expect(() => new Barrier(1, { action: 5 as never })).toThrow('`action` to be a self-contained function, got 5');
    expect(() => new Barrier(1, { action: Math.max })).toThrow(TypeError);
    const slow = async (): Promise<void> => undefined;
    expect(() => new Barrier(1, { action: slow as () => void })).toThrow(/done when it returns/);
    expect(() => new Barrier(1, { action: () => undefined, args: 5 as never })).toThrow('`args` to be an array');
    expect(() => new Barrier(1, { timeout: -1 })).toThrow(RangeError);
    expect(() => new Barrier(1, 500 as never)).toThrow('`options` to be an object such as { timeout: 500 }, got 500');
    expect(() => new Barrier(1, null as never)).toThrow(TypeError);
    const barrier = new Barrier(2);
    for (const [timeout, type] of [[-1, RangeError], [NaN, RangeError], ['5', TypeError], [null, TypeError]] as const) {
      expect(() => barrier.wait(timeout as number)).toThrow(type);
      await expect(barrier.waitAsync({ timeout: timeout as number })).rejects.toThrow(type);
    }
    expect(inspect(barrier)).toBe('Barrier { waiting: 0, parties: 2 }'); // none came in
  });
});
