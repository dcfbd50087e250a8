import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { expect, test } from '@jest/globals';
import { Decoder } from '#lib/tasks/codec/decoder.js';
import { recordOf } from './record-of.js';

test('one reader reads what several threads wrote, a record of each in turn', async () => {
  const seeds = [1, 2, 3];
  const memories = await Promise.all(
    seeds.map(async (seed) => {
      const memory = new SharedArrayBuffer(1 << 20);
      const worker = new Worker(new URL('./writer-thread.js', import.meta.url), { workerData: { memory, seed } });
      expect(await once(worker, 'exit')).toEqual([0]);
      return { bytes: new Uint8Array(memory, 4), length: new Uint32Array(memory, 0, 1)[0] };
    }),
  );
  const decoder = new Decoder();
  const offsets = seeds.map(() => 0);
  for (let i = 0; i < 1000; i++) {
    seeds.forEach((seed, n) => {
      expect(decoder.read(memories[n].bytes, offsets[n])).toStrictEqual(recordOf(seed, i));
      offsets[n] = decoder.offset;
    });
  }
  expect(offsets).toEqual(memories.map(({ length }) => length));
});
