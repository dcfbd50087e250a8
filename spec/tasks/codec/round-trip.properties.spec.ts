import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { Decoder } from '#lib/tasks/codec/decoder.js';
import { Encoder } from '#lib/tasks/codec/encoder.js';
import { graphOf } from './graph.js';
import { graphs, primitives } from './values.js';
import { acrossBytes, acrossBytesThrice } from './ways.js';

const seed = 20261120;

describe('a record', () => {
  test('arrives as what structured clone makes of the value, in memory that is nobody else’s', () => {
    fc.assert(
      fc.property(graphs, (value) => {
        const expected = graphOf(structuredClone(value));
        for (const arrived of acrossBytesThrice(value)) expect(graphOf(arrived)).toBe(expected);
      }),
      { seed, numRuns: 1500 },
    );
  });

  test('holds a primitive as it is', () => {
    fc.assert(
      fc.property(primitives, (value) => {
        expect(acrossBytes(value)).toBe(value);
      }),
      { seed, numRuns: 2000 },
    );
  });

  test('is read from its own bytes alone, in any order, by any reader', () => {
    fc.assert(
      fc.property(fc.array(graphs, { minLength: 1, maxLength: 8 }), fc.nat(7), (values, gap) => {
        const encoder = new Encoder();
        const offsets = values.map((value) => {
          const at = encoder.length;
          encoder.write(value, 'value');
          return at;
        });
        const bytes = new Uint8Array(new SharedArrayBuffer(gap + encoder.length), gap);
        bytes.set(encoder.bytes.subarray(0, encoder.length));
        const reader = new Decoder();
        for (let i = values.length - 1; i >= 0; i--) {
          const expected = graphOf(structuredClone(values[i]));
          expect(graphOf(reader.read(bytes, offsets[i]))).toBe(expected);
          expect(reader.offset).toBe(offsets[i + 1] ?? encoder.length);
          expect(graphOf(new Decoder().read(bytes, offsets[i]))).toBe(expected);
        }
      }),
      { seed, numRuns: 300 },
    );
  });
});
