import type { Worker } from 'node:worker_threads';
import { describe, expect, test } from '@jest/globals';
import { Pool, taskModule } from 'granule';
import { FullPipe } from '../../fixtures/faults/full-pipe.js';
import { threadsOf, upTo } from '../../fixtures/faults/survivors.js';
import { ThreadWatch } from '../../fixtures/faults/watch-threads.js';
import { reaches, sharedWords } from '../../support/gate.js';
import { graceIsOver } from '../../support/grace.js';
import { openPool } from '../../support/pools.js';

const natives = taskModule<typeof import('../../fixtures/faults/natives.js')>(
  new URL('../../fixtures/faults/natives.js', import.meta.url),
);

/** The thread that has come to the task, by what it left in its words. */
function threadOf(watch: ThreadWatch, words: Int32Array): Worker {
  return [...watch.alive].find(({ threadId }) => threadId === words[1])!;
}

// Windows has no pipes with a path.
(process.platform === 'win32' ? describe.skip : describe)('a task that is given up inside a native call', () => {
  test('rejects at once; its seat is taken again only when the thread has exited', async () => {
    using watch = new ThreadWatch();
    using pipe = new FullPipe();
    const pool = openPool(2);
    await pool.ready();
    const words = sharedWords(3);
    const controller = new AbortController();
    const call = pool.apply(natives.fillPipe, [words, pipe.path], { signal: controller.signal });
    await pipe.entered();
    controller.abort(new Error('given up'));
    await expect(call).rejects.toThrow('given up');
    const order: string[] = [];
    threadOf(watch, words).once('exit', () => order.push('the thread exits'));
    // A broadcast needs every seat.
    const threads = threadsOf(pool);
    void threads.then(() => order.push('every seat answers'));
    await graceIsOver();
    order.push('the native call ends');
    pipe.letGo();
    expect((await threads).size).toBe(2);
    expect(await threads).not.toContain(words[1]);
    expect(order).toEqual(['the native call ends', 'the thread exits', 'every seat answers']);
  });

  test('disturbs no other call while its thread lives on', async () => {
    using watch = new ThreadWatch();
    using pipe = new FullPipe();
    const pool = openPool(2);
    await pool.ready();
    const words = sharedWords(3);
    const controller = new AbortController();
    const call = pool.apply(natives.fillPipe, [words, pipe.path], { signal: controller.signal });
    await pipe.entered();
    const zombie = threadOf(watch, words);
    controller.abort(new Error('given up'));
    await expect(call).rejects.toThrow('given up');
    const text = (x: number, round: number) => ({ x, round, text: `${x}`.repeat(50) });
    const use = async (round: number): Promise<void> => {
      const results = await pool.map(text, upTo(300), { args: [round] });
      expect(results).toEqual(upTo(300).map((x) => ({ x, round, text: `${x}`.repeat(50) })));
      const doubled = await pool.map((x: number) => x * 2, Float64Array.from(upTo(5000)));
      expect(doubled.every((value, i) => value === i * 2)).toBe(true);
    };
    await use(0);
    await graceIsOver();
    for (let round = 1; round < 4; round++) await use(round);
    expect(watch.alive).toContain(zombie);
    pipe.letGo();
    expect((await threadsOf(pool)).size).toBe(2);
    expect(watch.alive).not.toContain(zombie);
  });

  test('lets join() and terminate() wait for its thread, no matter how long the call takes', async () => {
    using watch = new ThreadWatch();
    using one = new FullPipe();
    using other = new FullPipe();
    const joined = new Pool(1);
    const terminated = new Pool(1);
    const words = [sharedWords(3), sharedWords(3)];
    const controller = new AbortController();
    const abandoned = [
      joined.apply(natives.fillPipe, [words[0], one.path], { signal: controller.signal }),
      terminated.apply(natives.fillPipe, [words[1], other.path]),
    ].map((call) => call.catch((error: Error) => error.name));
    await Promise.all([one.entered(), other.entered()]);
    const zombies = words.map((each) => threadOf(watch, each));
    controller.abort();
    let ended = 0;
    const ends = [terminated.terminate(), terminated.terminate()];
    joined.close();
    ends.push(joined.join());
    for (const end of ends) void end.then(() => ended++);
    expect(await Promise.all(abandoned)).toEqual(['AbortError', 'PoolClosedError']);
    await graceIsOver();
    expect(ended).toBe(0);
    expect(zombies.filter((zombie) => watch.alive.has(zombie))).toHaveLength(2);
    one.letGo();
    other.letGo();
    await Promise.all(ends);
    expect(zombies.filter((zombie) => watch.alive.has(zombie))).toEqual([]);
  });

  test('writes on into memory that it was given, and into none that another call is given', async () => {
    using watch = new ThreadWatch();
    const pool = openPool(2);
    await pool.ready();
    const words = sharedWords(3);
    const controller = new AbortController();
    const shared = new Uint8Array(new SharedArrayBuffer(1 << 18));
    const call = pool.apply(natives.fill, [words, shared], { signal: controller.signal });
    await reaches(words, 0, 1);
    const zombie = threadOf(watch, words);
    controller.abort(new Error('given up'));
    await expect(call).rejects.toThrow('given up');
    do {
      const zeros = await pool.map((x: number) => x, new Uint8Array(1 << 20));
      expect(zeros.some((value) => value !== 0)).toBe(false);
    } while (watch.alive.has(zombie));
  });
});
