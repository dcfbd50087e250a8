import { afterEach, describe, expect, test } from '@jest/globals';
import { execFile } from 'node:child_process';
import { setImmediate as turn } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { changed, sleep, wake } from '#lib/sync/futex.js';
import { endThreads } from './start.js';

afterEach(endThreads);

const words = (): Int32Array => new Int32Array(new SharedArrayBuffer(16));

describe('changed()', () => {
  test('is undefined where the word differs already', () => {
    const word = words();
    expect(changed(word, 0, 1)).toBeUndefined();
    const waits = changed(word, 0, 0);
    expect(waits).toBeInstanceOf(Promise);
    word[0] = 1;
    expect(changed(word, 0, 0)).toBeUndefined();
    wake(word, 0);
  });

  test('is one wait a word, however many ask: one wake-up is enough', async () => {
    const word = words();
    const view = new Int32Array(word.buffer, 4);
    const all = [changed(word, 1, 0)!, changed(word, 1, 0)!, changed(view, 0, 0)!];
    expect(wake(word, 1)).toBe(1);
    await Promise.all(all);
    expect(wake(word, 1)).toBe(0);
    const again = changed(word, 1, 0);
    expect(wake(word, 1)).toBe(1);
    await again;
  });

  test('tells words apart', async () => {
    const word = words();
    let woken = false;
    void changed(word, 0, 0)?.then(() => (woken = true));
    const other = changed(word, 1, 0);
    wake(word, 1);
    await other;
    await turn();
    expect(woken).toBe(false);
    wake(word, 0);
  });
});

test('sleep() returns at a wake-up, at the end of its time, and where the word differs', () => {
  const word = words();
  sleep(word, 0, 1, Infinity);
  sleep(word, 0, 0, 1);
  sleep(word, 0, 0, Infinity); // the slow tick
});

describe('a program that waits asynchronously', () => {
  const run = promisify(execFile);
  const program = fileURLToPath(new URL('../fixtures/sync/program.js', import.meta.url));

  const things = ['lock', 'semaphore', 'event', 'condition', 'barrier', 'rwlock'];

  test.each(things)('is kept alive by it (%s)', async (what) => {
    const { stdout } = await run(process.execPath, [program, what, 'wait']);
    expect(stdout).toBe('false\n');
  });

  test('is kept alive by it without a timeout, too', async () => {
    const { stdout } = await run(process.execPath, [program, 'event', 'set later']);
    expect(stdout).toBe('true\n');
  });

  test('ends by itself when nobody waits any more', async () => {
    const { stdout } = await run(process.execPath, [program, 'lock', 'abort']);
    expect(stdout).toBe('aborted\n');
  });
});
