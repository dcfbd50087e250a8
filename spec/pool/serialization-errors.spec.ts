/** What cannot cross: an error that says where it is, at the call or for the item, and never a hang. */
import { createServer, Socket } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Pool, SerializationError, taskModule } from 'granule';

const { identity, echo, square } = taskModule<typeof import('../fixtures/pool/arithmetic.js')>(
  new URL('../fixtures/pool/arithmetic.js', import.meta.url),
);
const { here } = taskModule<typeof import('../fixtures/pool/counting.js')>(
  new URL('../fixtures/pool/counting.js', import.meta.url),
);
const { make, makeWhere } = taskModule<typeof import('../fixtures/pool/uncloneable.js')>(
  new URL('../fixtures/pool/uncloneable.js', import.meta.url),
);

let pool: Pool;
let threads: number[];
beforeAll(async () => {
  pool = new Pool(2);
  threads = await pool.broadcast(here);
});
afterAll(async () => {
  // After all that: the same threads, and none was lost.
  expect(await pool.broadcast(here)).toEqual(threads);
  expect(pool.stats()).toMatchObject({ lostThreads: 0, running: 0, queued: 0 });
  await pool.terminate();
});

const refusal = (path: string, what: string | RegExp = '') => ({
  code: 'ERR_GRANULE_SERIALIZATION',
  name: 'SerializationError',
  message: expect.stringMatching(
    new RegExp(`\`${path.replace(/[.[\]()'$]/g, '\\$&')}\`.*${typeof what === 'string' ? what : what.source}`),
  ) as unknown,
});

describe('an argument that cannot cross is named by its path', () => {
  const socket = new Socket();
  afterAll(() => {
    socket.destroy();
  });

  test('of apply', async () => {
    await expect(pool.apply(echo, [1, { socket }])).rejects.toMatchObject(refusal('args[1].socket', 'Socket'));
    await expect(pool.apply(identity, [() => 1])).rejects.toMatchObject(refusal('args[0]', 'function'));
    await expect(pool.apply(identity, [{ a: [1, { b: Symbol('s') }] }])).rejects.toMatchObject(
      refusal('args[0].a[1].b', /symbol Symbol\(s\)/),
    );
    await expect(pool.apply(identity, [new Map([['key', new WeakMap()]])])).rejects.toMatchObject(
      refusal("args[0].get('key')", 'WeakMap'),
    );
  });

  test('is a SerializationError of this module’s class', async () => {
    await expect(pool.apply(identity, [socket])).rejects.toBeInstanceOf(SerializationError);
  });

  test('an item, in a plain map, in starmap, in mapSettled', async () => {
    const items: unknown[] = Array.from({ length: 100 }, (_, i) => ({ i }));
    items[42] = { fn: () => 1 };
    await expect(pool.map(identity, items)).rejects.toMatchObject(refusal('items[42].fn', 'function'));
    await expect(pool.mapSettled(identity, items)).rejects.toMatchObject(refusal('items[42].fn', 'function'));
    const lists = items.map((item) => [0, item]);
    await expect(pool.starmap(echo, lists)).rejects.toMatchObject(refusal('items[42][1].fn', 'function'));
  });

  test('an item among those that go by message', async () => {
    const memory = new SharedArrayBuffer(4);
    const items: object[] = Array.from({ length: 50 }, () => ({ memory }));
    items[33] = { memory, handler: () => 1 };
    await expect(pool.map(identity, items)).rejects.toMatchObject(refusal('items[33].handler', 'function'));
    await expect(pool.map(identity, items, { chunksize: 10 })).rejects.toMatchObject(refusal('items[33].handler'));
  });

  test('an item of imap, which fails alone', async () => {
    const results = pool.imap(identity, [1, { fn: () => 1 }, 3]);
    expect((await results.next()).value).toBe(1);
    await expect(results.next()).rejects.toMatchObject(refusal('items[1].fn'));
    expect((await results.next()).value).toBe(3);
    await results.return!();
  });

  test('the `args` of a map', async () => {
    await expect(pool.map(identity, [1], { args: [2, { server: createServer() }] })).rejects.toMatchObject(
      refusal('args[1].server', 'Server'),
    );
    await expect(pool.parallelFor(identity as never, 10, { args: [Promise.resolve()] })).rejects.toMatchObject(
      refusal('args[0]', 'Promise'),
    );
  });

  test.each<[string, () => unknown]>([
    ['a Promise', () => Promise.resolve(1)],
    ['a WeakSet', () => new WeakSet()],
    ['a generator', () => (function* (): Generator<number> {})()],
    ['a Proxy', () => new Proxy({}, {})],
    ['a URL, of which clones keep nothing', () => new URL('http://example.org')],
    ['an AbortSignal', () => new AbortController().signal],
    ['a getter that throws', () => ({ get x(): never { throw new Error('no'); } })],
  ])('%s', async (_, value) => {
    await expect(pool.apply(identity, [value()])).rejects.toMatchObject({ code: 'ERR_GRANULE_SERIALIZATION' });
  });

  test('and starts nothing', async () => {
    const { completed, failed } = pool.stats();
    await expect(pool.map(square, [1, 2, (() => 3) as never])).rejects.toMatchObject(refusal('items[2]'));
    expect(pool.stats()).toMatchObject({ completed, failed, running: 0, queued: 0 });
  });
});

describe('a Pool as an argument', () => {
  test('is refused with what to do instead', async () => {
    await expect(pool.apply(identity, [pool])).rejects.toMatchObject(refusal('args[0]', 'Pool.*inside the task'));
    await expect(pool.map(identity, [{ pool }])).rejects.toMatchObject(refusal('items[0].pool', 'inside the task'));
  });
});

describe('a result that cannot cross', () => {
  test('fails its call, by its path', async () => {
    await expect(pool.apply(make, ['function'])).rejects.toMatchObject(refusal('result', 'function'));
    await expect(pool.apply(make, ['handler'])).rejects.toMatchObject(refusal('result.handler', 'function'));
    await expect(pool.apply(make, ['deep'])).rejects.toMatchObject(refusal('result.list[2].socket', 'Socket'));
    await expect(pool.apply(make, ['symbol'])).rejects.toMatchObject(refusal('result', 'symbol'));
    await expect(pool.apply(make, ['generator'])).rejects.toMatchObject(refusal('result'));
    await expect(pool.apply(make, ['port'])).rejects.toMatchObject(refusal('result.port', 'MessagePort'));
  });

  test('tells task, item and thread as any error of a task', async () => {
    const error = await pool.map(makeWhere, [0, 1, 2], { args: [2] }).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(SerializationError);
    expect(error).toMatchObject({ task: { name: 'makeWhere', index: 2, threadId: expect.any(Number) as unknown } });
    expect((error as Error).stack).toMatch(/serialization-errors\.spec\.js/);
  });

  test('fails only its own item', async () => {
    const results = await pool.mapSettled(makeWhere, Array.from({ length: 60 }, (_, i) => i), { args: [30] });
    expect(results.filter(({ status }) => status === 'rejected')).toEqual([results[30]]);
    expect(results[30]).toMatchObject({ reason: { code: 'ERR_GRANULE_SERIALIZATION' } });
    const seen: unknown[] = [];
    const lazy = pool.imap(makeWhere, [0, 1, 2], { args: [1] });
    for (let i = 0; i < 3; i++) {
      seen.push(await lazy.next().then(({ value }) => value as unknown, (error: { code: string }) => error.code));
    }
    expect(seen).toEqual([0, 'ERR_GRANULE_SERIALIZATION', 2]);
    await lazy.return!();
  });

  test('leaves the thread alive: the same one serves on', async () => {
    const single = new Pool(1);
    try {
      const before = await single.apply(here);
      for (const kind of ['function', 'handler', 'deep', 'symbol', 'generator', 'port'] as const) {
        await expect(single.apply(make, [kind])).rejects.toBeInstanceOf(SerializationError);
        expect(await single.apply(here)).toBe(before);
      }
      expect(single.stats()).toMatchObject({ lostThreads: 0, failed: 6, completed: 7 });
    } finally {
      await single.terminate();
    }
  });

  test('from an async task as well', async () => {
    const later = async (): Promise<unknown> => ({ handler: () => 1 });
    await expect(pool.apply(later)).rejects.toMatchObject(refusal('result.handler'));
  });
});

describe('something thrown that cannot cross', () => {
  test('is a SerializationError that shows it', async () => {
    await expect(pool.apply(make, ['throw'])).rejects.toMatchObject({
      code: 'ERR_GRANULE_SERIALIZATION',
      message: expect.stringContaining('threw something that is no error') as unknown,
    });
  });

  test('as a property of an error leaves the error what it is', async () => {
    const error = await pool.apply(make, ['throwRich']).catch((reason: unknown) => reason);
    expect(error).toMatchObject({ name: 'RangeError', message: 'rich', code: 'E_RICH' });
    expect(error).not.toHaveProperty('handler');
  });
});

describe('the pool afterwards', () => {
  test('works as before, on every lane', async () => {
    expect(await pool.map(square, [1, 2, 3])).toEqual([1, 4, 9]);
    expect(await pool.map(identity, [{ a: 1 }])).toEqual([{ a: 1 }]);
    const words = new Int32Array(new SharedArrayBuffer(4));
    expect(await pool.map(identity, [words])).toEqual([words]);
    expect(await pool.map(square, Int8Array.of(3))).toEqual(Int8Array.of(9));
  });
});

test('a getter that makes a call itself is told so, and the call around it is as it was', async () => {
  let inner: unknown;
  const call = (): number => {
    inner = pool.apply((x: unknown) => x, [{ x: 1 }]).catch((error: unknown) => error);
    return 5;
  };
  expect(await pool.apply((value: object) => value, [{ get size() { return call(); } }])).toEqual({ size: 5 });
  expect(await inner).toMatchObject({
    code: 'ERR_GRANULE_SERIALIZATION',
    message: 'A getter of a value that was being sent sent a value itself: read it beforehand',
  });
});
