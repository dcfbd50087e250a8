import { fileURLToPath } from 'node:url';
import { inspect } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Manager, move, Pool, SerializationError, Value, type Remote } from 'granule';
import type * as accounts from '../fixtures/manager/account.js';

const module = new URL('../fixtures/manager/account.js', import.meta.url);

let manager: Manager;
beforeAll(async () => {
  manager = await Manager.start();
});
afterAll(() => manager.shutdown());

const openAccount = (...args: [string, number?]): Promise<Remote<accounts.Account>> =>
  manager.create<typeof accounts.Account>(module, 'Account', ...args);
const openExchange = (): Promise<Remote<accounts.Exchange>> =>
  manager.create<typeof accounts.Exchange>(module, 'Exchange');

test('a module that makes objects of its own as it loads is told so, instead of ever more managers', async () => {
  const place = new URL('../fixtures/manager/creates-as-it-loads.js', import.meta.url);
  await expect(manager.create(place, 'Account')).rejects.toMatchObject({
    code: 'ERR_GRANULE',
    message: expect.stringMatching(/^create\(Account\) cannot be called while a thread loads file:.*isMainThread/),
  });
});

describe('an object of a class', () => {
  test('is made in the manager’s thread, by URL, by its text, or by path', async () => {
    for (const place of [module, module.href, fileURLToPath(module)]) {
      const account = await manager.create<typeof accounts.Account>(place, 'Account', 'Ann', 10);
      expect(await account.deposit(5)).toBe(15);
    }
  });

  test('has its methods, async ones too, and its fields and accessors as promises', async () => {
    const account = await openAccount('Ann', 10);
    expect(await account.depositLater(1)).toBe(11);
    expect([await account.owner, await account.balance]).toEqual(['Ann', 11]);
  });

  test('has what its class inherits, and functions in its fields', async () => {
    const savings = await manager.create<typeof accounts.Savings>(module, 'Savings', 'Bob', 100);
    expect([await savings.addInterest(), await savings.rate, await savings.twice(4)]).toEqual([150, 0.5, 8]);
    expect('then' in savings).toBe(false);
    expect('constructor' in savings).toBe(true);
  });

  test('may be of a class as compilers for older engines write it', async () => {
    const old = await manager.create<new (n: number) => { double(): number }>(module, 'Old', 4);
    expect(await old.double()).toBe(8);
  });

  test('shows what it is', async () => {
    expect(inspect(await openAccount('Ann'))).toMatch(/^AccountProxy { manager: thread \d+, open }$/);
    expect(inspect(await manager.dict())).toMatch(/^DictProxy { manager: thread \d+, open }$/);
    expect(inspect(manager)).toMatch(/^Manager { thread: \d+, open }$/);
  });

  test('its calls through one proxy run in their order', async () => {
    const account = await openAccount('Ann');
    expect(await Promise.all([1, 2, 3, 4].map((amount) => account.deposit(amount)))).toEqual([1, 3, 6, 10]);
  });
});

describe('create rejects', () => {
  const create = (name: string, place: URL | string = module): Promise<unknown> => manager.create(place, name);

  test.each([
    ['missing', /^Expected a class 'missing' in file:.*account\.js, which has no export 'missing'\. The classes it /],
    ['missing', /exports: Account, Exchange, Old, Savings\.$/],
    ['notAClass', /exports a value of type number as 'notAClass'/],
    ['arrow', /exports a value of type function as 'arrow'/],
  ])('%s', async (name, message) => {
    await expect(create(name)).rejects.toThrow(message);
    await expect(create(name)).rejects.toMatchObject({ name: 'TypeError' });
  });

  test('a module that is not there, or does not load', async () => {
    const none = new URL('./none.js', import.meta.url);
    await expect(create('A', none)).rejects.toMatchObject({ code: 'ERR_MODULE_NOT_FOUND' });
    const throws = new URL('../../../spec/fixtures/tasks/throws-at-load.mjs', import.meta.url);
    await expect(create('A', throws)).rejects.toThrow();
  });

  test('a module that is none, before any thread is asked', async () => {
    await expect(create('A', './account.js')).rejects.toThrow(/^Expected a file: URL or an absolute path, got/);
    await expect(create(5 as never)).rejects.toThrow(/^Expected `name` to be the name of an exported class, got 5/);
  });

  test('what the constructor throws', async () => {
    await expect(openAccount('Ann', -1)).rejects.toThrow(new RangeError('Ann begins with -1'));
  });

  test('arguments that cannot cross', async () => {
    await expect(manager.create(module, 'Account', { f: () => 1 })).rejects.toThrow(/`args\[0\]\.f`/);
    await expect(manager.dict({ f: () => 1 })).rejects.toThrow(/`initial\.get\('f'\)`/);
    await expect(manager.list([1, Symbol('s')])).rejects.toThrow(/`initial\[1\]`/);
    await expect(manager.namespace({ deep: { f: () => 1 } })).rejects.toThrow(/`initial\.deep\.f`/);
  });
});

describe('values', () => {
  test('errors come back with class, properties, cause, task and both stacks', async () => {
    const account = await openAccount('Ann', 10);
    const overdraw = async (): Promise<unknown> => account.withdraw(11);
    const error = (await overdraw().catch((reason: unknown) => reason)) as Error;
    expect(error).toBeInstanceOf(RangeError);
    expect(error).toMatchObject({ message: 'not enough: 10', balance: 10, task: { name: 'Account.withdraw' } });
    expect(error.cause).toBeInstanceOf(TypeError);
    expect(error.stack).toMatch(/account\.js[^]*\[Account\.withdraw, thread \d+\][^]*create\.spec\.js/);
    expect(error.stack).not.toMatch(/comlink/);
  });

  test('what cannot cross is named by its path, on the way in and out; the object lives on', async () => {
    const exchange = await openExchange();
    const path = (text: string) => ({
      code: 'ERR_GRANULE_SERIALIZATION',
      message: expect.stringContaining(`\`${text}\``) as unknown,
    });
    await expect(exchange.keep({ a: [() => 1] })).rejects.toMatchObject(path('args[0].a[0]'));
    await expect(exchange.keep(manager)).rejects.toThrow(/send its objects' proxies/);
    await expect(exchange.handler()).rejects.toMatchObject(path('result.deep[0]'));
    await expect(exchange.promise()).rejects.toMatchObject(path('result.wait'));
    await expect(exchange.throwFunction()).rejects.toBeInstanceOf(SerializationError);
    await expect(exchange.keep(new SharedArrayBuffer(8))).resolves.toBeUndefined();
    const dict = await manager.dict<string, unknown>();
    await expect(dict.set('k', Symbol('s'))).rejects.toMatchObject(path('args[1]'));
    await expect(dict.update({ k: () => 1 })).rejects.toMatchObject(path("args[0].get('k')"));
    expect(await dict.size()).toBe(0);
  });

  test('a value that structured clone refuses at the post rejects the call', async () => {
    const exchange = await openExchange();
    const port = new MessageChannel().port1;
    await expect(exchange.keep([move(port as never), move(port as never)])).resolves.toBeUndefined();
    await expect(exchange.keep(move(port as never))).rejects.toMatchObject({ code: 'ERR_GRANULE_SERIALIZATION' });
    await exchange.keep(1);
    expect(await exchange.give()).toBe(1);
  });

  test('shareables inside arguments, results and what is kept are the same memory', async () => {
    const value = new Value('i', 1);
    const exchange = await openExchange();
    expect((await exchange.add(value, 2)).value).toBe(3);
    await exchange.keep({ deep: [value] });
    const { deep } = (await exchange.give()) as { deep: [Value] };
    deep[0].add(4);
    expect(value.value).toBe(7);
    const dict = await manager.dict({ value });
    (await dict.get('value'))!.add(1);
    expect(value.value).toBe(8);
  });

  test('plain data, Maps, Sets, Dates and errors arrive as structured clone has them', async () => {
    const exchange = await openExchange();
    const value = { m: new Map([[new Set([1]), /x/g]]), d: new Date(3), b: Uint8Array.of(1, 2), n: [NaN, -0, 1n] };
    await exchange.keep(value);
    expect(await exchange.give()).toStrictEqual(value);
    await exchange.keep(new RangeError('kept'));
    expect(await exchange.give()).toEqual(new RangeError('kept'));
  });

  test('move()d memory leaves', async () => {
    const exchange = await openExchange();
    const bytes = new Uint8Array(1000);
    expect(await exchange.size(move(bytes))).toBe(1000);
    expect(bytes.length).toBe(0);
  });
});

describe('proxies', () => {
  test('passed to methods of other objects, and of other managers’, are the same object', async () => {
    await using other = await Manager.start();
    const dict = await manager.dict({ a: 1, b: 2 });
    for (const home of [manager, other]) {
      const exchange = await home.create<typeof accounts.Exchange>(module, 'Exchange');
      expect(await exchange.total(dict)).toBe(3);
      await exchange.keep({ inner: [dict] });
      const { inner } = (await exchange.give()) as { inner: [typeof dict] };
      await inner[0].increment('a', 10);
      expect(await dict.get('a')).toBe(11);
      await dict.set('a', 1);
    }
  });

  test('pass to tasks in args, items and initargs, and back as results', async () => {
    const list = await manager.list<number>();
    const account = await openAccount('Ann');
    const pool = new Pool({
      threads: 2,
      initializer: (l: typeof list) => l.push(1),
      initargs: [list],
    });
    try {
      await pool.ready(); // each thread has pushed
      const add = async (amount: number, a: typeof account): Promise<typeof account> => {
        await a.deposit(amount);
        return a;
      };
      const back = await pool.map(add, [1, 2, 3, 4], { args: [account], chunksize: 1 });
      expect(await account.balance).toBe(10);
      expect(await Promise.all(back.map((proxy) => proxy.owner))).toEqual(['Ann', 'Ann', 'Ann', 'Ann']);
      const push = async ({ l }: { l: typeof list }): Promise<number> => l.push(7);
      await pool.map(push, [{ l: list }, { l: list }], { chunksize: 1 });
      const items = await list.slice();
      expect(items.filter((item) => item === 7)).toHaveLength(2);
      expect(items.filter((item) => item === 1)).toHaveLength(2);
      const made = await pool.apply(async (d: typeof list) => [d, { d }] as const, [list]);
      expect(await made[1].d.length()).toBe(items.length);
    } finally {
      await pool.terminate();
    }
  });

  test('pass on from thread to thread, also when the first has ended', async () => {
    const dict = await manager.dict<string, number>();
    const first = new Pool(1);
    const second = new Pool(1);
    try {
      const passed = await first.apply((d: typeof dict) => d, [dict]);
      await first.terminate();
      expect(await second.apply((d: typeof dict) => d.increment('n'), [passed])).toBe(1);
      expect(await dict.get('n')).toBe(1);
    } finally {
      await second.terminate();
    }
  });

  test('may be made by a manager that a task starts', async () => {
    const pool = new Pool(1);
    try {
      const nested = async (url: string): Promise<number> => {
        const granule = (await import(url)) as typeof import('granule');
        const inner = await granule.Manager.start();
        const dict = await inner.dict<string, number>();
        await dict.increment('n');
        const n = await dict.increment('n');
        await inner.shutdown();
        return n;
      };
      expect(await pool.apply(nested, [import.meta.resolve('granule')])).toBe(2);
    } finally {
      await pool.terminate();
    }
  });
});

describe('a released proxy', () => {
  test('rejects later calls and cannot be sent; calls under way are answered, other proxies live on', async () => {
    const dict = await manager.dict<string, unknown>({ a: 1 });
    await dict.set('self', dict);
    const other = (await dict.get('self')) as typeof dict;
    const underWay = dict.get('a');
    dict[Symbol.dispose]();
    dict[Symbol.dispose]();
    expect(await underWay).toBe(1);
    await expect(dict.get('a')).rejects.toThrow(/^dict\.get was called on a proxy that was released/);
    await expect(other.set('x', dict)).rejects.toThrow(/`args\[1\]`.*a proxy that was released/);
    expect(inspect(dict)).toMatch(/released/);
    expect(await other.get('a')).toBe(1);
  });
});
