import { expect } from '@jest/globals';
import { Decoder } from '#lib/tasks/codec/decoder.js';
import { Encoder } from '#lib/tasks/codec/encoder.js';

const encoder = new Encoder();
const decoder = new Decoder();

/** What arrives when `value` crosses as bytes in shared memory; the memory is overwritten before it is looked at. */
export function acrossBytes<T>(value: T): T {
  encoder.reset();
  expect(encoder.write(value, 'value')).toBe(true);
  const bytes = new Uint8Array(new SharedArrayBuffer(encoder.length));
  bytes.set(encoder.bytes.subarray(0, encoder.length));
  const arrived = decoder.read(bytes, 0) as T;
  expect(decoder.offset).toBe(bytes.length);
  bytes.fill(0xff);
  return arrived;
}

/** An encoder writes an object's keys one way when it first meets them, another from then on, so: three times. */
export function acrossBytesThrice<T>(value: T): T[] {
  return [acrossBytes(value), acrossBytes(value), acrossBytes(value)];
}
