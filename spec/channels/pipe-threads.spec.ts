/** The ends of a pipe in different threads: blocked on both sides, moved about, and left behind by threads that end. */

import { once } from 'node:events';
import { Worker, type Transferable } from 'node:worker_threads';
import { afterEach, describe, expect, test } from '@jest/globals';
import {
  EOFError,
  Pipe,
  Pool,
  Process,
  SerializationError,
  taskModule,
  WorkerLostError,
  type Connection,
} from 'granule';
import { packMessage } from '#lib/tasks/codec/message.js';
import type * as Roles from '../fixtures/channels/pipe-roles.js';
import { openPool } from '../support/pools.js';
import { watchProcesses } from '../support/processes.js';

const roles = taskModule<typeof Roles>(new URL('../fixtures/channels/pipe-roles.js', import.meta.url));

const bare: Worker[] = [];
afterEach(async () => {
  await Promise.all(bare.splice(0).map((worker) => worker.terminate()));
});

/** A thread that granule did not start and does not watch. */
function start<Name extends keyof typeof Roles>(role: Name, ...args: readonly unknown[]): Worker {
  const { value, transfer } = packMessage(args, 'args');
  const worker = new Worker(new URL('../fixtures/channels/pipe-thread.js', import.meta.url), {
    workerData: { role, args: value },
    transferList: transfer as Transferable[],
    stderr: true,
  });
  worker.on('error', () => undefined);
  bare.push(worker);
  return worker;
}

/** The values up to the end, received without blocking. */
async function rest(end: Connection): Promise<unknown[]> {
  const values: unknown[] = [];
  for await (const value of end) values.push(value);
  return values;
}

describe('two threads', () => {
  test('hand a value to and fro, both blocked in between', async () => {
    const pool = openPool(2);
    await pool.ready();
    const [left, right] = Pipe<number>();
    const ends = pool.starmap(roles.volley, [[left, true, 5000], [right, false, 5000]], { chunksize: 1 });
    expect(await ends).toEqual([5000, 5000]);
  });

  test('of which one is the main thread, blocked as well', () => {
    const [here, there] = Pipe<unknown>();
    start('echo', there);
    expect(here.recv()).toBe('ready');
    for (let i = 0; i < 500; i++) {
      here.send({ i });
      expect(here.recv()).toEqual({ i });
    }
    here.close();
  });

  test.each(['echo', 'echoAsync'] as const)('talk, the main thread not blocked (%s)', async (role) => {
    const [here, there] = Pipe<unknown>();
    const count = openPool(1).apply(roles[role], [there]);
    expect(await here.recvAsync()).toBe('ready');
    for (let i = 0; i < 200; i++) {
      here.send([i]);
      expect(await here.recvAsync()).toEqual([i]);
    }
    here.close();
    expect(await count).toBe(200);
  });

  test('pass 20 000 values without losing one', async () => {
    const [receives, sends] = Pipe<number>({ duplex: false });
    const values = Array.from({ length: 20_000 }, (_, i) => i);
    const sent = openPool(1).apply(roles.sendAll, [sends, values]);
    expect(await rest(receives)).toEqual(values);
    await sent;
    const [next, first] = Pipe();
    const received = openPool(1).apply(roles.receiveAll, [next]);
    for (const value of values) first.send(value);
    first.close();
    expect(await received).toEqual(values);
  });

  test('move memory to and fro', async () => {
    const [here, there] = Pipe<Float64Array<ArrayBuffer>>();
    const done = openPool(1).apply(roles.double, [there]);
    const data = Float64Array.of(1, 2, 3);
    here.send(data, [data.buffer]);
    expect(data.length).toBe(0);
    expect(await here.recvAsync()).toEqual(Float64Array.of(2, 4, 6));
    await done;
  });
});

describe('a process', () => {
  watchProcesses();

  test('gets its end while its starter blocks, and its end is the end', () => {
    const [here, there] = Pipe<unknown>();
    const child = new Process({ target: roles.sendAndEnd, args: [there, 'return'] });
    child.start();
    expect([here.recv(), here.recv()]).toEqual(['one', 'two']);
    expect(() => here.recv()).toThrow(EOFError);
  });

  test.each(['kill', 'terminate'] as const)('that is ended leaves its pipe at the end (%s)', async (end) => {
    const [here, there] = Pipe();
    const child = new Process({ target: roles.sendAndEnd, args: [there, 'stay'] });
    child.start();
    expect([here.recv(), here.recv()]).toEqual(['one', 'two']);
    child[end]();
    expect(() => here.recv()).toThrow(EOFError);
    await child.join();
  });

  test('whose start fails has not taken its end', () => {
    const [here, there] = Pipe<string>();
    const child = new Process({ target: roles.sendAll, args: [there, [() => 0]] });
    expect(() => { child.start(); }).toThrow(SerializationError);
    here.send('still there');
    expect(there.recv()).toBe('still there');
  });
});

describe('an end', () => {
  test('arrives in a task at any depth, comes back as a result, both ends as well', async () => {
    const pool = openPool({ threads: 2 });
    expect(await pool.apply(roles.bothEnds, [Pipe<string>()])).toBe('within one thread');
    expect(await pool.map(roles.bothEnds, [Pipe<string>(), Pipe<string>()])).toHaveLength(2);
    const [here, there] = Pipe();
    const { end } = await pool.apply(roles.returnEnd, [there]);
    here.send('home again');
    expect(end.recv()).toBe('home again');
  });

  test('moves on through another pipe', async () => {
    const [here, there] = Pipe<Connection<string> | string>();
    const [far, near] = Pipe<string>();
    const done = openPool(1).apply(roles.passOn, [there]);
    here.send(near);
    expect(await far.recvAsync()).toBe('through Connection');
    expect(await here.recvAsync()).toBe('passed on');
    await done;
  });

  test('is refused by the pipe it is of, in the thread too', async () => {
    const [here, there] = Pipe();
    const done = openPool(1).apply(roles.giveAway, [there]);
    await expect(done).rejects.toThrow(SerializationError);
    // An end that nobody holds is collected, and then closed.
    here.close();
  });

  test.each<[string, (pool: Pool, end: Connection) => Promise<unknown>]>([
    ['the args of a map', (pool, end) => pool.map(roles.poll, [end], { args: [end] })],
    ['a broadcast', (pool, end) => pool.broadcast(roles.poll, [end])],
    ['two items', (pool, end) => pool.map(roles.poll, [end, end])],
  ])('goes to one thread only: not by %s', async (_, call) => {
    const pool = openPool(2);
    const [here, there] = Pipe<string>();
    await expect(call(pool, there as Connection)).rejects.toThrow(/a Connection, which goes to one thread, once/);
    expect(there.closed).toBe(false);
    const echo = pool.apply(roles.echo, [there as Connection]);
    expect(await here.recvAsync()).toBe('ready');
    await expect(pool.apply(roles.poll, [there])).rejects.toThrow(/moved to another thread already/);
    here.close();
    expect(await echo).toBe(0);
  });

  test('is no initarg', () => {
    const open = () => new Pool({ initializer: roles.poll, initargs: [Pipe()[0]] });
    expect(open).toThrow(/`initargs\[0\]`.*a Connection, which goes to one thread, once; initargs go to every thread/);
  });

  test('that waits for a thread is closed with its call', async () => {
    const pool = openPool(1);
    const [here, there] = Pipe();
    const [far, near] = Pipe();
    const busy = pool.apply(roles.echo, [there]);
    expect(await here.recvAsync()).toBe('ready');
    const controller = new AbortController();
    const call = pool.apply(roles.poll, [near], { signal: controller.signal });
    controller.abort();
    await expect(call).rejects.toThrow();
    await expect(far.recvAsync()).rejects.toThrow(EOFError);
    here.close();
    await busy;
  });

  test('that nothing refers to any more is closed', async () => {
    const pool = openPool(1);
    const [here, there] = Pipe();
    const [done, ask] = Pipe();
    await pool.apply(roles.poll, [there]);
    const collecting = pool.apply(roles.collect, [ask]);
    await expect(here.recvAsync()).rejects.toThrow(EOFError);
    done.send('heard of it');
    await collecting;
  });
});

describe('the end of a thread', () => {
  test.each(['exit', 'throw', 'return'] as const)('is the end of its end (%s), once all is read', async (way) => {
    const [here, there] = Pipe();
    start('sendAndEnd', there, way);
    expect(await rest(here)).toEqual(['one', 'two']);
    await expect(here.recvAsync()).rejects.toThrow(EOFError);
    expect(() => here.recv()).toThrow(EOFError);
    expect(here.poll()).toBe(true);
    expect(() => { here.send(1); }).toThrow(/the other end of the pipe is closed, or its thread has ended/);
  });

  test.each(['exit', 'throw', 'return', 'stay'] as const)('wakes a main thread that blocks (%s)', (way) => {
    const [here, there] = Pipe();
    const worker = start('sendAndEnd', there, way);
    expect([here.recv(), here.recv()]).toEqual(['one', 'two']);
    if (way === 'stay') void worker.terminate();
    expect(here.poll(Infinity)).toBe(true);
    expect(() => here.recv()).toThrow(EOFError);
  });

  test.each(['exit', 'throw', 'return', 'stay'] as const)('wakes another thread that blocks (%s)', async (way) => {
    const [left, right] = Pipe();
    const received = openPool(1).apply(roles.receiveAll, [left]);
    const worker = start('sendAndEnd', right, way);
    if (way === 'stay') {
      await once(worker, 'online');
      await worker.terminate();
      expect(['one', 'two']).toEqual(expect.arrayContaining(await received));
    } else {
      expect(await received).toEqual(['one', 'two']);
    }
  });

  test('of a pool is one as well', async () => {
    const pool = openPool(1);
    const [here, there] = Pipe();
    const lost = expect(pool.apply(roles.sendAndEnd, [there, 'exit'])).rejects.toThrow(WorkerLostError);
    expect(await rest(here)).toEqual(['one', 'two']);
    await lost;
  });

  test('takes down with it an end that it had been sent and not read', async () => {
    const [here, there] = Pipe<unknown>();
    const [far, near] = Pipe();
    const worker = start('sendAndEnd', there, 'stay');
    expect(here.recv()).toBe('one');
    here.send(near);
    void worker.terminate();
    expect(() => far.recv()).toThrow(EOFError);
  });
});
