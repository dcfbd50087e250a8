/** What the fuzz found, one by one. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import {
  Condition,
  Event,
  fromShared,
  Lock,
  Manager,
  Pipe,
  Pool,
  Queue,
  Semaphore,
  SharedArray,
  SharedMemory,
  SimpleQueue,
  toShared,
  Value,
  WorkerLostError,
} from 'granule';
import { openPool } from '../support/pools.js';

const own = new Error('thrown by the value itself');
const throws = (): never => {
  throw own;
};
const square = (x: number): number => x * x;

/** What looks like a signal. */
function signal(parts: object): AbortSignal {
  const silent = { aborted: false, addEventListener: () => undefined, removeEventListener: () => undefined };
  return Object.defineProperties(silent, Object.getOwnPropertyDescriptors(parts)) as unknown as AbortSignal;
}
const each = (value: unknown): never => value as never;
const construct = <T>(type: new () => T, ...args: unknown[]): T => Reflect.construct(type, args) as T;

describe('constructors take what they document, and not what they are made of', () => {
  test('a Queue of options is a TypeError', () => {
    expect(() => new Queue(each({ maxsize: 5 }))).toThrow(/^Expected `maxsize` to be an integer from 0/);
    expect(construct(SimpleQueue, { words: new Int32Array(64) }).size).toBe(0);
  });

  test('memory of the user’s own is no primitive', () => {
    const memory = new Int32Array(new SharedArrayBuffer(256));
    expect(() => new Semaphore(each(memory))).toThrow(/^Expected `value` to be an integer/);
    expect(construct(Lock, memory).locked).toBe(false);
    expect(construct(Event, 'set').isSet()).toBe(false);
    expect(() => new Value('i', each(memory))).toThrow(/^Expected `initial` to be an integer/);
    expect(() => new SharedArray(each({ code: 'i' }), 4)).toThrow(/^Expected `code` to be one of/);
    expect(() => new SharedMemory(each({ block: 1, heap: 2 }))).toThrow(/^Expected `name`/);
  });

  test('what only inherits from a Lock, or stands for one, is none', () => {
    const heir = Object.create(Lock.prototype) as Lock;
    for (const lock of [heir, new Proxy(new Lock(), {})]) {
      expect(() => new Condition(lock)).toThrow(/^Expected `lock` to be a Lock or an RLock/);
      expect(() => new Value('i', 0, { lock })).toThrow(/^Expected `lock` to be true, false/);
    }
    expect(() => toShared(heir)).toThrow(/^Expected a Lock, a Value or another object over shared memory/);
  });

  test('a WorkerLostError needs no more than its message', () => {
    expect(new WorkerLostError('gone')).toMatchObject({ message: 'gone', exitCode: undefined, threadId: undefined });
  });
});

describe('signals that are none, or misbehave', () => {
  const call = (pool: Pool, as: AbortSignal): Promise<unknown> => pool.apply(square, [3], { signal: as });

  test.each(['threads', 'inline'] as const)('settle the call, and leave the pool as it was (%s)', async (execution) => {
    const pool = openPool({ threads: 1, execution });
    await expect(call(pool, signal({ removeEventListener: undefined }))).rejects.toThrow(/to be an AbortSignal/);
    expect(await call(pool, signal({ removeEventListener: throws }))).toBe(9);
    // Under 'inline' the call may be over before anybody listens.
    const results = await Promise.allSettled([call(pool, signal({ addEventListener: throws }))]);
    expect(['thrown by the value itself', undefined]).toContain((results[0] as { reason?: Error }).reason?.message);
    await expect(
      call(pool, signal({ aborted: true, get reason() { return throws(); } })), // prettier-ignore
    ).rejects.toBe(own);
    expect(await pool.map(square, [1, 2])).toEqual([1, 4]);
    expect(pool.stats()).toMatchObject({ queued: 0, running: 0 });
  });

  test('an abort out of a getter of the arguments themselves is heard', async () => {
    const pool = openPool(1);
    const controller = new AbortController();
    const args = {
      get aborts() {
        controller.abort(own);
        return 1;
      },
    };
    const stays = (_args: unknown): Promise<never> => new Promise(() => undefined);
    await expect(pool.apply(stays, [args], { signal: controller.signal })).rejects.toBe(own);
    const queue = new Queue(1);
    queue.put(1);
    const other = new AbortController();
    const item = {
      get aborts() {
        other.abort(own);
        return 1;
      },
    };
    await expect(queue.putAsync(item, { signal: other.signal })).rejects.toBe(own);
  });

  test('fail the first next() of an imap, which then is over', async () => {
    const pool = openPool(1);
    let asked = 0;
    const fake = signal({ get aborted() { return asked++ > 0 ? throws() : false; } }); // prettier-ignore
    const results = pool.imap(square, [1, 2], { signal: fake });
    await expect(results.next()).rejects.toBe(own);
    expect(await results.next()).toEqual({ done: true, value: undefined });
  });
});

describe('sources whose results are none', () => {
  const results: [string, () => unknown, string][] = [
    ['throw as they are read', () => Object.defineProperty({}, 'done', { get: throws }), own.message],
    ['are no objects', () => 5, 'to give an object'],
    ['are not there', () => undefined, 'to give an object'],
  ];
  test.each(results)(
    'that %s fail the pull, sync and async, and the iterator is over',
    async (_what, next, message) => {
      const pool = openPool(1);
      const sources = [
        { [Symbol.iterator]: () => ({ next }) },
        { [Symbol.asyncIterator]: () => ({ next: async () => next() }) },
      ];
      for (const source of sources) {
        const squares = pool.imap(square, source as Iterable<number>);
        await expect(squares.next()).rejects.toThrow(message);
        expect(await squares.next()).toEqual({ done: true, value: undefined });
      }
    },
  );
});

describe('lists and memory that are not what they say', () => {
  test('an endless list of arguments is a RangeError, not an end of memory', async () => {
    const pool = openPool(1);
    const many = new Array<number>(2 ** 32 - 1);
    await expect(pool.apply(square, each(many))).rejects.toThrow(/at most 65535 arguments/);
    await expect(pool.map(square, [1], { args: many })).rejects.toThrow(RangeError);
    await expect(pool.starmap(square, [each(many)])).rejects.toThrow(/^Expected `items\[0\]`/);
  });

  test('a chunk of more items than there can be is one of all there are', async () => {
    const pool = openPool(2);
    for (const chunksize of [2 ** 31, 2 ** 32 + 1, 2 ** 53 - 1]) {
      for (const schedule of ['dynamic', 'guided', 'auto'] as const) {
        expect(await pool.map(square, [1, 2, 3], { chunksize, schedule })).toEqual([1, 4, 9]);
      }
    }
  });

  test('a length that lies does not get into a message', async () => {
    const pool = openPool(1);
    const liar = (length: number): never[] =>
      new Proxy([1, 2], {
        get: (array, name) => (name === 'length' ? length : (Reflect.get(array, name) as unknown)),
      }) as never[];
    await expect(pool.apply(square, each(liar(-1)))).rejects.toThrow(RangeError);
    expect(await pool.map(square, liar(-1))).toEqual([]);
    expect(await pool.map(square, liar(2))).toEqual([1, 4]);
  });

  test('memory that is gone, or has shrunk away, is a SerializationError for every call and execution', async () => {
    const gone = new Uint8Array(4);
    structuredClone(gone, { transfer: [gone.buffer] });
    const memory = Reflect.construct(ArrayBuffer, [64, { maxByteLength: 64 }]) as ArrayBuffer & {
      resize(n: number): void;
    };
    const shrunk = new Uint8Array(memory, 8, 8);
    memory.resize(4);
    const refusal = { code: 'ERR_GRANULE_SERIALIZATION' };
    for (const execution of ['threads', 'inline'] as const) {
      const pool = openPool({ threads: 1, execution });
      for (const items of [gone, shrunk]) {
        await expect(pool.map(square, items)).rejects.toMatchObject(refusal);
        await expect(pool.mapSettled(square, items)).rejects.toMatchObject(refusal);
        expect(() => pool.imap(square, items)).toThrow(expect.objectContaining(refusal));
      }
    }
    expect(() => new SharedArray('i', gone)).toThrow(TypeError);
  });

  test('a handle that holds itself, or holds no memory, is a TypeError', () => {
    const handle: Record<string, unknown> = { 'granule.shareable': 'Lock' };
    handle.data = [handle];
    expect(() => fromShared(handle)).toThrow(/nested without end/);
    expect(() => fromShared({ 'granule.shareable': 'Lock', data: undefined })).toThrow(/^Expected `handle`/);
  });
});

describe('options are read once, and values that cannot be shown are still named', () => {
  test('a timeout that is another one each time is told as it was', async () => {
    let reads = 0;
    const options = {
      get timeout() {
        return reads++ === 0 ? 1 : each(Symbol('again'));
      },
    };
    await expect(new Queue().getAsync(options)).rejects.toThrow('No item came within 1 ms:');
    const [end, other] = Pipe();
    reads = 0;
    await expect(end.recvAsync(options)).rejects.toThrow('within 1 ms');
    end.close();
    other.close();
  });

  test('an object whose inspection throws is what was wrong', async () => {
    const hidden = Object.create(Queue.prototype) as object;
    expect(() => new Event().wait(each(hidden))).toThrow(/^Expected `timeout` to be .*an object that cannot be shown/);
    await expect(openPool(1).apply(each(hidden))).rejects.toThrow(/^Expected `task` to be a function/);
  });
});

describe('an object that says of itself what granule’s classes say', () => {
  test.each(['share', 'carry', 'uncloneable'])('(granule.%s) is refused, and no other with it', async (sign) => {
    const pool = openPool(1);
    const pretender = {
      [Symbol.for(`granule.${sign}`)]: sign === 'uncloneable' ? 'leave it' : () => undefined,
      shared: 1,
    };
    const identity = (value: unknown): unknown => value;
    await pool.apply(identity, [[new Lock(), pretender]]).catch(() => undefined);
    const moving = new Int32Array(new SharedArrayBuffer(4)); // takes the message's way
    expect(await pool.apply((value: { a: object }, _words: unknown) => value.a, [{ a: {} }, moving])).toEqual({});
  });
});

describe('a manager’s keys and indices', () => {
  let manager: Manager;
  beforeAll(async () => {
    manager = await Manager.start();
  });
  afterAll(() => manager.shutdown());

  test('are checked where they are given', async () => {
    const namespace = await manager.namespace<Record<string, unknown>>();
    await expect(namespace.set(each({ own: 1 }), 1)).rejects.toThrow(/^Expected `key` to be a string/);
    const list = await manager.list([1, 2]);
    await expect(list.slice(each(2n))).rejects.toThrow(/^Expected `start` to be a number/);
    expect(await list.slice(-1)).toEqual([2]);
  });
});
