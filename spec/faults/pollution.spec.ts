/** Keys that would change a prototype where somebody assigns them, on every way by which values cross. */
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { Manager, Pipe, Pool, Queue } from 'granule';

type Keyed = Record<string, unknown>;

/** Own properties, as JSON.parse and defineProperty make them. */
const text = `{
  "__proto__": { "polluted": 1 },
  "constructor": { "prototype": { "polluted": 2 } },
  "prototype": { "polluted": 3 },
  "list": [{ "__proto__": { "polluted": 4 } }]
}`;
const hostile = (): Keyed => JSON.parse(text) as Keyed;
function defined(): Keyed {
  const value = { value: { polluted: 1 }, enumerable: true, configurable: true, writable: true };
  return Object.defineProperty({}, '__proto__', value);
}

/** For a thread: what it got, told in a way that needs no property of it; and whether it has been polluted. */
const look = (value: unknown): unknown => {
  const told = (one: unknown): unknown =>
    one === null || typeof one !== 'object'
      ? one
      : Array.isArray(one)
        ? one.map(told)
        : {
            plain: Object.getPrototypeOf(one) === Object.prototype,
            entries: Object.getOwnPropertyNames(one).map((name) => [
              name,
              told(Object.getOwnPropertyDescriptor(one, name)!.value),
            ]),
          };
  const keys = Object.getOwnPropertyNames(Object.prototype).concat(Object.getOwnPropertyNames(Array.prototype));
  const innocent: Record<string, unknown> = {};
  const polluted = 'polluted' in innocent || 'polluted' in [] || 'polluted' in (() => undefined);
  return { value: told(value), polluted, keys: keys.length };
};
const identity = (value: unknown): unknown => value;
const here = (value: unknown): unknown => look(value);
const seen = here(hostile());

let pool: Pool;
const bare = Object.getOwnPropertyNames(Object.prototype);
beforeAll(() => {
  pool = new Pool(1);
});
afterEach(async () => {
  expect(Object.getOwnPropertyNames(Object.prototype)).toEqual(bare);
  expect('polluted' in {}).toBe(false);
  expect(await pool.apply(look, [1])).toMatchObject({ polluted: false });
});
afterAll(() => pool.terminate());

/** Sent as bytes, and, beside what bytes cannot hold, as a message. */
const ways: [string, () => readonly unknown[]][] = [
  ['as bytes', () => []],
  ['as a message', () => [new Int32Array(new SharedArrayBuffer(4))]],
];

describe.each(ways)('own keys __proto__, constructor and prototype, sent %s,', (_way, beside) => {
  test('arrive as own properties in arguments and items', async () => {
    expect(await pool.apply(look, [hostile(), ...beside()] as never)).toMatchObject(seen as object);
    expect(await pool.map(look, [hostile(), hostile()], { args: beside() })).toMatchObject([seen, seen]);
    const item = (_item: unknown, value: unknown): unknown => value;
    expect(here((await pool.map(item, [1], { args: [hostile(), ...beside()] }))[0])).toEqual(seen);
    expect(here(await pool.apply(identity, [defined(), ...beside()] as never))).toEqual(here(defined()));
  });

  test('and in results, of every kind of call', async () => {
    const both = (value: unknown, ...rest: unknown[]): unknown => (rest.length > 0 ? [value, rest[0]] : [value]);
    const value = (result: unknown): unknown => here((result as unknown[])[0]);
    const args = beside();
    expect(value(await pool.apply(both, [hostile(), ...args]))).toEqual(seen);
    expect(value((await pool.starmap(both, [[hostile(), ...args]]))[0])).toEqual(seen);
    for await (const result of pool.imap(both, [hostile()], { args })) expect(value(result)).toEqual(seen);
    for (const result of await pool.broadcast(both, [hostile(), ...args])) expect(value(result)).toEqual(seen);
  });
});

test('an error’s own properties arrive as such, its cause’s too', async () => {
  const fail = (keys: string): never => {
    const properties = Object.getOwnPropertyDescriptors(JSON.parse(keys) as object);
    const cause = Object.defineProperties(new RangeError('inside'), properties);
    throw Object.defineProperties(new Error('outside', { cause }), properties);
  };
  const error = (await pool.apply(fail, [text]).catch((reason: unknown) => reason)) as Error;
  for (const [one, type] of [[error, Error], [error.cause, RangeError]] as const) {
    expect(Object.getPrototypeOf(one)).toBe(type.prototype);
    expect(Object.getOwnPropertyDescriptor(one, '__proto__')?.value).toEqual({ polluted: 1 });
    expect(Object.getOwnPropertyDescriptor(one, 'prototype')?.value).toEqual({ polluted: 3 });
    expect((one as Keyed)['polluted']).toBeUndefined();
  }
  expect('polluted' in Error.prototype).toBe(false);
});

test('a thrown value that is no error arrives as it was', async () => {
  const fail = (value: unknown): never => {
    throw value;
  };
  expect(here(await pool.apply(fail, [hostile()]).catch((reason: unknown) => reason))).toEqual(seen);
});

test('values in queues and pipes arrive as they were, here and in a thread', async () => {
  const queue = new Queue<unknown>();
  queue.put(hostile());
  expect(here(queue.get())).toEqual(seen);
  const relay = async (from: Queue<unknown>, to: Queue<unknown>): Promise<void> => to.putAsync(await from.getAsync());
  queue.put(hostile());
  const back = new Queue<unknown>();
  await pool.apply(relay, [queue, back]);
  expect(here(await back.getAsync())).toEqual(seen);
  const [end, other] = Pipe<unknown>();
  end.send(hostile());
  expect(here(await other.recvAsync())).toEqual(seen);
  end.close();
  other.close();
});

describe('a manager', () => {
  let manager: Manager;
  beforeAll(async () => {
    manager = await Manager.start();
  });
  afterAll(() => manager.shutdown());

  test.each(['__proto__', 'constructor', 'prototype', 'hasOwnProperty'])('takes %s for a key as any', async (key) => {
    const dict = await manager.dict<string, unknown>();
    expect(await dict.has(key)).toBe(false);
    expect(await dict.get(key)).toBeUndefined();
    await dict.set(key, { polluted: 1 });
    expect(await dict.get(key)).toEqual({ polluted: 1 });
    expect(await dict.get('polluted')).toBeUndefined();
    expect(await dict.entries()).toEqual([[key, { polluted: 1 }]]);
    const namespace = await manager.namespace<Keyed>();
    await namespace.set(key, { polluted: 1 });
    expect(await namespace.get(key)).toEqual({ polluted: 1 });
    expect(await namespace.get('polluted')).toBeUndefined();
    expect(Object.hasOwn(await namespace.toObject(), key)).toBe(true);
  });

  test('keeps such keys of values, and of what its objects are made of', async () => {
    const list = await manager.list<unknown>([hostile()]);
    expect(here(await list.at(0))).toEqual(seen);
    const dict = await manager.dict<string, unknown>(hostile());
    expect(here(await dict.get('list'))).toEqual(here(hostile()['list']));
    expect(await dict.get('__proto__')).toEqual({ polluted: 1 });
    expect(await dict.get('polluted')).toBeUndefined();
    const other = await manager.dict<string, unknown>();
    expect(await other.has('polluted')).toBe(false);
  });
});

test('options are not read from a polluted value’s own __proto__', async () => {
  const options = JSON.parse('{ "__proto__": { "timeout": -1, "chunksize": -1 } }') as object;
  expect(await pool.map((x: number) => x * x, [1, 2], options)).toEqual([1, 4]);
});
