import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from '@jest/globals';
import { taskModule, WorkerLostError } from 'granule';
import { lost, threadsOf, upTo } from '../../fixtures/faults/survivors.js';
import { ThreadWatch } from '../../fixtures/faults/watch-threads.js';
import { openPool } from '../../support/pools.js';

const fixture = (file: string): URL => new URL(`../../fixtures/faults/${file}`, import.meta.url);
const { neverLoaded: exitsAsItLoads } = taskModule<typeof import('../../fixtures/faults/exits-as-it-loads.js')>(
  fixture('exits-as-it-loads.js'),
);
const { neverLoaded: throwsAsItLoads } = taskModule<typeof import('../../fixtures/faults/throws-as-it-loads.js')>(
  fixture('throws-as-it-loads.js'),
);
const { exit, throwLater } = taskModule<typeof import('../../fixtures/faults/ends.js')>(fixture('ends.js'));

interface Report {
  readonly outcomes: unknown[];
  readonly tried: { readonly before: number; readonly after: number };
  readonly alive: number;
}

/** Runs programs/start.ts; rejects unless the program ends by itself with code 0. */
function start(pool: object, flags: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<Report> {
  const args = [...flags, fileURLToPath(fixture('programs/start.js')), JSON.stringify(pool)];
  return new Promise((resolve, reject) => {
    execFile(process.execPath, args, { env: { ...process.env, ...env }, timeout: 150_000 }, (error, stdout, stderr) => {
      if (error === null) resolve(JSON.parse(stdout) as Report);
      else reject(new Error(`${error.message}\n${stdout}${stderr}`, { cause: error }));
    });
  });
}

/** All six calls were rejected, and threads were not tried for ever. */
function expectFailure({ outcomes, tried, alive }: Report, cause: unknown): void {
  const failure = cause === undefined ? { name: 'WorkerLostError' } : { name: 'WorkerLostError', cause };
  expect(outcomes).toEqual(new Array(6).fill(failure));
  expect(tried.before).toBeLessThanOrEqual(16);
  expect(tried.after).toBe(tried.before);
  expect(alive).toBe(0);
}

describe('when no thread can start, every call rejects and none is tried for ever', () => {
  test('because a module preloaded with --import throws', async () => {
    const report = await start({}, ['--import', fixture('preload-throws.js').href]);
    expectFailure(report, 'no thread starts here');
  });

  test('because a module preloaded by NODE_OPTIONS throws', async () => {
    const report = await start({}, [], { NODE_OPTIONS: `--import ${fixture('preload-throws.js').href}` });
    expectFailure(report, 'no thread starts here');
  });

  test('because a preloaded module ends the thread', async () => {
    expectFailure(await start({}, ['--import', fixture('preload-exits.js').href]), undefined);
  });

  // From Node 22 on V8 ends the whole program where a thread has no memory to start with: nothing granule could do.
  const mayRunOutAtStart = Number(process.versions.node.split('.')[0]) < 22;
  (mayRunOutAtStart ? test : test.skip)('because resourceLimits are too small for it', async () => {
    const report = await start({ resourceLimits: { maxOldGenerationSizeMb: 1 } }, []);
    expectFailure(report, expect.stringContaining('memory limit'));
  });
});

test('threads that start after others could not make the pool whole', async () => {
  const report = await start({}, ['--import', fixture('preload-stumbles.js').href]);
  expect(report.outcomes).toEqual(
    expect.arrayContaining([null, 'applied', { done: false, value: 1 }, [2, 4, 6], ['everywhere', 'everywhere']]),
  );
  expect(report.alive).toBe(0);
});

describe('an initializer', () => {
  test('that throws rejects every call with its error, and no thread is replaced for it', async () => {
    using watch = new ThreadWatch();
    const pool = openPool({
      threads: 2,
      initializer: () => {
        throw new RangeError('not today');
      },
    });
    for (let round = 0; round < 3; round++) {
      await expect(pool.ready()).rejects.toThrow('not today');
      await expect(pool.map((x: number) => x, upTo(10))).rejects.toThrow(RangeError);
      await expect(pool.imap((x: number) => x, upTo(10)).next()).rejects.toThrow('not today');
    }
    expect(watch.started).toBe(2);
  });

  test.each([
    ['exits', exit, 6],
    ['is awaited when an error is thrown in a callback', throwLater, 'not today'],
  ])('that %s rejects the calls with WorkerLostError, and no loop of threads begins', async (_, initializer, arg) => {
    using watch = new ThreadWatch();
    const pool = openPool({ threads: 2, initializer: initializer as typeof exit, initargs: [arg] });
    const calls = [pool.ready(), pool.apply(() => 1), pool.map((x: number) => x, upTo(10))];
    for (const call of calls) expect(await lost(call)).toBeInstanceOf(WorkerLostError);
    const { started } = watch;
    expect(started).toBeLessThanOrEqual(16);
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(watch.started - started).toBeLessThanOrEqual(2);
    await lost(pool.apply(() => 1));
  });
});

describe('a module that', () => {
  test('throws as it loads rejects each call with its own error; the threads live on', async () => {
    const pool = openPool(2);
    const before = await threadsOf(pool);
    for (let round = 0; round < 3; round++) {
      const good = pool.map((x: number) => x * 2, upTo(100));
      await expect(pool.apply(throwsAsItLoads)).rejects.toThrow(new RangeError('this module does not load'));
      await expect(pool.map(throwsAsItLoads, upTo(10))).rejects.toThrow('this module does not load');
      expect(await good).toEqual(upTo(100).map((x) => x * 2));
    }
    expect(await threadsOf(pool)).toEqual(before);
  });

  test('ends the thread as it loads rejects the calls that need it; others go on', async () => {
    using watch = new ThreadWatch();
    const pool = openPool(2);
    for (let round = 0; round < 3; round++) {
      const good = pool.map((x: number) => x * 2, upTo(100));
      const error = await lost(pool.apply(exitsAsItLoads));
      expect(error.exitCode).toBe(7);
      expect(error.message).toContain('neverLoaded');
      expect((await lost(pool.map(exitsAsItLoads, upTo(10)))).exitCode).toBe(7);
      expect((await lost(pool.imap(exitsAsItLoads, upTo(10)).next())).exitCode).toBe(7);
      expect(await good).toEqual(upTo(100).map((x) => x * 2));
    }
    expect((await threadsOf(pool)).size).toBe(2);
    // Each call that needs it costs the threads that were asked to run it, and those asked once more.
    expect(watch.started).toBeLessThanOrEqual(2 + 3 * 2 * (1 + 2 + 2));
  });
});
