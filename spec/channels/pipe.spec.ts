/** Both ends of a pipe in one thread: what is sent, how it is received, what is refused. */

import { once } from 'node:events';
import { inspect } from 'node:util';
import { MessageChannel, type MessagePort } from 'node:worker_threads';
import { describe, expect, test } from '@jest/globals';
import {
  EOFError,
  GranuleError,
  Lock,
  move,
  Pipe,
  PipeError,
  SerializationError,
  SharedArray,
  TimeoutError,
  type Connection,
} from 'granule';
import * as folder from '../package/folder.js';
import { fileURLToPath } from 'node:url';

describe('what is sent', () => {
  test('arrives in order, both ways', () => {
    const [left, right] = Pipe();
    for (const value of [1, 2, 3]) left.send(value);
    for (const value of ['a', 'b']) right.send(value);
    expect([right.recv(), right.recv(), right.recv()]).toEqual([1, 2, 3]);
    expect([left.recv(), left.recv()]).toEqual(['a', 'b']);
  });

  test.each([0, -0, NaN, 1.5, 5n, '', 'text', true, false, null, undefined])('keeps the primitive %p', (value) => {
    const [left, right] = Pipe();
    left.send(value);
    expect(right.poll()).toBe(true);
    expect(right.recv()).toBe(value);
  });

  test('keeps data, errors, Buffers and what is shared within a value', () => {
    const [left, right] = Pipe();
    const list = [new Map([['key', new Set([new Date(5)])]])];
    const value = { list, again: list, buffer: Buffer.from('bytes'), error: new RangeError('far', { cause: 5 }) };
    left.send(value);
    const arrived = right.recv() as typeof value;
    expect(arrived).toEqual(value);
    expect(arrived.again).toBe(arrived.list);
    expect(arrived.error).toBeInstanceOf(RangeError);
    expect(Buffer.isBuffer(arrived.buffer)).toBe(true);
  });

  test('is copied when it is sent', () => {
    const [left, right] = Pipe<number[]>();
    const value = [1];
    left.send(value);
    value.push(2);
    expect(right.recv()).toEqual([1]);
  });

  test('may hold objects over shared memory, which stay what they are', () => {
    const [left, right] = Pipe<{ array: SharedArray<'i'>; locks: Lock[] }>();
    const array = new SharedArray('i', 4);
    left.send({ array, locks: [new Lock()] });
    const arrived = right.recv();
    arrived.array.set(2, 7);
    arrived.locks[0].acquire();
    expect(array.at(2)).toBe(7);
  });

  test.each([
    ['move()', (left: Connection, data: Float64Array) => { left.send({ data: move(data) }); }],
    ['transfer of it', (left: Connection, data: Float64Array) => { left.send({ data }, [data]); }],
    ['transfer of its buffer', (left: Connection, data: Float64Array) => { left.send({ data }, [data.buffer]); }],
    ['transfer of both', (left: Connection, data: Float64Array) => { left.send({ data }, [data.buffer, data]); }],
  ])('moves by %s', (_, send) => {
    const [left, right] = Pipe();
    const data = Float64Array.of(1, 2, 3);
    send(left, data);
    expect(data.length).toBe(0);
    expect(right.poll()).toBe(true);
    expect(right.recv()).toEqual({ data: Float64Array.of(1, 2, 3) });
  });

  test('may be 100 MB that move in no time', () => {
    const [left, right] = Pipe<Float64Array>();
    const data = new Float64Array(12_500_000);
    data[12_345_678] = 5;
    left.send(data, [data.buffer]);
    expect(data.length).toBe(0);
    const arrived = right.recv();
    expect([arrived.length, arrived[12_345_678]]).toEqual([12_500_000, 5]);
  });

  test('may hold ports', async () => {
    const [left, right] = Pipe<MessagePort>();
    const { port1, port2 } = new MessageChannel();
    left.send(port2, [port2]);
    const message = once(port1, 'message');
    right.recv().postMessage('hello');
    expect(await message).toEqual(['hello']);
    port1.close();
  });

  test('is refused where it cannot cross, with its path, and nothing is sent', () => {
    const [left, right] = Pipe();
    const data = new Float64Array(3);
    expect(() => { left.send({ data, list: [() => 0] }, [data]); }).toThrow(SerializationError);
    expect(() => { left.send({ list: [Symbol('s')] }); }).toThrow(/Cannot send `value\.list\[0\]`/);
    expect(() => { left.send(Promise.resolve()); }).toThrow(/`value`.*a Promise; await it/);
    expect(data.length).toBe(3);
    expect(right.poll()).toBe(false);
    left.send(data);
    expect(data.length).toBe(3); // the mark of the failed call is gone
    expect(right.recv()).toEqual(data);
  });

  test('takes no list of what cannot move, or is not in the value', () => {
    const [left, right] = Pipe();
    const data = new Float64Array(3);
    expect(() => { left.send(data, [{}]); }).toThrow(TypeError);
    expect(() => { left.send(data, [data, 5] as never); }).toThrow(TypeError);
    expect(() => { left.send(data, 5 as never); }).toThrow(/Expected `transfer` to be an array/);
    const stranger = new ArrayBuffer(5);
    expect(() => { left.send(data, [stranger]); }).toThrow(/list what moves with the value, got \[ArrayBuffer\]/);
    expect(() => { left.send(data.subarray(1), [data.buffer]); }).toThrow(/seen only in part: such a part is copied/);
    expect(() => { left.send(5, [data]); }).toThrow(TypeError);
    expect(data.length).toBe(3);
    expect(right.poll()).toBe(false);
  });
});

describe('recv()', () => {
  test('gives up after its timeout, which may be 0', () => {
    const [left, right] = Pipe();
    expect(() => right.recv(0)).toThrow(TimeoutError);
    expect(() => right.recv(5)).toThrow('recv() got nothing within 5 ms');
    left.send(1);
    expect(right.recv(0)).toBe(1);
    expect(() => right.recv(-1)).toThrow(RangeError);
    expect(() => right.recv('1' as never)).toThrow(TypeError);
  });

  test('reads all, then is at the end', () => {
    const [left, right] = Pipe();
    left.send(1);
    left.send([2]);
    left.close();
    expect([right.recv(), right.recv()]).toEqual([1, [2]]);
    for (let i = 0; i < 2; i++) expect(() => right.recv()).toThrow(EOFError);
    expect(() => right.recv(5)).toThrow(EOFError);
  });
});

describe('poll()', () => {
  test('tells whether recv() would block, and takes nothing', () => {
    const [left, right] = Pipe();
    expect(right.poll()).toBe(false);
    expect(right.poll(5)).toBe(false);
    left.send(undefined);
    expect([right.poll(), right.poll(Infinity)]).toEqual([true, true]);
    expect(right.recv()).toBe(undefined);
    expect(right.poll()).toBe(false);
    left.close();
    expect([right.poll(), right.poll()]).toEqual([true, true]); // recv() answers at once: EOFError
    expect(() => right.poll(-1)).toThrow(RangeError);
  });

  test('takes nothing from who waits already', async () => {
    const [left, right] = Pipe();
    const pending = right.recvAsync();
    left.send('mine');
    expect(right.poll()).toBe(true);
    expect(await pending).toBe('mine');
  });
});

describe('recvAsync()', () => {
  test('waits for the next, each call for its own', async () => {
    const [left, right] = Pipe();
    const pending = [right.recvAsync(), right.recvAsync(), right.recvAsync()];
    for (const value of [1, 2, 3]) left.send(value);
    expect(await Promise.all(pending)).toEqual([1, 2, 3]);
    left.send(4);
    expect(await right.recvAsync()).toBe(4);
  });

  test('leaves nothing behind when it is aborted or times out', async () => {
    const [left, right] = Pipe();
    const controller = new AbortController();
    const reason = new Error('enough');
    const aborted = right.recvAsync({ signal: controller.signal });
    const late = right.recvAsync({ timeout: 5 });
    const patient = right.recvAsync();
    controller.abort(reason);
    await expect(aborted).rejects.toBe(reason);
    await expect(late).rejects.toThrow('recvAsync() got nothing within 5 ms');
    await expect(right.recvAsync({ timeout: 0 })).rejects.toThrow(TimeoutError);
    await expect(right.recvAsync({ signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
    left.send('for the patient');
    left.send('next');
    expect(await patient).toBe('for the patient');
    expect(right.recv()).toBe('next');
  });

  test('is at the end when the other end is closed, and fails when its own is', async () => {
    const [left, right] = Pipe();
    const atEnd = right.recvAsync();
    const cutShort = left.recvAsync();
    left.close();
    await Promise.all([
      expect(atEnd).rejects.toThrow(EOFError),
      expect(cutShort).rejects.toThrow('recvAsync() on a connection that was closed'),
    ]);
    await expect(right.recvAsync({ timeout: 5 })).rejects.toThrow(EOFError);
  });

  test('refuses what are no options', async () => {
    const [, right] = Pipe();
    await expect(right.recvAsync(5 as never)).rejects.toThrow(TypeError);
    await expect(right.recvAsync({ timeout: -1 })).rejects.toThrow(RangeError);
  });
});

describe('iteration', () => {
  test('gives the values as they come and ends with the other end', async () => {
    const [left, right] = Pipe<number>();
    left.send(1);
    setImmediate(() => {
      left.send(2);
      left.close();
    });
    const values: number[] = [];
    for await (const value of right) values.push(value);
    expect(values).toEqual([1, 2]);
  });

  test('that is left closes nothing', async () => {
    const [left, right] = Pipe<number>();
    for (const value of [1, 2]) left.send(value);
    for await (const value of right) {
      expect(value).toBe(1);
      break;
    }
    expect(right.recv()).toBe(2);
  });
});

describe('an end', () => {
  test('of a pipe that is not duplex does its half', async () => {
    const [receives, sends] = Pipe<number>({ duplex: false });
    expect([receives.readable, receives.writable, sends.readable, sends.writable]).toEqual([true, false, false, true]);
    sends.send(5);
    expect(receives.recv()).toBe(5);
    expect(() => { receives.send(5); }).toThrow('send() on an end of a pipe that only receives');
    expect(() => sends.recv()).toThrow(PipeError);
    expect(() => sends.poll()).toThrow('poll() on an end of a pipe that only sends');
    await expect(sends.recvAsync()).rejects.toThrow(PipeError);
    await expect(sends[Symbol.asyncIterator]().next()).rejects.toThrow(PipeError);
  });

  test('does nothing any more once it is closed', async () => {
    const [left, right] = Pipe();
    right.send('unread');
    left.close();
    left.close();
    expect([left.closed, right.closed]).toEqual([true, false]);
    for (const use of [() => left.recv(), () => left.poll(), () => { left.send(1); }]) {
      expect(use).toThrow(PipeError);
      expect(use).toThrow(/on a connection that was closed/);
    }
    await expect(left.recvAsync()).rejects.toMatchObject({ code: 'ERR_GRANULE_PIPE' });
    expect(() => { right.send(1); }).toThrow('the other end of the pipe is closed');
    expect(() => right.recv()).toThrow(GranuleError);
  });

  test('is closed by `using`', () => {
    const [left, right] = Pipe();
    {
      using end = left;
      end.send('last');
    }
    expect(left.closed).toBe(true);
    expect(right.recv()).toBe('last');
  });

  test('shows what it is', () => {
    const [left, right] = Pipe();
    const [receives, sends] = Pipe({ duplex: false });
    expect([left, receives, sends].map((end) => inspect(end))).toEqual([
      'Connection { duplex, open }',
      'Connection { receive-only, open }',
      'Connection { send-only, open }',
    ]);
    left.close();
    expect([left, right].map((end) => inspect(end))).toEqual([
      'Connection { duplex, closed }',
      'Connection { duplex, open, other end closed }',
    ]);
  });

  test('comes of options that are some', () => {
    expect(() => Pipe(false as never)).toThrow(TypeError);
    expect(() => Pipe({ duplex: 0 as never })).toThrow('Expected `duplex` to be a boolean, got 0 (number)');
  });
});

describe('an end that is sent through a pipe', () => {
  test('is the same end there, with what was on its way', () => {
    const [left, right] = Pipe<{ end: Connection<number> }>();
    const [far, near] = Pipe<number>();
    far.send(1);
    far.send(2);
    expect(near.poll()).toBe(true); // one has been seen here
    left.send({ end: near });
    far.send(3);
    expect(near.closed).toBe(true);
    expect(inspect(near)).toBe('Connection { duplex, moved }');
    expect(() => near.recv()).toThrow('recv() on a connection that has moved to another thread');
    const { end } = right.recv();
    expect([end.recv(), end.recv(), end.recv()]).toEqual([1, 2, 3]);
    end.send(4);
    expect(far.recv()).toBe(4);
  });

  test('takes along a message with a port that had been seen', () => {
    const [left, right] = Pipe<Connection<Connection<string>>>();
    const [far, near] = Pipe<Connection<string>>();
    const [last, first] = Pipe<string>();
    far.send(first);
    expect(near.poll()).toBe(true);
    left.send(near);
    right.recv().recv().send('far away');
    expect(last.recv()).toBe('far away');
  });

  test('moves once', () => {
    const [left, right] = Pipe();
    const [, near] = Pipe();
    left.send(near);
    expect(() => { left.send([near]); }).toThrow(
      'Cannot send `value[0]` to another thread: it is a Connection that has moved to another thread already; ' +
        'an end goes to one thread, once',
    );
    near.close(); // is not this thread's any more: does nothing
    expect(right.recv()).toMatchObject({ closed: false });
  });

  test('is refused, and of use, where it is closed, awaited or the pipe itself', async () => {
    const [left, right] = Pipe();
    const [far, near] = Pipe();
    const pending = near.recvAsync();
    expect(() => { left.send({ near }); }).toThrow(/`value\.near`.*a recvAsync\(\) under way; await or abort/);
    far.send(1);
    expect(await pending).toBe(1);
    expect(() => { left.send([left]); }).toThrow(/`value\[0\]`.*an end of the very pipe/);
    expect(() => { left.send([right]); }).toThrow(/`value\[0\]`.*an end of the very pipe/);
    far.close();
    expect(() => { left.send(far); }).toThrow(/a Connection that was closed/);
    left.send(near);
    const there = right.recv() as Connection;
    expect(() => there.recv()).toThrow(EOFError);
  });

  test('may have nobody at its other end any more', async () => {
    const [left, right] = Pipe<Connection>();
    const [far, near] = Pipe();
    far.send('last words');
    far.close();
    expect(near.recv()).toBe('last words');
    await expect(near.recvAsync()).rejects.toThrow(EOFError);
    await new Promise((resolve) => setTimeout(resolve, 1)); // Node closes the port in a turn of the event loop
    left.send(near);
    const there = right.recv();
    expect(() => there.recv()).toThrow(EOFError);
    expect(() => { there.send(1); }).toThrow(PipeError);
    there.close();
  });

  test('stays if the message cannot be posted', () => {
    const [left, right] = Pipe();
    const [far, near] = Pipe();
    const { port1 } = new MessageChannel();
    structuredClone(port1, { transfer: [port1 as never] });
    expect(() => { left.send([near, move(port1)]); }).toThrow(SerializationError);
    expect(near.closed).toBe(false);
    near.send('still here');
    expect(far.recv()).toBe('still here');
    expect(right.poll()).toBe(false);
  });

  test('is closed if nobody reads the message', async () => {
    const [left, right] = Pipe();
    const [far, near] = Pipe();
    left.send(near);
    expect(right.poll()).toBe(true);
    right.close();
    await expect(far.recvAsync()).rejects.toThrow(EOFError);
    const [other, unread] = Pipe();
    const [first, second] = Pipe();
    first.send(unread);
    second.close();
    await expect(other.recvAsync()).rejects.toThrow(EOFError);
  });
});

describe('a program', () => {
  const life = (kind: string): Promise<folder.Outcome> => {
    const file = fileURLToPath(new URL('../fixtures/channels/programs/pipe-life.js', import.meta.url));
    return folder.run(process.execPath, [file, kind], '.');
  };

  test.each([
    ['idle', 'end\n'],
    ['given up', 'end\n'],
    ['task', 'end\n'],
    ['pending', 'sent\nEOFError\nend\n'],
  ])('is held by pending calls only: %s', async (kind, stdout) => {
    expect(await life(kind)).toEqual({ code: 0, stdout, stderr: '' });
  });
});
