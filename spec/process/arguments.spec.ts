/** What a process can be given arrives as what it is: among its arguments, and in a subclass's fields. */
import { afterAll, describe, expect, test } from '@jest/globals';
import { Condition, Lock, Manager, Pipe, Process, Queue, RLock, SharedArray, SharedMemory, Value } from 'granule';
import { endCourier } from '#lib/channels/courier.js';
import { All } from '../fixtures/process/all.js';
import { watchProcesses } from '../support/processes.js';

watchProcesses();
afterAll(endCourier);

async function run(process: Process): Promise<void> {
  process.start();
  await process.join();
  expect(process.error).toBeUndefined();
  expect(process.exitcode).toBe(0);
}

describe('a process is given', () => {
  test('a Queue, from which and to which things go', async () => {
    const [asked, answered] = [new Queue<number>(), new Queue<number>()];
    const square = (from: typeof asked, to: typeof answered): void => {
      for (let n = from.get(); n !== 0; n = from.get()) to.put(n * n);
    };
    for (const n of [2, 3, 0]) asked.put(n);
    await run(new Process({ target: square, args: [asked, answered] }) as Process);
    expect([answered.get(), answered.get(), answered.size]).toEqual([4, 9, 0]);
  });

  test('an end of a Pipe, which leaves this thread', async () => {
    const [here, there] = Pipe();
    const process = new Process({
      target: (end: typeof there) => {
        end.send({ got: end.recv() });
        end.close();
      },
      args: [there],
    });
    process.start();
    here.send('question');
    expect(await here.recvAsync()).toEqual({ got: 'question' });
    await process.join();
    expect(process.exitcode).toBe(0);
    await expect(here.recvAsync()).rejects.toMatchObject({ code: 'ERR_GRANULE_EOF' });
    expect(() => { new Process({ target: (end: unknown) => void end, args: [there] }).start(); }).toThrow('`args[0]`');
  });

  test('a Lock and a Value', async () => {
    const [lock, value] = [new Lock(), new Value('i', 40)];
    const increment = (l: Lock, v: Value<'i'>): void => {
      l.acquire();
      v.value++;
      l.release();
    };
    const both = [1, 2].map(() => new Process({ target: increment, args: [lock, value] }));
    await Promise.all(both.map((process) => run(process as Process)));
    expect([value.value, lock.locked]).toEqual([42, false]);
  });

  test('a Condition and its RLock, which stay one lock', async () => {
    const lock = new RLock();
    const notify = (condition: Condition, own: RLock): void => {
      own.acquire();
      condition.notify(); // a LockStateError, were it not held
      own.release();
    };
    await run(new Process({ target: notify, args: [new Condition(lock), lock] }) as Process);
    expect(lock.locked).toBe(false);
  });

  test('a proxy of a manager’s object', async () => {
    await using manager = await Manager.start();
    const dict = await manager.dict<string, number>({ n: 1 });
    const process = new Process({ target: async (d: typeof dict) => void (await d.increment('n', 2)), args: [dict] });
    await run(process as Process);
    expect(await dict.get('n')).toBe(3);
  });

  test('each of them, as fields of a subclass', async () => {
    await using manager = await Manager.start();
    const dict = await manager.dict<string, unknown>();
    const [here, there] = Pipe();
    const memory = new SharedMemory({ create: true, size: 4 });
    try {
      const parts = { lock: new Lock(), value: new Value('i', 1), queue: new Queue<string>(), memory };
      await run(new All(parts, [there], new Map([['dict', dict]])));
      expect([parts.value.value, parts.lock.locked, parts.queue.get(), memory.buf[0]]).toEqual([2, false, 'put', 9]);
      expect(await here.recvAsync()).toBe('sent');
      expect(await dict.get('name')).toMatch(/^All-\d+$/);
    } finally {
      memory.close();
      memory.unlink();
    }
  });
});

describe('a process’s thread', () => {
  const known = (words: Uint16Array): void => {
    const state = (globalThis as unknown as Record<symbol, Map<string, Map<string, unknown>>>)[Symbol.for('granule@1')];
    words[0] = state.get('shareables')?.size ?? 0;
  };

  test('loads no more classes than it needs for what arrives', async () => {
    const words = new Uint16Array(new SharedArrayBuffer(4));
    await run(new Process({ target: known as never, args: [words, new Lock()] as never }));
    expect(words[0]).toBe(1);
    await run(new Process({ target: known as never, args: [words, { deep: [new Lock(), new Error('x')] }] as never }));
    expect(words[0]).toBe(1);
  });

  test('loads all of them for a queue, through which anything may come later', async () => {
    const [queue, answers] = [new Queue<SharedArray<'i'>>(), new Queue<number>()];
    const process = new Process({
      target: (from: typeof queue, to: typeof answers) => {
        to.put(0);
        const array = from.get();
        to.put(array.at(0) + array.at(1) + array.at(2));
      },
      args: [queue, answers],
    });
    process.start();
    await answers.getAsync();
    queue.put(new SharedArray('i', [1, 2, 3]));
    expect(await answers.getAsync()).toBe(6);
    await process.join();
    expect(process.exitcode).toBe(0);
  });
});
