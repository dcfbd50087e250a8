import { expect, test } from '@jest/globals';
import { Pool, taskModule } from 'granule';
import { FIELDS, recordsBytes, recordsOf } from '#lib/lab/records.js';

const { watch } = taskModule<typeof import('#workers/lab/watch.js')>(
  new URL('../../../dist/workers/lab/watch.js', import.meta.url),
);

test('a claim whose end went back to the board is recorded as far as it was run', async () => {
  const pool = new Pool(2);
  try {
    const memory = new SharedArrayBuffer(recordsBytes(10_000));
    const { words, doubles } = recordsOf(memory);
    await pool.broadcast(watch, [memory]);
    const work = (steps: number): number => {
      let x = 1;
      for (let step = 0; step < steps; step++) x = (Math.imul(x, 1_664_525) + 1_013_904_223) | 0;
      return x;
    };
    // Items that were foreseen to be cheap, in claims of hundreds, are dear: all but a few of each go back.
    for (let k = 0; k < 3; k++) await pool.map(work, new Array<number>(100_000).fill(1));
    Atomics.store(words, 0, 0);
    await pool.map(work, new Array<number>(2000).fill(100_000));
    const claims = Array.from({ length: Atomics.load(words, 0) }, (_, k) => doubles.subarray(k * FIELDS));
    const ranges = claims.map(([, , from, until]) => [from, until]).sort(([one], [other]) => one - other);
    expect(ranges[0][0]).toBe(0);
    for (const [k, [from]] of ranges.entries()) if (k > 0) expect(from).toBe(ranges[k - 1][1]);
    expect(ranges[ranges.length - 1][1]).toBe(2000);
  } finally {
    await pool.terminate();
  }
});
