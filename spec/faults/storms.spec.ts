/** Aborts by the thousand, sources that break, consumers that dawdle, pools that come and go. More in the soak. */
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Pool } from 'granule';
import { run } from '../package/folder.js';
import { abortStorm, moments, signals } from './storms/aborts.js';
import { slowConsumers, sourcesAreLeft, sourcesThrow } from './storms/sources.js';

const CALLS = 1_250;
/** Thousands of calls, on a machine that is busy with others. */
const PATIENCE = 120_000;

let pool: Pool;
beforeAll(() => {
  pool = new Pool(2);
});
afterAll(() => pool.terminate());

describe.each(moments)('calls that are aborted %s', (moment) => {
  test.each(signals)(
    'by %s, all settle, leave no listener, and the pool as it was',
    async (has) => {
      const stopped = await abortStorm(pool, CALLS, moment, has);
      expect(stopped).toBeLessThanOrEqual(CALLS);
    },
    PATIENCE,
  );
});

describe('sources', () => {
  test.each([0, 1, 7, 50])('that throw after %i items fail their call with that error', async (length) => {
    expect(await sourcesThrow(pool, length)).toBe(10);
    expect(await pool.map((x: number) => x * x, [1, 2])).toEqual([1, 4]);
  });

  test.each([0, 1, 5])('that are left after %i results are closed, once', async (after) => {
    expect(await sourcesAreLeft(pool, after)).toBe(9);
    expect(pool.stats()).toMatchObject({ queued: 0, running: 0 });
  });

  test.each([1, 2, 7])('are read ahead of a slow consumer as far as a window of %i says', async (size) => {
    expect(await slowConsumers(pool, size, 20)).toBe(8);
  });
});

test('pools that come and go leave no threads, handles or listeners, and a program that drops one ends', async () => {
  const program = fileURLToPath(new URL('../fixtures/faults/programs/storms.js', import.meta.url));
  const { stdout, stderr, code } = await run(process.execPath, [program, '24'], '.');
  expect({ stderr, code }).toEqual({ stderr: 'warm\n', code: 0 });
  const { left, threads } = JSON.parse(stdout) as { left: string[]; threads: number };
  expect(left).toEqual([]);
  expect(threads).toBeGreaterThan(10);
}, 120_000);
