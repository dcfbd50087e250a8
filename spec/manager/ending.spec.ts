import { inspect } from 'node:util';
import type { Worker } from 'node:worker_threads';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Manager, ManagerClosedError, Pool, type DictProxy, type Remote } from 'granule';
import { Gate, reaches, sharedWords } from '../support/gate.js';
import { startManager } from '../support/managers.js';
import { openPool } from '../support/pools.js';
import { threads } from '../support/threads.js';
import type * as misfortunes from '../fixtures/manager/misfortunes.js';
import type * as words from '../fixtures/manager/words.js';

const fixture = (name: string): URL => new URL(`../fixtures/manager/${name}.js`, import.meta.url);

const misfortuneOf = (manager: Manager): Promise<Remote<misfortunes.Misfortune>> =>
  manager.create<typeof misfortunes.Misfortune>(fixture('misfortunes'), 'Misfortune');

const uncaught = /\(an uncaught error, its cause\)\.$/;
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
    await expect(dict.get(1)).rejects.toThrow(/^dict\.get was not answered: the manager was shut down\.$/);
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
    ['exits', (m: Remote<misfortunes.Misfortune>) => m.exit(3), /\(exit code 3\)\.$/, undefined],
    ['exits later', (m: Remote<misfortunes.Misfortune>) => m.exitSoon(4), /\(exit code 4\)\.$/, undefined],
    ['throws', (m: Remote<misfortunes.Misfortune>) => m.throwSoon('alas'), uncaught, 'alas'],
    ['rejects', (m: Remote<misfortunes.Misfortune>) => m.rejectSoon(), uncaught, 'nobody listens'],
  ])('as it %s, calls reject and say why', async (_how, end, message, cause) => {
    const manager = await startManager();
    const misfortune = await misfortuneOf(manager);
    const dict = await manager.dict();
    const never = misfortune.never().catch((error: unknown) => error);
    await end(misfortune).catch(() => undefined);
    const error = (await never) as ManagerClosedError;
    expect(error).toBeInstanceOf(ManagerClosedError);
    expect(error.message).toMatch(message);
    expect((error.cause as Error | undefined)?.message).toBe(cause);
    await expect(dict.get(1)).rejects.toMatchObject(closed);
    await expect(manager.list()).rejects.toMatchObject(closed);
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

/** Park and Miller's generator: whole numbers from 0 up to `below`. */
function numbersFrom(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state * 48271) % 2147483647;
    return state % below;
  };
}
