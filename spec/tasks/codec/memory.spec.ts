import { describe, expect, test } from '@jest/globals';
import { Decoder } from '#lib/tasks/codec/decoder.js';
import { Encoder } from '#lib/tasks/codec/encoder.js';
import { acrossBytes } from './ways.js';

const types = [
  Int8Array, Uint8Array, Uint8ClampedArray, Int16Array, Uint16Array, Int32Array, Uint32Array, Float32Array,
  Float64Array,
] as const;

describe('views of memory', () => {
  test.each(types.map((View) => [View.name, View] as const))('%s, whole and in part, at any offset', (_, View) => {
    const whole = new View([1, 2, 3, 4, 5]);
    for (let before = 0; before < 9; before++) {
      const pad = 'x'.repeat(before);
      const sent = { pad, arrived: whole, part: whole.subarray(1, 3), start: whole.subarray(0, 2) };
      const { arrived, part, start } = acrossBytes(sent);
      expect(arrived).toStrictEqual(whole);
      expect(start).toStrictEqual(new View([1, 2]));
      expect(start.buffer.byteLength).toBe(2 * View.BYTES_PER_ELEMENT);
      expect(part).toStrictEqual(new View([2, 3]));
      expect(part.buffer.byteLength).toBe(2 * View.BYTES_PER_ELEMENT);
    }
  });

  test('64-bit integers', () => {
    expect(acrossBytes(new BigInt64Array([-1n, 2n ** 62n]))).toStrictEqual(new BigInt64Array([-1n, 2n ** 62n]));
    expect(acrossBytes(new BigUint64Array([2n ** 64n - 1n]))).toStrictEqual(new BigUint64Array([2n ** 64n - 1n]));
  });

  test('a DataView of part of a buffer', () => {
    const view = acrossBytes(new DataView(Uint8Array.of(0, 1, 2, 3).buffer, 1, 2));
    expect([view.byteOffset, view.byteLength, view.buffer.byteLength, view.getUint8(0)]).toEqual([0, 2, 2, 1]);
  });

  test('a Buffer stays a Buffer and brings nothing of the pool it lies in', () => {
    const arrived = acrossBytes({ deep: [Buffer.from('hello')], empty: Buffer.alloc(0) });
    expect(Buffer.isBuffer(arrived.deep[0])).toBe(true);
    expect(arrived.deep[0].toString()).toBe('hello');
    expect(arrived.deep[0].buffer.byteLength).toBe(5);
    expect(Buffer.isBuffer(arrived.empty)).toBe(true);
  });

  test('a resizable buffer, and a view that follows it', () => {
    const Resizable = ArrayBuffer as new (size: number, options: { maxByteLength: number }) => ArrayBuffer;
    const buffer = new Resizable(4, { maxByteLength: 16 });
    const arrived = acrossBytes({ view: new Uint8Array(buffer), buffer });
    expect(arrived.buffer).toMatchObject({ byteLength: 4, maxByteLength: 16, resizable: true });
    (arrived.buffer as unknown as { resize(size: number): void }).resize(8);
    expect(arrived.view).toHaveLength(8);
  });

  test('empty ones', () => {
    expect(acrossBytes([new ArrayBuffer(0), new Uint8Array(0), new DataView(new ArrayBuffer(0))])).toStrictEqual([
      new ArrayBuffer(0),
      new Uint8Array(0),
      new DataView(new ArrayBuffer(0)),
    ]);
  });
});

describe('an encoder’s buffer', () => {
  test('grows with what is written, and is given back afterwards', () => {
    const encoder = new Encoder();
    encoder.write('x'.repeat(40_000_000), 'value');
    expect(encoder.length).toBeGreaterThan(40_000_000);
    encoder.reset();
    expect(encoder.length).toBe(0);
    expect(encoder.bytes.length).toBeLessThan(1e6);
  });

  test('keeps its size while records of that size come, and shrinks by and by when they do not', () => {
    const encoder = new Encoder();
    const write = (size: number): number => {
      encoder.write('x'.repeat(size), 'value');
      encoder.reset();
      return encoder.bytes.length;
    };
    const size = write(5_000_000);
    expect(write(5_000_000)).toBe(size);
    expect(write(10)).toBeLessThan(size);
    for (let i = 0; i < 10; i++) write(10);
    expect(encoder.bytes.length).toBeLessThanOrEqual(1 << 20);
  });

  test('is memory of this thread alone, from its first byte', () => {
    const { bytes } = new Encoder();
    expect(Object.prototype.toString.call(bytes.buffer)).toBe('[object ArrayBuffer]');
    expect(bytes.byteOffset).toBe(0);
  });

  test('holds nothing of a value that was refused, or that needs a message', () => {
    const encoder = new Encoder();
    encoder.write('before', 'value');
    const { length } = encoder;
    expect(encoder.write([1, 'x'.repeat(10_000), new SharedArrayBuffer(1)], 'value')).toBe(false);
    expect(encoder.length).toBe(length);
    expect(() => encoder.write([1, 2, () => {}], 'value')).toThrow();
    expect(encoder.length).toBe(length);
    encoder.write({ after: [1] }, 'value');
    const decoder = new Decoder();
    expect(decoder.read(encoder.bytes, 0)).toBe('before');
    expect(decoder.read(encoder.bytes, decoder.offset)).toStrictEqual({ after: [1] });
  });
});

describe('few elements over a long length', () => {
  test('take few bytes', () => {
    for (const length of [100, 1e4, 1e6, 4e9]) {
      const array: number[] = [];
      array[length] = 1;
      const encoder = new Encoder();
      encoder.write(array, 'value');
      expect(encoder.length).toBeLessThan(50);
    }
  });
});

describe('a decoder', () => {
  test('goes from one memory to another and back', () => {
    const decoder = new Decoder();
    const [one, two] = [1, 2].map((n) => {
      const encoder = new Encoder();
      encoder.write({ n, text: `the text of number ${n}, a long one`, list: [n / 3, n / 7] }, 'value');
      encoder.write({ n, text: `the text of number ${n}, a long one`, list: [n / 3, n / 7] }, 'value');
      return encoder.bytes.slice(0, encoder.length);
    });
    for (let i = 0; i < 5; i++) {
      expect(decoder.read(one, 0)).toMatchObject({ n: 1, list: [1 / 3, 1 / 7] });
      expect(decoder.read(one, decoder.offset)).toHaveProperty('text', 'the text of number 1, a long one');
      expect(decoder.read(two, 0)).toMatchObject({ n: 2, list: [2 / 3, 2 / 7] });
    }
  });
});
