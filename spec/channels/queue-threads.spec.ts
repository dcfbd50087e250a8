/** Queues between threads. */

import { afterAll, afterEach, describe, expect, test } from '@jest/globals';
import { JoinableQueue, Lock, Process, Queue, SharedMemory, SimpleQueue, taskModule } from 'granule';
import { endCourier } from '#lib/channels/courier.js';
import type * as Roles from '../fixtures/channels/queue-roles.js';
import { reaches, sharedWords } from '../support/gate.js';
import { openPool } from '../support/pools.js';
import { watchProcesses } from '../support/processes.js';
import { endThreads, start } from './queue-start.js';

afterEach(endThreads);
afterAll(endCourier);

const roles = taskModule<typeof Roles>(new URL('../fixtures/channels/queue-roles.js', import.meta.url));

const upTo = (count: number): number[] => Array.from({ length: count }, (_, i) => i);

describe('between threads', () => {
  test('a blocked get() is woken by a put(), and a blocked put() by a get()', async () => {
    const queue = new Queue(1);
    const words = sharedWords(1);
    const getter = start('getOne', queue, words);
    await reaches(words, 0, 1);
    queue.put({ hello: 'there' });
    expect(await getter.result).toEqual({ hello: 'there' });
    queue.put(1);
    const putter = start('putOne', queue, words, 2);
    await reaches(words, 0, 2);
    expect(await queue.getAsync()).toBe(1);
    await putter.result;
    expect(await queue.getAsync()).toBe(2);
  });

  test('close() wakes blocked takers and putters', async () => {
    const [empty, full] = [new Queue(), new Queue(1)];
    full.put(1);
    const words = sharedWords(1);
    const blocked = [start('getOne', empty, words), start('getOne', empty, words), start('putOne', full, words, 2)];
    await reaches(words, 0, 3);
    empty.close();
    full.close();
    for (const { result } of blocked) await expect(result).rejects.toMatchObject({ code: 'ERR_GRANULE_QUEUE_CLOSED' });
  });

  test('timeouts of blocked threads', async () => {
    const queue = new Queue(1);
    const words = sharedWords(1);
    await expect(start('getOne', queue, words, 5).result).rejects.toMatchObject({ code: 'ERR_GRANULE_QUEUE_EMPTY' });
    queue.put(1);
    await expect(start('putOne', queue, words, 2, 5).result).rejects.toMatchObject({ code: 'ERR_GRANULE_QUEUE_FULL' });
  });

  test.each([
    { name: 'unbounded', maxsize: 0 },
    { name: 'maxsize 1', maxsize: 1 },
    { name: 'maxsize 7', maxsize: 7 },
  ])('two blocking and two async producers and consumers: each item once ($name)', async ({ maxsize }) => {
    const queue = new Queue<number>(maxsize);
    const each = 3_000;
    const consumers = [
      start('consume', queue),
      start('consume', queue),
      start('consumeAsync', queue),
    ];
    const here = (async () => {
      const got: number[] = [];
      for await (const item of queue) got.push(item);
      return got;
    })();
    const producers = [
      start('produce', queue, 0, each),
      start('produce', queue, each, each),
      start('produceAsync', queue, 2 * each, each),
    ];
    for (let i = 3 * each; i < 4 * each; i++) await queue.putAsync(i);
    await Promise.all(producers.map(({ result }) => result));
    queue.close();
    const got = await Promise.all([...consumers.map(({ result }) => result), here]);
    expect(got.flat().sort((a, b) => a - b)).toEqual(upTo(4 * each));
    // Of one producer, every consumer sees a part, in order.
    for (const items of got) {
      for (const from of [0, 1, 2, 3]) {
        const ofOne = items.filter((item) => Math.floor(item / each) === from);
        expect(ofOne).toEqual([...ofOne].sort((a, b) => a - b));
      }
    }
  });

  test('3 producers, 3 consumers: no consumer starves', async () => {
    const queue = new Queue<number>(100);
    const [least, share] = [40_000, 1_000];
    const taken = sharedWords(3);
    const consumers = [0, 1, 2].map((at) => start('consumeCounting', queue, taken, at));
    // They go on until each consumer has had its share, however late its thread comes to run: a starving one hangs it.
    const producers = [0, 1, 2].map(() => start('produceUntilAllHave', queue, least, taken, share));
    const put = await Promise.all(producers.map(({ result }) => result));
    queue.close();
    const got = await Promise.all(consumers.map(({ result }) => result));
    expect(Math.min(...got)).toBeGreaterThanOrEqual(share);
    expect(Math.min(...put)).toBeGreaterThanOrEqual(least);
    expect(got.reduce((sum, count) => sum + count)).toBe(put.reduce((sum, count) => sum + count));
  });

  test('items larger than the ring, and a ring that grows while others take', async () => {
    const queue = new Queue<Uint8Array | number>();
    const answers = new Queue<Uint8Array | number>();
    const echo = start('echo', queue, answers);
    const sizes = [10, 5_000, 3, 70_000, 4_095, 1_000_000, 1, 300_000];
    for (const [i, size] of sizes.entries()) {
      queue.put(new Uint8Array(size).fill(i + 1));
      queue.put(i);
    }
    for (const [i, size] of sizes.entries()) {
      const bytes = (await answers.getAsync()) as Uint8Array;
      expect(bytes).toHaveLength(size);
      expect(bytes.every((byte) => byte === i + 1)).toBe(true);
      expect(await answers.getAsync()).toBe(i);
    }
    queue.close();
    await echo.result;
  });

  test('a queue is the same object again, in a task and back', async () => {
    const queue = new Queue();
    const answers = new SimpleQueue();
    const echo = start('echo', queue, answers);
    queue.put({ queue, answers });
    const back = (await answers.getAsync()) as { queue: unknown; answers: unknown };
    expect(back.queue).toBe(queue);
    expect(back.answers).toBe(answers);
    queue.close();
    await echo.result;
  });

  test('JoinableQueue: join() blocks until threads have worked everything off', async () => {
    const queue = new JoinableQueue();
    const words = sharedWords(1);
    const workers = [start('workOff', queue, words), start('workOff', queue, words)];
    for (const item of upTo(500)) queue.put(item);
    expect(queue.join()).toBe(true);
    expect(Atomics.load(words, 0)).toBe(500);
    expect(await queue.joinAsync()).toBe(true);
    queue.close();
    await Promise.all(workers.map(({ result }) => result));
  });
});

describe('processes and pools', () => {
  watchProcesses();

  test('get queues at any depth, and talk by them while the main thread blocks', async () => {
    const [jobs, answers] = [new Queue<unknown>(2), new SimpleQueue<unknown>()];
    const children = [0, 1].map(() => new Process({ target: roles.echoIn, args: [{ queues: [jobs, answers] }] }));
    for (const child of children) child.start();
    for (let i = 0; i < 50; i++) jobs.put([i]); // two at a time: the processes take meanwhile
    jobs.close();
    const back = upTo(50).map(() => (answers.get(30_000) as [number])[0]);
    expect(back.sort((a, b) => a - b)).toEqual(upTo(50));
    await Promise.all(children.map((child) => child.join()));
    expect(children.map((child) => child.exitcode)).toEqual([0, 0]);
  });

  test('a queue that came through a queue works in a process that had never seen it', async () => {
    const line = new Queue<unknown>();
    const child = new Process({ target: roles.answerTo, args: [line] });
    child.start();
    const answers = new JoinableQueue<string>(1);
    line.put({ answers });
    expect(answers.get(30_000)).toBe('JoinableQueue');
    expect(answers.join(30_000)).toBe(true);
    await child.join();
  });

  test('tasks of a pool and processes share one', async () => {
    const pool = openPool(1);
    const [jobs, answers] = [new Queue<unknown>(), new Queue<unknown>()];
    const child = new Process({ target: roles.echoIn, args: [{ queues: [jobs, answers] }] });
    child.start();
    const task = pool.apply(roles.echoIn, [{ queues: [jobs, answers] }]);
    for (const i of upTo(100)) jobs.put(i);
    jobs.close();
    const back: unknown[] = [];
    for (let i = 0; i < 100; i++) back.push(await answers.getAsync());
    expect(back.sort((a, b) => Number(a) - Number(b))).toEqual(upTo(100));
    await Promise.all([task, child.join()]);
  });
});

describe('what lies in shared memory', () => {
  test('a lock reaches a thread that is blocked and has never seen it', async () => {
    const queue = new Queue<{ lock: Lock }>();
    const words = sharedWords(1);
    const taker = start('acquireWhatComes', queue, words);
    const lock = new Lock();
    queue.put({ lock });
    expect(await taker.result).toBe(true);
    expect(lock.locked).toBe(true);
  });

  test('and from one thread to others, also when the taker comes later', async () => {
    const queue = new Queue<{ lock: Lock; memory: Int32Array }>();
    const words = sharedWords(2);
    const owner = start('offerALock', queue, new Lock(), words);
    await reaches(words, 0, 1);
    const { lock, memory } = await queue.getAsync();
    expect(lock.locked).toBe(true);
    expect([...memory]).toEqual([7, 7]);
    Atomics.store(words, 1, 1);
    Atomics.notify(words, 1);
    await owner.result;
  });

  test('of a thread that has ended: SerializationError, and the queue goes on', async () => {
    const queue = new Queue<unknown>();
    const words = sharedWords(2);
    const owner = start('offerALock', queue, new Lock(), words);
    await reaches(words, 0, 1);
    await owner.terminate();
    queue.put('next');
    await expect(queue.getAsync()).rejects.toMatchObject({ code: 'ERR_GRANULE_SERIALIZATION' });
    expect(queue.get()).toBe('next');
  });

  test('named memory needs nobody', async () => {
    const queue = new Queue<SharedMemory>();
    const answers = new Queue<SharedMemory>();
    const echo = start('echo', queue, answers);
    using block = new SharedMemory({ create: true, size: 8 });
    queue.put(block);
    expect(await answers.getAsync()).toBe(block);
    block.unlink();
    queue.close();
    await echo.result;
  });
});
