import { describe, expect, test } from '@jest/globals';
import { Pool, taskModule, TimeoutError } from 'granule';
import { threadsOf, upTo } from '../../fixtures/faults/survivors.js';
import { ThreadWatch } from '../../fixtures/faults/watch-threads.js';
import { reaches, sharedWords } from '../../support/gate.js';
import { openPool } from '../../support/pools.js';

const natives = taskModule<typeof import('../../fixtures/faults/natives.js')>(
  new URL('../../fixtures/faults/natives.js', import.meta.url),
);

const calls: [string, (typeof natives)['derive']][] = [
  ['pbkdf2Sync', natives.derive],
  ['scryptSync', natives.deriveByScrypt],
];

describe('a task that is given up inside a native call', () => {
  test.each(calls)('(%s) rejects at once; its seat is taken again only when the thread has exited', async (_, task) => {
    using watch = new ThreadWatch();
    const pool = openPool(2);
    await pool.ready();
    const order: string[] = [];
    const words = sharedWords(3);
    const controller = new AbortController();
    const call = pool.apply(task, [words], { signal: controller.signal });
    await reaches(words, 0, 1);
    const zombie = [...watch.alive].find(({ threadId }) => threadId === words[1])!;
    zombie.once('exit', () => order.push('the thread exits'));
    controller.abort(new Error('given up'));
    await expect(call).rejects.toThrow('given up');
    order.push('the call rejects');
    // A broadcast needs every seat.
    const threads = await threadsOf(pool);
    order.push('every seat answers');
    expect(order).toEqual(['the call rejects', 'the thread exits', 'every seat answers']);
    expect(threads.size).toBe(2);
    expect(threads).not.toContain(words[1]);
  });

  test('disturbs no other call while its thread lives on', async () => {
    using watch = new ThreadWatch();
    const pool = openPool(2);
    await pool.ready();
    const words = sharedWords(3);
    const call = pool.apply(natives.derive, [words], { timeout: 100 });
    await reaches(words, 0, 1);
    const zombie = [...watch.alive].find(({ threadId }) => threadId === words[1])!;
    await expect(call).rejects.toThrow(TimeoutError);
    let rounds = 0;
    const text = (x: number, round: number) => ({ x, round, text: `${x}`.repeat(50) });
    do {
      const results = await pool.map(text, upTo(300), { args: [rounds] });
      expect(results).toEqual(upTo(300).map((x) => ({ x, round: rounds, text: `${x}`.repeat(50) })));
      const doubled = await pool.map((x: number) => x * 2, Float64Array.from(upTo(5000)));
      expect(doubled.every((value, i) => value === i * 2)).toBe(true);
      rounds++;
    } while (watch.alive.has(zombie));
    expect(rounds).toBeGreaterThan(1);
    expect((await threadsOf(pool)).size).toBe(2);
  });

  test('lets join() and terminate() wait for its thread, no matter how long the call takes', async () => {
    using watch = new ThreadWatch();
    const joined = new Pool(1);
    const terminated = new Pool(1);
    const words = sharedWords(3);
    const controller = new AbortController();
    const abandoned = [
      joined.apply(natives.derive, [words], { signal: controller.signal }),
      terminated.apply(natives.derive, [words]),
    ].map((call) => call.catch((error: Error) => error.name));
    await reaches(words, 0, 2);
    controller.abort();
    const ends = [terminated.terminate(), terminated.terminate()];
    joined.close();
    ends.push(joined.join());
    expect(await Promise.all(abandoned)).toEqual(['AbortError', 'PoolClosedError']);
    expect(watch.alive.size).toBeGreaterThan(0);
    await Promise.all(ends);
    expect(watch.alive.size).toBe(0);
  });

  test('writes on into memory that it was given, and into none that another call is given', async () => {
    using watch = new ThreadWatch();
    const pool = openPool(2);
    await pool.ready();
    const words = sharedWords(3);
    const controller = new AbortController();
    const shared = new Uint8Array(new SharedArrayBuffer(1 << 22));
    const call = pool.apply(natives.fill, [words, shared], { signal: controller.signal });
    await reaches(words, 0, 1);
    const zombie = [...watch.alive].find(({ threadId }) => threadId === words[1])!;
    controller.abort(new Error('given up'));
    await expect(call).rejects.toThrow('given up');
    do {
      const zeros = await pool.map((x: number) => x, new Uint8Array(1 << 20));
      expect(zeros.some((value) => value !== 0)).toBe(false);
    } while (watch.alive.has(zombie));
  });
});
