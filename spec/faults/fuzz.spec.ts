import { fileURLToPath } from 'node:url';
import { describe, expect, test } from '@jest/globals';
import { run } from '../package/folder.js';
import { entries } from './fuzz/entries.js';
import type { FuzzReport } from './fuzz/fuzz.js';
import { surface } from './fuzz/surface.js';

describe('malformed input', () => {
  test('is tried on all that a program can call, construct and set', async () => {
    const fuzzed = new Set(entries.map(({ name }) => name));
    const callable = await surface();
    expect(callable.filter((name) => !fuzzed.has(name))).toEqual([]);
    expect([...fuzzed].filter((name) => !callable.includes(name))).toEqual([]);
    expect(callable.length).toBeGreaterThan(150);
  });

  test('works, or fails at the call with a documented error; afterwards everything works', async () => {
    const program = fileURLToPath(new URL('../fixtures/faults/programs/fuzz.js', import.meta.url));
    // The same inputs each time; other seeds are for the soak.
    const { stdout, stderr, code } = await run(process.execPath, [program, '20261121', '3000', '90'], '.');
    expect({ stderr, code }).toEqual({ stderr: '', code: 0 });
    const { inputs, outcomes, violations } = JSON.parse(stdout) as FuzzReport;
    expect(violations).toEqual([]);
    expect(inputs).toBeGreaterThan(0);
    expect(Object.keys(outcomes)).toEqual(
      expect.arrayContaining(['works', 'TypeError', 'RangeError', 'its own error']),
    );
  });
});
