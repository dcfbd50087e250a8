import { fileURLToPath } from 'node:url';
import { describe, expect, test } from '@jest/globals';
import { upTo } from '../../fixtures/faults/survivors.js';
import { run } from '../../package/folder.js';

const talkative = fileURLToPath(new URL('../../fixtures/faults/programs/talkative.js', import.meta.url));

describe.each(['stdout', 'stderr'] as const)('what tasks print to %s is there when join() resolves', (stream) => {
  test.each([
    ['from threads that stay', 'stay'],
    ['also from threads that are replaced after some tasks', 'retire'],
  ])('%s', async (_, mode) => {
    const outcome = await run(process.execPath, [talkative, mode, stream], '.');
    expect(outcome.code).toBe(0);
    const lines = outcome[stream].trim().split('\n');
    const numbers = lines.map((line) => Number(/^line (\d+) \.+$/.exec(line)?.[1])).sort((a, b) => a - b);
    expect(numbers).toEqual(upTo(200));
  });
});
