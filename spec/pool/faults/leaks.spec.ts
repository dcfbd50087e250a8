import { getEventListeners } from 'node:events';
import { fileURLToPath } from 'node:url';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, test } from '@jest/globals';
import { lost, until, upTo } from '../../fixtures/faults/survivors.js';
import { run } from '../../package/folder.js';
import { openPool } from '../../support/pools.js';

setFlagsFromString('--expose-gc');
const gc = runInNewContext('gc') as () => void;

const program = (name: string): string =>
  fileURLToPath(new URL(`../../fixtures/faults/programs/${name}.js`, import.meta.url));

describe('a program', () => {
  test('that maps 8 MB three hundred times and drops the results stays below a gigabyte', async () => {
    const { code, stdout, stderr } = await run(process.execPath, [program('resident')], '.');
    expect([code, stderr]).toEqual([0, '']);
    // 2.4 GB if nothing were ever collected; how much is held at most is up to V8.
    expect(Number(stdout)).toBeLessThan(1024);
  });

  test('that opens and closes many pools, of which some lose threads, keeps nothing of them', async () => {
    const { code, stdout } = await run(process.execPath, [program('remains')], '.');
    expect(code).toBe(0);
    const { before, after, started, alive } = JSON.parse(stdout) as Record<string, unknown>;
    expect(after).toEqual(before);
    expect(started).toBeGreaterThan(90);
    expect(alive).toBe(0);
  });
});

describe('an AbortSignal that serves many calls', () => {
  test('has no listener left once they are over, however they ended', async () => {
    const pool = openPool(2);
    const { signal } = new AbortController();
    for (let round = 0; round < 3; round++) {
      await pool.apply(() => 1, [], { signal });
      await pool.map((x: number) => x, upTo(10), { signal });
      await lost(pool.apply(() => process.exit(1), [], { signal }));
      await pool.apply(() => Promise.reject(new Error('no')), [], { signal }).catch(() => undefined);
      await pool.apply(() => new Promise(() => undefined), [], { signal, timeout: 20 }).catch(() => undefined);
      for await (const value of pool.imap((x: number) => x, upTo(10), { signal })) if (value === 4) break;
    }
    expect(getEventListeners(signal, 'abort')).toHaveLength(0);
  });

  test('has none left after it was aborted', async () => {
    const pool = openPool(2);
    const controller = new AbortController();
    const { signal } = controller;
    const never = (): Promise<never> => new Promise(() => undefined);
    const calls = upTo(20).map(() => pool.apply(never, [], { signal }).catch(() => 'gone'));
    const pull = pool.imap(never, upTo(10), { signal }).next().catch(() => 'gone');
    controller.abort();
    expect(new Set(await Promise.all([...calls, pull]))).toEqual(new Set(['gone']));
    expect(getEventListeners(signal, 'abort')).toHaveLength(0);
    await until(() => pool.stats().running === 0 && pool.stats().queued === 0);
  });

  test('has none left of iterators that were pulled once and forgotten: they are collected', async () => {
    const pool = openPool(2);
    const { signal } = new AbortController();
    const forgotten: WeakRef<object>[] = [];
    const pullOnce = async (): Promise<void> => {
      const results = pool.imap((x: number) => x, upTo(1000), { signal });
      expect(await results.next()).toEqual({ done: false, value: 0 });
      forgotten.push(new WeakRef(results));
    };
    for (let i = 0; i < 20; i++) await pullOnce();
    while (getEventListeners(signal, 'abort').length > 0) {
      await pool.apply(() => 0); // what a thread ran last is remembered until it runs something else
      gc();
    }
    expect(forgotten.filter((results) => results.deref() !== undefined)).toHaveLength(0);
  });

  test('rejects a pull that waits, also where nobody has the iterator', async () => {
    const pool = openPool(1);
    const controller = new AbortController();
    const silence = { next: () => new Promise<never>(() => undefined) };
    const silent: AsyncIterable<number> = { [Symbol.asyncIterator]: () => silence };
    const pull = (): Promise<unknown> => pool.imap((x: number) => x, silent, { signal: controller.signal }).next();
    const waits = pull().catch((error: unknown) => error);
    for (let i = 0; i < 5; i++) {
      await pool.apply(() => 0);
      gc();
    }
    controller.abort('enough');
    expect(await waits).toBe('enough');
  });
});
