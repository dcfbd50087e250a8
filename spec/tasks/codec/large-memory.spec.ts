import { MessageChannel, receiveMessageOnPort } from 'node:worker_threads';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { SerializationError } from 'granule';
import { Decoder } from '#lib/tasks/codec/decoder.js';
import { Encoder } from '#lib/tasks/codec/encoder.js';
import { ALIGNED_FROM, LARGE } from '#lib/tasks/codec/format.js';
import { packMessage, unpackMessage } from '#lib/tasks/codec/message.js';

const marked = (size: number, mark: number): Uint8Array<ArrayBuffer> => new Uint8Array(size).fill(mark);

/** Where the records are told from what was there before. */
const NOTHING = 0xee;

/** Encodes values one after the other, some large memory set aside, and decodes each where it was copied to. */
function copied(values: readonly unknown[], at = 0): unknown[] {
  const encoder = new Encoder('aside');
  const offsets = values.map((value) => {
    const offset = encoder.extent;
    encoder.write(value, 'value');
    return offset;
  });
  encoder.check();
  const target = new Uint8Array(new SharedArrayBuffer(at + encoder.extent + 8)).fill(NOTHING);
  encoder.copyTo(target, at);
  expect(target.subarray(0, at).every((byte) => byte === NOTHING)).toBe(true);
  expect(target.subarray(at + encoder.extent).every((byte) => byte === NOTHING)).toBe(true);
  const decoder = new Decoder();
  return offsets.map((offset) => decoder.read(target, at + offset));
}

describe('memory in a record', () => {
  test('that is long begins at a multiple of 8, whatever is before it', () => {
    for (let before = 0; before < 20; before++) {
      for (const large of ['copied', 'aside'] as const) {
        const encoder = new Encoder(large);
        encoder.write('x'.repeat(before), 'value');
        for (const size of [ALIGNED_FROM, LARGE]) {
          encoder.write([before, marked(size, 0xcd)], 'value');
          const target = new Uint8Array(encoder.extent);
          encoder.copyTo(target, 0);
          const start = target.length - size;
          expect([start % 8, target[start - 1] === 0xcd, target[start]]).toEqual([0, false, 0xcd]);
        }
      }
    }
  });

  test('that is large is set aside, and is where it belongs when the records are copied', () => {
    const sizes = fc.constantFrom(0, 1, 255, 256, 4000, LARGE - 1, LARGE, LARGE + 1, 3 * LARGE + 5);
    const part = fc.oneof(fc.string({ maxLength: 40 }), fc.tuple(sizes, fc.integer({ min: 1, max: 200 })));
    const made = (drawn: string | [number, number]): unknown => (typeof drawn === 'string' ? drawn : marked(...drawn));
    const lists = fc.array(fc.array(part, { maxLength: 4 }), { maxLength: 5 });
    fc.assert(
      fc.property(lists, fc.nat(5), (drawn, eighth) => {
        const values = drawn.map((parts) => parts.map(made));
        expect(copied(values, 8 * eighth)).toStrictEqual(values);
      }),
      { seed: 20261121, numRuns: 60 },
    );
  });

  test('that is set aside takes no room in the encoder', () => {
    const encoder = new Encoder('aside');
    encoder.write([marked(50_000_000, 1), new Float64Array(1_000_000)], 'value');
    expect(encoder.extent).toBeGreaterThan(58_000_000);
    expect(encoder.bytes.length).toBeLessThan(10_000);
    encoder.reset();
    expect(encoder.extent).toBe(0);
  });

  test('that was set aside for a value that is refused is forgotten with it', () => {
    const encoder = new Encoder('aside');
    const first = [marked(LARGE, 1)];
    encoder.write(first, 'value');
    const { extent } = encoder;
    expect(() => encoder.write([marked(LARGE, 2), () => {}], 'value')).toThrow('`value[1]`');
    expect(encoder.write([marked(LARGE, 3), new SharedArrayBuffer(1)], 'value')).toBe(false);
    expect(encoder.extent).toBe(extent);
    const target = new Uint8Array(extent);
    encoder.copyTo(target, 0);
    expect(new Decoder().read(target, 0)).toStrictEqual(first);
  });

  test('that a getter of a later value takes away is missed', () => {
    const encoder = new Encoder('aside');
    const taken = marked(LARGE, 1);
    const taker = {
      get innocent() {
        structuredClone(taken, { transfer: [taken.buffer] });
        return 1;
      },
    };
    encoder.write([taken, taker], 'value');
    expect(() => {
      encoder.check();
    }).toThrow(SerializationError);
    encoder.reset();
    encoder.check();
  });
});

describe('large memory in a message that is loaded at once', () => {
  function across<T>(value: T): { arrived: T; transferred: number } {
    const { value: packed, transfer } = packMessage(value, 'value');
    const { port1, port2 } = new MessageChannel();
    try {
      port1.postMessage(packed, transfer as ArrayBuffer[]);
      const { message } = receiveMessageOnPort(port2) as { message: unknown };
      return { arrived: unpackMessage(message) as T, transferred: transfer.length };
    } finally {
      port1.close();
    }
  }

  test('is copied, and the copy goes: the sender keeps its own', () => {
    const memory = marked(LARGE, 1);
    const sent = { memory, small: marked(10, 2), list: [1] };
    const { arrived, transferred } = across(sent);
    expect(transferred).toBe(1);
    expect(arrived).toStrictEqual(sent);
    expect(memory.length).toBe(LARGE);
    arrived.memory[0] = 9;
    expect(memory[0]).toBe(1);
  });

  test('stays shared among its views', () => {
    const { buffer } = marked(LARGE, 1);
    const sent = { buffer, bytes: new Uint8Array(buffer), words: new Int32Array(buffer), again: [buffer] };
    const { arrived, transferred } = across(sent);
    expect(transferred).toBe(1);
    arrived.words[0] = -1;
    expect([arrived.bytes[3], new Uint8Array(arrived.buffer)[3]]).toEqual([255, 255]);
    expect(arrived.again[0]).toBe(arrived.buffer);
  });

  test('brings no more of a buffer than is seen of it', () => {
    const part = marked(4 * LARGE, 1).subarray(LARGE, 2 * LARGE).fill(3);
    const view = new DataView(marked(2 * LARGE, 5).buffer, LARGE, LARGE);
    const { arrived } = across([part, view] as const);
    expect([arrived[0].buffer.byteLength, arrived[0][0], arrived[1].byteLength]).toEqual([LARGE, 3, LARGE]);
    expect(arrived[1].getUint8(0)).toBe(5);
  });

  test('keeps what it is: a Buffer, and memory that can grow', () => {
    const Resizable = ArrayBuffer as new (size: number, options: { maxByteLength: number }) => ArrayBuffer;
    const growable = new Resizable(LARGE, { maxByteLength: 2 * LARGE });
    const sent = { buffer: Buffer.alloc(LARGE, 'ab'), growable, follows: new Uint8Array(growable) };
    const { arrived } = across(sent);
    expect(Buffer.isBuffer(arrived.buffer)).toBe(true);
    expect(arrived.buffer.equals(sent.buffer)).toBe(true);
    expect(arrived.growable).toMatchObject({ resizable: true, maxByteLength: 2 * LARGE });
    expect(arrived.follows.buffer).toBe(arrived.growable);
  });
});
