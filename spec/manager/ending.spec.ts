import { inspect } from 'node:util';
import type { Worker } from 'node:worker_threads';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Manager, ManagerClosedError, Pool, Process, type DictProxy, type Remote } from 'granule';
import { Gate, reaches, sharedWords } from '../support/gate.js';
import { startManager } from '../support/managers.js';
import { openPool } from '../support/pools.js';
import { threads } from '../support/threads.js';
import type * as misfortunes from '../fixtures/manager/misfortunes.js';
import type * as words from '../fixtures/manager/words.js';

const fixture = (name: string): URL => new URL(`../fixtures/manager/${name}.js`, import.meta.url);

const misfortuneOf = (manager: Manager): Promise<Remote<misfortunes.Misfortune>> =>
  manager.create<typeof misfortunes.Misfortune>(fixture('misfortunes'), 'Misfortune');

const uncaught = /\(an uncaught error, its cause\)$/;
const closed = { code: 'ERR_GRANULE_MANAGER_CLOSED' };

let newest: Worker | undefined;
const note = (message: unknown): void => {
  newest = (message as { worker: Worker }).worker;
};
beforeAll(() => {
  subscribe('worker_threads', note);
});
afterAll(() => {
  unsubscribe('worker_threads', note);
});

describe('shutdown', () => {
  test('rejects calls under way and later ones, and may be called again', async () => {
    const manager = await startManager();
    const dict = await manager.dict();
    const misfortune = await misfortuneOf(manager);
    const calls = [misfortune.never(), dict.get(1), manager.list()];
    const underWay = calls.map((call) => call.catch((error: unknown) => error));
    const down = manager.shutdown();
    for (const error of await Promise.all(underWay)) expect(error).toBeInstanceOf(ManagerClosedError);
    await expect(dict.get(1)).rejects.toThrow(/^dict\.get was not answered: the manager was shut down$/);
    await down;
    await manager.shutdown();
    await expect(dict.set(1, 2)).rejects.toMatchObject(closed);
    await expect(manager.dict()).rejects.toMatchObject(closed);
    await expect(manager.create(fixture('misfortunes'), 'Misfortune')).rejects.toMatchObject(closed);
    expect([inspect(manager), inspect(dict)].every((text) => text.includes('closed'))).toBe(true);
    dict[Symbol.dispose]();
  });

  test('says where the call was made', async () => {
    const manager = await startManager();
    const misfortune = await misfortuneOf(manager);
    const call = misfortune.never().catch((error: unknown) => error);
    await manager.shutdown();
    expect(((await call) as Error).stack).toMatch(/^ManagerClosedError: Misfortune\.never.*\n.*ending\.spec\.js/);
  });

  test('is told to a proxy that lay unread in a busy thread when the manager ended', async () => {
    const manager = await startManager();
    const dict = await manager.dict<string, number>();
    const pool = openPool(1);
    const gate = new Gate();
    const inFront = pool.apply(async (gate: Int32Array) => {
      Atomics.add(gate, 0, 1);
      Atomics.notify(gate, 0);
      // Its event loop turns meanwhile, and after.
      while (Atomics.load(gate, 1) === 0) await new Promise((resolve) => setTimeout(resolve, 1));
      await new Promise((resolve) => setTimeout(resolve, 20));
    }, [gate.words]);
    await gate.arrived();
    const get = (_item: number, dict: DictProxy<string, number>): Promise<unknown> => dict.get('n');
    const waiting = [
      pool.map(get, [1], { args: [dict] }),
      pool.apply(get, [1, dict]),
    ].map((call) => call.catch((error: unknown) => error));
    await manager.shutdown();
    gate.open();
    await inFront;
    for (const call of waiting) expect(await call).toMatchObject(closed);
  });

  test('resolves when the thread has ended', async () => {
    const before = threads();
    await using manager = await Manager.start();
    expect(threads()).toBe(before + 1);
    await manager.shutdown();
    expect(threads()).toBe(before);
  });

  test('ends a thread that never comes back to its event loop', async () => {
    const manager = await startManager();
    const misfortune = await misfortuneOf(manager);
    const busy = sharedWords(1);
    const call = misfortune.block(busy).catch((error: unknown) => error);
    await reaches(busy, 0, 1);
    await manager.shutdown();
    expect(await call).toBeInstanceOf(ManagerClosedError);
  });

  test('waits for a module that is being loaded, in a top-level await', async () => {
    const manager = await startManager();
    const loading = sharedWords(2);
    await manager.create<typeof words.Words>(fixture('words'), 'Words', loading);
    const call = manager.create(fixture('loads-for-a-while'), 'Late').catch((error: unknown) => error);
    await reaches(loading, 0, 1);
    const down = manager.shutdown();
    expect(await call).toBeInstanceOf(ManagerClosedError);
    Atomics.store(loading, 1, 1);
    Atomics.notify(loading, 1);
    await down;
  });

  test('reaches the proxies that other threads hold', async () => {
    const manager = await startManager();
    const misfortune = await misfortuneOf(manager);
    const pool = openPool(2);
    const gate = new Gate();
    const hold = async (proxy: typeof misfortune, gateWords: Int32Array): Promise<string[]> => {
      const call = proxy.never().catch((error: Error) => `${error.name} ${(error as { code?: string }).code}`);
      Atomics.add(gateWords, 0, 1);
      Atomics.notify(gateWords, 0);
      const underWay = await call;
      return [String(underWay), await proxy.exit(0).catch((error: Error) => error.name)];
    };
    const held = pool.starmap(hold, [[misfortune, gate.words], [misfortune, gate.words]], { chunksize: 1 });
    await gate.arrived(2);
    await manager.shutdown();
    const both = ['ManagerClosedError ERR_GRANULE_MANAGER_CLOSED', 'ManagerClosedError'];
    expect(await held).toEqual([both, both]);
  });

  test('a proxy that is sent when its manager has ended arrives closed', async () => {
    const manager = await startManager();
    const dict = await manager.dict<string, number>();
    await manager.shutdown();
    const pool = openPool(1);
    const use = (d: typeof dict): Promise<unknown> => d.get('a').catch((error: Error) => error.name);
    expect(await pool.apply(use, [dict])).toBe('ManagerClosedError');
  });
});

describe('when the manager’s thread ends', () => {
  test.each([
    ['exits', (m: Remote<misfortunes.Misfortune>) => m.exit(3), /\(exit code 3\)$/, undefined],
    ['exits later', (m: Remote<misfortunes.Misfortune>) => m.exitSoon(4), /\(exit code 4\)$/, undefined],
    ['throws', (m: Remote<misfortunes.Misfortune>) => m.throwSoon('alas'), uncaught, 'RangeError' as const],
    ['rejects', (m: Remote<misfortunes.Misfortune>) => m.rejectSoon(), uncaught, 'TypeError' as const],
  ])('as it %s, calls reject and say why', async (_how, end, message, cause) => {
    const manager = await startManager();
    const misfortune = await misfortuneOf(manager);
    const dict = await manager.dict();
    const never = misfortune.never().catch((error: unknown) => error);
    await end(misfortune).catch(() => undefined);
    const error = (await never) as ManagerClosedError;
    expect(error).toBeInstanceOf(ManagerClosedError);
    expect(error.message).toMatch(message);
    const later = [dict.get(1), manager.list()].map((call) => call.catch((refused: unknown) => refused));
    for (const told of [error, ...(await Promise.all(later))]) {
      expect(told).toMatchObject({ ...closed, message: expect.stringMatching(message) });
      if (cause === undefined) expect(told).not.toHaveProperty('cause');
      else expect((told as Error).cause).toBeInstanceOf(globalThis[cause]);
    }
    await manager.shutdown();
  });

  test('every call settles, in every thread, wherever the end falls', async () => {
    const random = numbersFrom(20);
    const pool = new Pool(2);
    const use = async (dict: DictProxy<string, number>): Promise<{ answered: number; error: string }> => {
      let answered = 0;
      for (;;) {
        const calls = Array.from({ length: 8 }, () => dict.increment('n'));
        const settled = await Promise.allSettled(calls);
        const failed = settled.find((one) => one.status === 'rejected');
        answered += settled.filter((one) => one.status === 'fulfilled').length;
        if (failed !== undefined) return { answered, error: (failed.reason as { code: string }).code };
      }
    };
    try {
      for (let round = 0; round < 16; round++) {
        await using manager = await Manager.start();
        const worker = newest!;
        const dict = await manager.dict<string, number>();
        const misfortune = await misfortuneOf(manager);
        const held = pool.starmap(use, [[dict], [dict]], { chunksize: 1 });
        const own = use(dict);
        const growing = Promise.allSettled(Array.from({ length: 20 }, (_, i) => manager.list([i])));
        for (let calls = random(60); calls > 0; calls--) await dict.increment('m');
        switch (round % 4) {
          case 0:
            void worker.terminate();
            break;
          case 1:
            misfortune.exit(1).catch(() => undefined);
            break;
          case 2:
            misfortune.throwSoon('alas').catch(() => undefined);
            break;
          default:
            void manager.shutdown();
        }
        for (const { error } of [await own, ...(await held)]) expect(error).toBe(closed.code);
        await growing;
      }
    } finally {
      await pool.terminate();
    }
  });
});

describe('when a thread that holds proxies ends, with calls under way', () => {
  test('the object serves the others, and its manager goes on', async () => {
    const random = numbersFrom(5);
    const manager = await startManager();
    const dict = await manager.dict<string, number>();
    // Calls are carried out in their order: where n was counted up, the text has been set.
    const use = async (d: typeof dict): Promise<void> => {
      for (;;) await Promise.all([d.set('text', 1e9), d.increment('n'), d.entries()]);
    };
    for (let round = 0; round < 6; round++) {
      const children = [1, 2, 3].map(() => new Process({ target: use, args: [dict] }));
      for (const child of children) child.start();
      const before = await dict.increment('n', 0);
      while ((await dict.increment('n', 0)) < before + 1 + random(40));
      for (const child of children) child.kill();
      await Promise.all(children.map((child) => child.join()));
      expect(children.map(({ exitcode, error }) => [exitcode, error])).toEqual(children.map(() => [-9, undefined]));
      expect(await dict.get('text')).toBe(1e9);
    }
  });

  test('a call that is retried in another thread has its proxy there', async () => {
    const manager = await startManager();
    const dict = await manager.dict<string, number>();
    const pool = openPool(1);
    const use = async (d: typeof dict): Promise<number> => {
      const n = await d.increment('tries');
      if (n === 1) process.exit(3);
      return n;
    };
    expect(new Set(await pool.map(use, [dict, dict], { retries: 1, chunksize: 1 }))).toEqual(new Set([2, 3]));
    const held = await pool.map((_: number, d: typeof dict) => d.increment('n'), [1, 2], { args: [dict] });
    expect(held).toEqual([1, 2]);
  });
});

test('ten thousand calls under way are answered in their order, and rejected by an end', async () => {
  const manager = await startManager();
  const dict = await manager.dict<string, number>();
  const calls = Array.from({ length: 10_000 }, () => dict.increment('n'));
  expect(await Promise.all(calls)).toEqual(Array.from({ length: 10_000 }, (_, i) => i + 1));
  const late = Promise.allSettled(Array.from({ length: 10_000 }, () => dict.get('n')));
  await manager.shutdown();
  expect(new Set((await late).map(({ status }) => status))).toEqual(new Set(['rejected']));
});

/** Park and Miller's generator: whole numbers from 0 up to `below`. */
function numbersFrom(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state * 48271) % 2147483647;
    return state % below;
  };
}
