import { describe, expect, test } from '@jest/globals';
import { fileURLToPath } from 'node:url';
import { Pool, PoolClosedError, taskModule } from 'granule';
import { rest, threadsOf, until, upTo } from '../../fixtures/faults/survivors.js';
import { ThreadWatch } from '../../fixtures/faults/watch-threads.js';
import { run } from '../../package/folder.js';
import { Gate, reaches, sharedWords } from '../../support/gate.js';
import { HeldGrace } from '../../support/grace.js';

const stubborn = taskModule<typeof import('../../fixtures/faults/stubborn.js')>(
  new URL('../../fixtures/faults/stubborn.js', import.meta.url),
);
const ends = taskModule<typeof import('../../fixtures/faults/ends.js')>(
  new URL('../../fixtures/faults/ends.js', import.meta.url),
);
const { runSlowly } = taskModule<typeof import('../../fixtures/faults/items.js')>(
  new URL('../../fixtures/faults/items.js', import.meta.url),
);
const { loadedAtLast } = taskModule<typeof import('../../fixtures/faults/loads-slowly.js')>(
  new URL('../../fixtures/faults/loads-slowly.js', import.meta.url),
);
const { listen } = taskModule<typeof import('../../fixtures/faults/loading-signal.js')>(
  new URL('../../fixtures/faults/loading-signal.js', import.meta.url),
);
const { pass } = taskModule<typeof import('../../fixtures/pool/gates.js')>(
  new URL('../../fixtures/pool/gates.js', import.meta.url),
);

/** What has settled by now, without waiting for the rest. */
async function settledOf(promises: readonly Promise<unknown>[]): Promise<boolean[]> {
  const settled = promises.map(() => false);
  promises.forEach((promise, i) => {
    const note = (): void => void (settled[i] = true);
    promise.then(note, note);
  });
  await new Promise((resolve) => setImmediate(resolve));
  return settled;
}

describe('terminate()', () => {
  test('rejects every call now, while their threads still run', async () => {
    using watch = new ThreadWatch();
    const pool = new Pool(2);
    const words = sharedWords(3);
    const running = [pool.apply(stubborn.spin, [words]), pool.apply(stubborn.spin, [words])];
    await reaches(words, 0, 2);
    const waiting = [
      pool.apply(() => 1),
      pool.map((x: number) => x, upTo(10)),
      pool.mapSettled((x: number) => x, upTo(10)),
      pool.parallelFor(() => undefined, 10),
      pool.broadcast(() => 1),
      pool.imap((x: number) => x, upTo(10)).next(),
      pool.applyAsync(() => 1).get(),
      pool.ready(),
    ];
    const ended = pool.terminate();
    const calls = [...running, ...waiting];
    expect(await settledOf([...calls, ended])).toEqual([...calls.map(() => true), false]);
    expect(watch.alive.size).toBe(2);
    for (const call of calls) await expect(call).rejects.toBeInstanceOf(PoolClosedError);
    await ended;
    expect(watch.alive.size).toBe(0);
  });

  test('lets a task end by itself that asks currentTask().aborted', async () => {
    using _grace = new HeldGrace();
    const pool = new Pool(2);
    const words = sharedWords(3);
    const calls = [pool.apply(stubborn.spinUntilAborted, [words]), pool.apply(stubborn.pollUntilAborted, [words])];
    const outcomes = Promise.allSettled(calls);
    await reaches(words, 0, 2);
    await pool.terminate();
    expect(words[2]).toBe(2);
    for (const outcome of await outcomes) {
      expect(outcome).toMatchObject({ status: 'rejected', reason: { code: 'ERR_GRANULE_POOL_CLOSED' } });
    }
  });

  test.each([
    ['loops', stubborn.spin],
    ['sleeps', stubborn.sleep],
    ['awaits', stubborn.neverSettle],
  ])('ends a thread whose task %s for ever', async (_, task) => {
    using watch = new ThreadWatch();
    const pool = new Pool(2);
    const words = sharedWords(3);
    const call = pool.apply(task, [words]).catch((error: unknown) => error);
    await reaches(words, 0, 1);
    await pool.terminate();
    expect(await call).toBeInstanceOf(PoolClosedError);
    expect(watch.alive.size).toBe(0);
  });

  test('ends a thread that is kept busy by a callback of a task which is long over', async () => {
    using watch = new ThreadWatch();
    const pool = new Pool(1);
    const words = sharedWords(3);
    await pool.apply(stubborn.spinOnceDone, [words]);
    await reaches(words, 0, 1);
    await pool.terminate();
    expect(watch.alive.size).toBe(0);
  });

  test('ends a thread whose initializer never returns', async () => {
    using watch = new ThreadWatch();
    const words = sharedWords(3);
    const pool = new Pool({ threads: 1, initializer: stubborn.spin, initargs: [words] });
    const call = pool.apply(() => 1).catch((error: unknown) => error);
    await reaches(words, 0, 1);
    await pool.terminate();
    expect(await call).toBeInstanceOf(PoolClosedError);
    expect(watch.alive.size).toBe(0);
  });

  test('called a second time ends them at once, without the grace', async () => {
    const patient = new Pool(1);
    const hasty = new Pool(1);
    const words = sharedWords(3);
    const calls = [patient, hasty].map((pool) => pool.apply(stubborn.spin, [words]).catch(() => undefined));
    await reaches(words, 0, 2);
    const order: string[] = [];
    const first = patient.terminate().then(() => order.push('after its grace'));
    const second = Promise.all([hasty.terminate(), hasty.terminate()]).then(() => order.push('at once'));
    await Promise.all([first, second, ...calls]);
    expect(order).toEqual(['at once', 'after its grace']);
  });

  test('resolves however often it is called, before, between and after', async () => {
    const pool = new Pool(2);
    await pool.apply(() => 1);
    await Promise.all([pool.terminate(), pool.terminate(), pool.join(), pool.terminate()]);
    await Promise.all([pool.terminate(), pool.join()]);
    await expect(pool.apply(() => 1)).rejects.toBeInstanceOf(PoolClosedError);
    pool.close();
  });

  test('after close() rejects the calls that were let go on', async () => {
    const pool = new Pool(1);
    const words = sharedWords(3);
    const call = pool.apply(stubborn.spin, [words]).catch((error: unknown) => error);
    await reaches(words, 0, 1);
    pool.close();
    const joined = pool.join();
    expect(await settledOf([joined])).toEqual([false]);
    await pool.terminate();
    await joined;
    expect(await call).toBeInstanceOf(PoolClosedError);
  });
});

describe('terminate() while threads come and go', () => {
  test.each([1, 2])('ends threads that start, called %d times', async (times) => {
    using watch = new ThreadWatch();
    for (let round = 0; round < 5; round++) {
      const pool = new Pool(3);
      const call = pool.map((x: number) => x, upTo(10)).catch((error: unknown) => error);
      for (let turn = 0; turn < round; turn++) await new Promise((resolve) => setTimeout(resolve, 10));
      await Promise.all(upTo(times).map(() => pool.terminate()));
      // The last rounds may have been done in time.
      expect([PoolClosedError, Array]).toContain((await call)?.constructor);
      expect(watch.alive.size).toBe(0);
    }
  });

  test('ends the replacement of a thread that has just ended', async () => {
    using watch = new ThreadWatch();
    for (let round = 0; round < 5; round++) {
      const pool = new Pool(2);
      const dead = pool.apply(ends.exit, [1]).catch(() => undefined);
      await pool.apply(() => 1);
      if (round % 2 === 0) await dead;
      await pool.terminate();
      await dead;
      expect(watch.alive.size).toBe(0);
    }
  });

  test('resolves when the tasks end their threads themselves, in their grace', async () => {
    using watch = new ThreadWatch();
    const pool = new Pool(2);
    const gate = new Gate();
    const exiting = upTo(2).map((item) => pool.apply(ends.exitAtGate, [item, gate.words]));
    const calls = exiting.map((call) => call.catch((error: unknown) => error));
    await gate.arrived(2);
    const ended = pool.terminate();
    gate.open();
    await ended;
    for (const call of calls) expect(await call).toBeInstanceOf(PoolClosedError);
    expect(watch.alive.size).toBe(0);
  });

  test('lets a module finish that loads', async () => {
    using watch = new ThreadWatch();
    const words = sharedWords(1);
    const pool = new Pool({ threads: 1, initializer: listen, initargs: [words] });
    const call = pool.apply(loadedAtLast).catch((error: unknown) => error);
    await reaches(words, 0, 1);
    await Promise.all([pool.terminate(), pool.terminate()]);
    expect(await call).toBeInstanceOf(PoolClosedError);
    expect(watch.alive.size).toBe(0);
  });

  test('does not bring the program down when it ends a thread in the top-level await of a module', async () => {
    const program = fileURLToPath(new URL('../../fixtures/faults/programs/terminate-loading.js', import.meta.url));
    const { code, stdout, stderr } = await run(process.execPath, [program], '.');
    expect([stdout, stderr, code]).toEqual(['once\ntwice\nabort\nthe end\n', '', 0]);
  });
});

describe('an iterator of a pool that is terminated', () => {
  test('rejects the pulls that wait, then ends; its source is closed', async () => {
    const pool = new Pool(1);
    const words = sharedWords(3);
    let closed = false;
    function* source(): Generator<Int32Array> {
      try {
        for (;;) yield words;
      } finally {
        closed = true;
      }
    }
    const results = pool.imap(stubborn.spin, source());
    const pulls = [results.next(), results.next(), results.next()];
    await reaches(words, 0, 1);
    const ended = pool.terminate();
    await expect(pulls[0]).rejects.toBeInstanceOf(PoolClosedError);
    expect(await Promise.all(pulls.slice(1))).toEqual([1, 2].map(() => ({ done: true, value: undefined })));
    expect(await results.next()).toEqual({ done: true, value: undefined });
    expect(closed).toBe(true);
    await ended;
  });

  test('rejects the next pull when nobody was waiting, then ends', async () => {
    const pool = new Pool(2);
    const results = pool.imap((x: number) => x * 2, upTo(1000), { chunksize: 1, bufferSize: 4 });
    expect((await results.next()).value).toBe(0);
    await threadsOf(pool);
    await pool.terminate();
    let failures = 0;
    const values = await (async (): Promise<number> => {
      for (let got = 0; ; got++) {
        try {
          if ((await results.next()).done === true) return got;
        } catch (error) {
          expect(error).toBeInstanceOf(PoolClosedError);
          failures++;
          got--;
        }
      }
    })();
    expect(failures).toBe(1);
    expect(values).toBeLessThan(10);
    expect(await rest(results)).toEqual([]);
  });
});

describe('close() and join(), while threads are lost', () => {
  test('wait for the replacement to do the rest', async () => {
    using watch = new ThreadWatch();
    const pool = new Pool(2);
    const runs = sharedWords(300);
    const map = pool.map(runSlowly, upTo(300), { args: [runs] });
    const deaths = upTo(3).map(() => pool.apply(ends.exit, [2]).catch(() => 'lost'));
    await until(() => Atomics.load(runs, 0) === 1);
    pool.close();
    await pool.join();
    expect(await map).toEqual(upTo(300).map((item) => item * 10));
    expect(await Promise.all(deaths)).toEqual(['lost', 'lost', 'lost']);
    expect([...runs]).toEqual(new Array(300).fill(1));
    expect(watch.alive.size).toBe(0);
  });

  test('wait for a task that was given up and is in its grace', async () => {
    using watch = new ThreadWatch();
    const pool = new Pool(1);
    const words = sharedWords(3);
    const controller = new AbortController();
    const call = pool.apply(stubborn.spin, [words], { signal: controller.signal });
    await reaches(words, 0, 1);
    controller.abort(new Error('given up'));
    await expect(call).rejects.toThrow('given up');
    pool.close();
    await pool.join();
    expect(watch.alive.size).toBe(0);
  });

  test('`await using` ends a pool whose threads were all lost', async () => {
    using watch = new ThreadWatch();
    const gate = new Gate();
    {
      await using pool = new Pool(2);
      const calls = upTo(2).map((item) => pool.apply(ends.exitAtGate, [item, gate.words]).catch(() => 'lost'));
      await gate.arrived(2);
      gate.open();
      expect(await Promise.all(calls)).toEqual(['lost', 'lost']);
      expect(await pool.apply(pass, ['alive', gate.words])).toBe('alive');
    }
    expect(watch.alive.size).toBe(0);
  });
});
