import { open } from 'node:fs/promises';
import { BlockList } from 'node:net';
import { createHistogram } from 'node:perf_hooks';
import { Blob } from 'node:buffer';
import { createSecretKey } from 'node:crypto';
import { types } from 'node:util';
import { runInNewContext } from 'node:vm';
import { MessageChannel, receiveMessageOnPort } from 'node:worker_threads';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { Encoder } from '#lib/tasks/codec/encoder.js';
import { packMessage, unpackMessage } from '#lib/tasks/codec/message.js';
import { isMoved, move } from '#lib/tasks/move.js';
import { registerShareable, SHARE } from '#lib/tasks/shareable.js';
import { graphOf } from './graph.js';
import { graphs } from './values.js';

/** What arrives at the other end of a channel. */
function across<T>(value: T): T {
  const { value: packed, transfer } = packMessage(value, 'value');
  const { port1, port2 } = new MessageChannel();
  try {
    port1.postMessage(packed, transfer as never);
    return unpackMessage((receiveMessageOnPort(port2) as { message: unknown }).message) as T;
  } finally {
    port1.close();
  }
}

class Counter {
  readonly words: Int32Array;
  constructor(words = new Int32Array(new SharedArrayBuffer(4))) {
    this.words = words;
  }
  [SHARE](): { type: string; data: unknown } {
    return { type: 'spec.Counter', data: { words: this.words } };
  }
}
registerShareable('spec.Counter', ({ words }: { words: Int32Array<SharedArrayBuffer> }) => new Counter(words));

describe('a message', () => {
  test('carries what a record does, as structured clone has it', () => {
    fc.assert(
      fc.property(graphs, (value) => {
        expect(graphOf(across(value))).toBe(graphOf(structuredClone(value)));
      }),
      { seed: 20261120, numRuns: 300 },
    );
  });

  test('has its containers and what they hold of this realm', () => {
    const list = [new Map([[new Set([new Date(5)]), /a/]])];
    const value = { list, box: Object('b') as object, view: new Int8Array(1) };
    expect(across(value)).toStrictEqual(value);
  });

  test('that was read in another realm is made anew in this one', () => {
    const received: unknown = runInNewContext(`({
      value: { list: [1], map: new Map([[1, { a: 1 }]]), set: new Set([[]]), date: new Date(5),
        floats: new Float32Array(3).subarray(1), data: new DataView(new ArrayBuffer(4), 1, 2) },
      standIns: [],
    })`);
    const arrived = unpackMessage(received) as Record<string, object>;
    expect(arrived).toStrictEqual({
      list: [1],
      map: new Map([[1, { a: 1 }]]),
      set: new Set([[]]),
      date: new Date(5),
      floats: new Float32Array(2),
      data: arrived.data,
    });
    expect(arrived.data).toBeInstanceOf(DataView);
    expect(arrived.data).toMatchObject({ byteOffset: 1, byteLength: 2 });
    expect(arrived.floats).toMatchObject({ byteOffset: 4, length: 2 });
  });

  test('keeps Buffers, errors and DOMExceptions, shared where they were shared', () => {
    const buffer = Buffer.from('pooled');
    const error = Object.assign(new RangeError('far', { cause: { buffer } }), { code: 'E_FAR', fn() {} });
    const arrived = across({ buffer, error, again: [buffer, error], late: new DOMException('late', 'TimeoutError') });
    expect(Buffer.isBuffer(arrived.buffer)).toBe(true);
    expect(arrived.buffer.toString()).toBe('pooled');
    expect(arrived.buffer.buffer.byteLength).toBe(6);
    expect(arrived.error).toBeInstanceOf(RangeError);
    expect({ ...arrived.error }).toStrictEqual({ code: 'E_FAR' });
    expect((arrived.error.cause as { buffer: Buffer }).buffer).toBe(arrived.buffer);
    expect(arrived.again).toStrictEqual([arrived.buffer, arrived.error]);
    expect(arrived.again[1]).toBe(arrived.error);
    expect(arrived.late).toBeInstanceOf(DOMException);
    expect(arrived.late.name).toBe('TimeoutError');
  });

  test('closes rings through errors', () => {
    const error = new Error('ring') as Error & { cause: unknown };
    error.cause = { error, list: [error] };
    const arrived = across([error])[0];
    expect((arrived.cause as { list: unknown[] }).list[0]).toBe(arrived);
  });

  test('takes nothing of a user’s for a stand-in of its own', () => {
    const value = [
      { is: 'buffer', bytes: new Uint8Array(2) },
      { is: 'shareable', handle: {} },
      { is: 'error', type: 'TypeError', rest: {} },
      { value: 1, standIns: [{ is: 'error' }] },
    ];
    expect(across(value)).toStrictEqual(value);
    expect(across(packMessage(Buffer.from('x'), 'value').value)).toMatchObject({ standIns: [{ is: 'buffer' }] });
  });

  test('copies of a view only its part', () => {
    const whole = Uint8Array.from({ length: 1000 }, (_, i) => i);
    const arrived = across({ part: whole.subarray(10, 12), data: new DataView(whole.buffer, 5, 1) });
    expect([...arrived.part, arrived.part.buffer.byteLength]).toEqual([10, 11, 2]);
    expect([arrived.data.getUint8(0), arrived.data.buffer.byteLength]).toEqual([5, 1]);
  });

  test('keeps a view and the buffer it covers together', () => {
    const view = new Float64Array([1, 2]);
    const arrived = across({ view, buffer: view.buffer });
    expect(arrived.view.buffer).toBe(arrived.buffer);
  });

  test('hands shared memory over as it is, views at their place', () => {
    const memory = new SharedArrayBuffer(16);
    const view = new Int32Array(memory, 4, 2);
    const arrived = across({ memory, view, bytes: Buffer.from(memory, 8, 4) });
    expect([arrived.view.byteOffset, arrived.view.length]).toEqual([4, 2]);
    expect([arrived.bytes.byteOffset, arrived.bytes.length, Buffer.isBuffer(arrived.bytes)]).toEqual([8, 4, true]);
    arrived.view[1] = 7;
    expect([view[1], arrived.bytes.readInt32LE()]).toEqual([7, 7]);
    expect(types.isSharedArrayBuffer(arrived.memory)).toBe(true);
  });

  test('carries shareables at any depth, each once', () => {
    const counter = new Counter();
    const arrived = across({ counter, map: new Map([['deep', [counter]]]) });
    expect(arrived.counter).toBeInstanceOf(Counter);
    expect(arrived.map.get('deep')![0]).toBe(arrived.counter);
    arrived.counter.words[0] = 5;
    expect(counter.words[0]).toBe(5);
  });

  test('carries what Node itself clones', () => {
    const list = new BlockList();
    list.addAddress('10.0.0.1');
    const arrived = across({
      list,
      blob: new Blob(['blob']),
      key: createSecretKey(Buffer.from('key')),
      histogram: createHistogram(),
    });
    expect(arrived.list.check('10.0.0.1')).toBe(true);
    expect(arrived.blob.size).toBe(4);
    expect(arrived.key.export().toString()).toBe('key');
    expect(arrived.histogram.count).toBe(0);
  });
});

describe('move()', () => {
  test('takes a buffer from the sender, and a view of all of it with it', () => {
    const [buffer, view] = [new ArrayBuffer(8), new Float64Array([1, 2])];
    const arrived = across({ buffer: move(buffer), view: move(view), again: [view, buffer] });
    expect([buffer.byteLength, view.byteLength]).toEqual([0, 0]);
    expect(arrived.view).toStrictEqual(new Float64Array([1, 2]));
    expect(arrived.again).toStrictEqual([arrived.view, arrived.buffer]);
    expect(arrived.again[0]).toBe(arrived.view);
  });

  test('of a Buffer that covers its memory, which arrives as a Buffer', () => {
    const buffer = Buffer.from(new ArrayBuffer(3)).fill('abc');
    const arrived = across([move(buffer)])[0];
    expect(buffer).toHaveLength(0);
    expect([Buffer.isBuffer(arrived), arrived.toString()]).toEqual([true, 'abc']);
  });

  test('copies a view of part of a buffer, and leaves its neighbours their memory', () => {
    const [pooled, whole] = [Buffer.from('pooled'), new Uint8Array([1, 2, 3])];
    const arrived = across({ pooled: move(pooled), part: move(whole.subarray(1)) });
    expect([arrived.pooled.toString(), ...arrived.part]).toEqual(['pooled', 2, 3]);
    expect([pooled.toString(), ...whole]).toEqual(['pooled', 1, 2, 3]);
  });

  test('of ports and streams', async () => {
    const { port1, port2 } = new MessageChannel();
    const arrived = across({ port: move(port1), again: port1, stream: move(new Blob(['text']).stream()) });
    expect(arrived.again).toBe(arrived.port);
    port2.postMessage('hello');
    expect(receiveMessageOnPort(arrived.port)).toEqual({ message: 'hello' });
    const chunks: unknown[] = [];
    for await (const chunk of arrived.stream) chunks.push(Buffer.from(chunk as Uint8Array).toString());
    expect(chunks).toEqual(['text']);
    port2.close();
  });

  test('of a file handle', async () => {
    const file = await open(new URL(import.meta.url));
    const [arrived] = across([move(file)]);
    expect((await arrived.stat()).isFile()).toBe(true);
    await arrived.close();
  });

  test('names each moved object once', () => {
    const view = new Uint8Array(4);
    move(view);
    expect(packMessage([view, move(view.buffer), { view }], 'value').transfer).toEqual([view.buffer]);
  });

  test('counts once: what was sent is marked no more, what was refused still is', () => {
    const part = new Uint8Array(8).subarray(4);
    expect(() => packMessage([move(part), () => {}], 'value')).toThrow('`value[1]`');
    expect(isMoved(part)).toBe(true);
    packMessage([part], 'value');
    expect(isMoved(part)).toBe(false);
  });
});

describe('an encoder leaves to a message', () => {
  const { port1 } = new MessageChannel();
  port1.close();
  test.each<[string, unknown]>([
    ['a SharedArrayBuffer', new SharedArrayBuffer(1)],
    ['a view of one', new Uint8Array(new SharedArrayBuffer(1))],
    ['a shareable', new Counter()],
    ['a move()d buffer', move(new ArrayBuffer(1))],
    ['a view of a move()d buffer', new Uint8Array(move(new ArrayBuffer(1)))],
    ['a move()d view', move(new Uint8Array(1))],
    ['a move()d port', move(port1)],
    ['a Blob', new Blob([])],
    ['a BlockList', new BlockList()],
    ['a KeyObject', createSecretKey(Buffer.from('key'))],
    ['a Histogram', createHistogram()],
    ['a WebAssembly.Module', emptyModule()],
  ])('%s', (_, value) => {
    const encoder = new Encoder();
    expect(encoder.write(value, 'value')).toBe(false);
    expect(encoder.write({ deep: [1, new Map([['key', value]])] }, 'value')).toBe(false);
    expect(encoder.length).toBe(0);
  });
});

function emptyModule(): object {
  const { Module } = Reflect.get(globalThis, 'WebAssembly') as { Module: new (code: Uint8Array) => object };
  return new Module(Uint8Array.of(0, 97, 115, 109, 1, 0, 0, 0));
}
