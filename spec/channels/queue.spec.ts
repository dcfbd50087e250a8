/** What a queue does in one thread, and what each kind of queue adds. */

import { inspect } from 'node:util';
import { afterAll, describe, expect, test } from '@jest/globals';
import { JoinableQueue, Pipe, Queue, SimpleQueue, Lock, move, SharedMemory, SharedArray, Value } from 'granule';
import { endCourier } from '#lib/channels/courier.js';

afterAll(endCourier);

const kinds = [
  { name: 'Queue', make: () => new Queue() },
  { name: 'SimpleQueue', make: () => new SimpleQueue() },
  { name: 'JoinableQueue', make: () => new JoinableQueue() },
];

const withCode = (code: string) => expect.objectContaining({ code: `ERR_GRANULE_${code}` }) as unknown;

describe.each(kinds)('$name', ({ name, make }) => {
  test('gives items in the order in which they were put, whatever they are', () => {
    const queue = make();
    const items = [
      1, -0, NaN, 1e300, -7, 'short', 'ü and 漢', 'x'.repeat(10_000), true, false, null, undefined, 12n, [1, 2, [3]],
      { a: { b: new Date(5) } }, new Map([['k', new Set([1])]]), /x/gi, Buffer.from('bytes'), Float64Array.of(1, 2),
    ];
    for (const item of items) queue.put(item);
    expect(queue.size).toBe(items.length);
    expect(items.map(() => queue.get(0))).toStrictEqual(items);
    expect(queue.empty).toBe(true);
  });

  test('copies at put()', () => {
    const queue = make();
    const item = { list: [1] };
    queue.put(item);
    item.list.push(2);
    const copy = queue.get();
    expect(copy).toEqual({ list: [1] });
  });

  test('keeps cycles, and what is shared within an item', () => {
    const queue = make();
    const item: Record<string, unknown> = { part: {} };
    item.again = item.part;
    item.self = item;
    queue.put(item);
    const copy = queue.get() as typeof item;
    expect(copy.self).toBe(copy);
    expect(copy.again).toBe(copy.part);
  });

  test('size, empty and full', () => {
    const queue = make();
    expect([queue.size, queue.empty, queue.full]).toEqual([0, true, false]);
    queue.put(1);
    queue.put('two');
    expect([queue.size, queue.empty, queue.full]).toEqual([2, false, false]);
  });

  test('an empty queue: QueueEmptyError after the timeout', async () => {
    const queue = make();
    expect(() => queue.get(0)).toThrow(withCode('QUEUE_EMPTY'));
    expect(() => queue.get(5)).toThrow(withCode('QUEUE_EMPTY'));
    await expect(queue.getAsync({ timeout: 5 })).rejects.toEqual(withCode('QUEUE_EMPTY'));
    await expect(queue.getAsync({ timeout: 0 })).rejects.toEqual(withCode('QUEUE_EMPTY'));
  });

  test('close(): no more puts; what is in it can be taken; then it says so', async () => {
    const queue = make();
    queue.put('last');
    queue.close();
    queue.close();
    expect(() => { queue.put(1); }).toThrow(withCode('QUEUE_CLOSED'));
    await expect(queue.putAsync(1)).rejects.toEqual(withCode('QUEUE_CLOSED'));
    expect(queue.get()).toBe('last');
    expect(() => queue.get()).toThrow(withCode('QUEUE_CLOSED'));
    await expect(queue.getAsync()).rejects.toEqual(withCode('QUEUE_CLOSED'));
  });

  test('iteration gives what comes and ends with the queue', async () => {
    const queue = make();
    queue.put(1);
    const seen: unknown[] = [];
    const loop = (async () => {
      for await (const item of queue) seen.push(item);
    })();
    await queue.putAsync(2);
    setTimeout(() => {
      queue.put(3);
      queue.close();
    }, 1);
    await loop;
    expect(seen).toEqual([1, 2, 3]);
  });

  test('leaving an iteration takes nothing more', async () => {
    const queue = make();
    [1, 2, 3].forEach((item) => { queue.put(item); });
    for await (const item of queue) {
      expect(item).toBe(1);
      break;
    }
    expect(queue.size).toBe(2);
  });

  test('async takers of one thread are served in their order; an abort takes nothing', async () => {
    const queue = make();
    const first = queue.getAsync();
    const controller = new AbortController();
    const aborted = queue.getAsync({ signal: controller.signal });
    const late = queue.getAsync({ timeout: 1 });
    const last = queue.getAsync();
    controller.abort(new Error('enough'));
    await expect(aborted).rejects.toThrow('enough');
    await expect(late).rejects.toEqual(withCode('QUEUE_EMPTY'));
    queue.put('a');
    queue.put('b');
    queue.put('c');
    expect([await first, await last]).toEqual(['a', 'b']);
    expect(queue.size).toBe(1);
    await expect(queue.getAsync({ signal: AbortSignal.abort('no') })).rejects.toBe('no');
    expect(queue.size).toBe(1);
  });

  test('refuses arguments that are none', async () => {
    const queue = make();
    expect(() => queue.get(-1)).toThrow(RangeError);
    expect(() => queue.get('1' as never)).toThrow(TypeError);
    expect(() => { queue.put(1, NaN); }).toThrow(RangeError);
    await expect(queue.getAsync({ timeout: -1 })).rejects.toThrow(RangeError);
    await expect(queue.putAsync(1, { signal: {} as never })).rejects.toThrow(TypeError);
    await expect(queue.putAsync(1, 5 as never)).rejects.toThrow(TypeError);
    expect(queue.size).toBe(0);
  });

  test('what cannot be copied is named by its path, and nothing is put', async () => {
    const queue = make();
    const { port1, port2 } = new MessageChannel();
    for (const [item, path] of [
      [{ handler: () => 1 }, 'item.handler'],
      [[1, { port: port1 }], 'item[1].port'],
      [{ bytes: move(new Uint8Array(4)) }, 'item.bytes'],
      [{ blob: new Blob(['x']) }, 'item.blob'],
      [{ ends: Pipe() }, 'item.ends[0]'],
      [new Map([['k', Promise.resolve(1)]]), "item.get('k')"],
    ] as const) {
      const error = { code: 'ERR_GRANULE_SERIALIZATION', message: expect.stringContaining(`\`${path}\``) as unknown };
      expect(() => { queue.put(item); }).toThrow(expect.objectContaining(error));
      await expect(queue.putAsync(item)).rejects.toMatchObject(error);
    }
    port1.close();
    port2.close();
    expect(queue.size).toBe(0);
    queue.put('goes on');
    expect(queue.get()).toBe('goes on');
  });

  test('a getter may not put', () => {
    const queue = make();
    const item = {
      get nested(): number {
        queue.put('inside');
        return 1;
      },
    };
    expect(() => { queue.put(item); }).toThrow(withCode('SERIALIZATION'));
    expect(queue.size).toBe(0);
  });

  test('shareables inside items are the same objects again', () => {
    const queue = make();
    const [lock, value, array] = [new Lock(), new Value('i', 3), new SharedArray('d', 4)];
    using block = new SharedMemory({ create: true, size: 16 });
    const shared = new Int32Array(new SharedArrayBuffer(16), 4, 2);
    queue.put(lock);
    queue.put({ lock, nested: [new Map([['value', value]]), { array, block }], twice: lock, queue, shared });
    expect(queue.get()).toBe(lock);
    const copy = queue.get() as Record<string, unknown>;
    expect(copy).toMatchObject({ lock: expect.anything() as unknown });
    expect(copy.lock).toBe(lock);
    expect(copy.twice).toBe(lock);
    expect(copy.queue).toBe(queue);
    const [map, { array: there, block: blockThere }] = copy.nested as [Map<string, unknown>, Record<string, unknown>];
    expect(map.get('value')).toBe(value);
    (there as SharedArray<'d'>).set(1, 5);
    expect(array.at(1)).toBe(5);
    expect(blockThere).toBe(block);
    (copy.shared as Int32Array)[0] = 9;
    expect(shared[0]).toBe(9);
    block.unlink();
  });

  test('shows itself', () => {
    const queue = make();
    queue.put(1);
    expect(inspect(queue)).toMatch(new RegExp(`^${name} \\{ size: 1, open`));
    queue.close();
    expect(inspect(queue)).toContain('closed');
  });
});

describe.each([
  { name: 'Queue', make: (maxsize: number) => new Queue<unknown>(maxsize) },
  { name: 'JoinableQueue', make: (maxsize: number) => new JoinableQueue<unknown>(maxsize) },
])('$name with a maxsize', ({ make }) => {
  test('counts items, whatever their size', () => {
    const queue = make(3);
    queue.put('x'.repeat(100_000));
    queue.put(1);
    expect(queue.full).toBe(false);
    queue.put(null);
    expect(queue.full).toBe(true);
    expect(inspect(queue)).toContain('maxsize: 3');
  });

  test('a full queue: QueueFullError after the timeout, and nothing is put', async () => {
    const queue = make(1);
    queue.put('only');
    expect(() => { queue.put(2, 0); }).toThrow(withCode('QUEUE_FULL'));
    expect(() => { queue.put(2, 5); }).toThrow(withCode('QUEUE_FULL'));
    await expect(queue.putAsync(2, { timeout: 0 })).rejects.toEqual(withCode('QUEUE_FULL'));
    await expect(queue.putAsync(2, { timeout: 5 })).rejects.toEqual(withCode('QUEUE_FULL'));
    const controller = new AbortController();
    const aborted = queue.putAsync(2, { signal: controller.signal });
    controller.abort(new Error('enough'));
    await expect(aborted).rejects.toThrow('enough');
    expect(queue.get()).toBe('only');
    expect(queue.size).toBe(0);
  });

  test('async puts wait for room, in their order, with the copies made at the calls', async () => {
    const queue = make(1);
    const item = { n: 1 };
    const puts = [queue.putAsync(item)];
    item.n = 2;
    puts.push(queue.putAsync(item));
    item.n = 3;
    puts.push(queue.putAsync(item), queue.putAsync(4));
    const got: unknown[] = [];
    for (let i = 0; i < 4; i++) got.push(await queue.getAsync());
    await Promise.all(puts);
    expect(got).toEqual([{ n: 1 }, { n: 2 }, { n: 3 }, 4]);
  });

  test('close() refuses puts that wait', async () => {
    const queue = make(1);
    queue.put(1);
    const waiting = queue.putAsync(2);
    queue.close();
    await expect(waiting).rejects.toEqual(withCode('QUEUE_CLOSED'));
  });

  test('maxsize is an integer from 0 up, and 0 is no limit', () => {
    expect(() => make(-1)).toThrow(RangeError);
    expect(() => make(1.5)).toThrow(RangeError);
    expect(() => make('3' as never)).toThrow(TypeError);
    expect(() => make(null as never)).toThrow(TypeError);
    const queue = make(0);
    queue.put(1);
    expect(queue.full).toBe(false);
  });
});

describe('JoinableQueue', () => {
  test('join() waits until all that was put is done', async () => {
    const queue = new JoinableQueue();
    expect(queue.join()).toBe(true);
    queue.put('a');
    queue.put('b');
    queue.get();
    queue.get();
    expect(queue.join(0)).toBe(false);
    expect(queue.join(5)).toBe(false);
    expect(await queue.joinAsync({ timeout: 5 })).toBe(false);
    const joined = queue.joinAsync();
    queue.taskDone();
    expect(queue.join(0)).toBe(false);
    queue.taskDone();
    expect(await joined).toBe(true);
    expect(queue.join()).toBe(true);
  });

  test('who waits is not overtaken by the next put', async () => {
    const queue = new JoinableQueue();
    queue.put(1);
    const joined = queue.joinAsync({ timeout: 60_000 });
    queue.taskDone();
    queue.put(2);
    expect(await joined).toBe(true);
    expect(queue.join(0)).toBe(false);
  });

  test('taskDone() once an item, and no more', () => {
    const queue = new JoinableQueue();
    expect(() => { queue.taskDone(); }).toThrow(RangeError);
    queue.put(1);
    queue.taskDone();
    expect(() => { queue.taskDone(); }).toThrow(/more often than items were put/);
  });

  test('joinAsync() can be aborted', async () => {
    const queue = new JoinableQueue();
    queue.put(1);
    const controller = new AbortController();
    const joined = queue.joinAsync({ signal: controller.signal });
    controller.abort(new Error('enough'));
    await expect(joined).rejects.toThrow('enough');
  });
});

test('a SimpleQueue has no limit, whatever is passed', () => {
  const queue = new (SimpleQueue as new (...args: unknown[]) => SimpleQueue)(1);
  queue.put(1);
  expect(queue.full).toBe(false);
  queue.put(2, 0);
  expect(queue.size).toBe(2);
});
