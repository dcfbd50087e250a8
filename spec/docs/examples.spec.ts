import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { Folder, type Outcome } from '../package/folder.js';

const home = 'docs/examples/pool';

let folder: Folder;

beforeAll(async () => {
  folder = await Folder.create();
});
afterAll(() => folder[Symbol.asyncDispose]());

/** Run from another folder, so that an example finds what it needs by itself. */
const run = (name: string, ...args: string[]): Promise<Outcome> =>
  folder.node([resolve(home, name), ...args], folder.path);

const lines = ({ stdout }: Outcome): string[] => stdout.trimEnd().split('\n');

test('every example is run here', () => {
  const programs = readdirSync(home).filter((name) => name.endsWith('.js') && !name.endsWith('.tasks.js'));
  expect(programs).toEqual(['granularity.js', 'pi.js', 'primes.js', 'word-count.js']);
});

describe('pi.js', () => {
  test('estimates π, the same on any number of threads', async () => {
    const one = await run('pi.js', '1e6', '1');
    const three = await run('pi.js', '1e6', '3');
    expect(one).toMatchObject({ code: 0, stderr: '' });
    const [estimate, report] = lines(one);
    expect(Math.abs(Number(estimate.replace('π ≈ ', '')) - Math.PI)).toBeLessThan(0.01); // 6 standard errors
    expect(report).toMatch(/^1000000 points, 1 threads, \d+\.\d\d s$/);
    expect(lines(three)[0]).toBe(estimate);
  });
});

describe('primes.js', () => {
  test('counts the primes on one thread, and on all if there are more', async () => {
    const outcome = await run('primes.js', '1e5');
    expect(outcome).toMatchObject({ code: 0, stderr: '' });
    const [first, ...others] = lines(outcome);
    expect(first).toMatch(/^9592 primes below 100000: 1 thread, /);
    for (const line of others) expect(line).toMatch(/^9592 primes below 100000: \d+ threads, /);
  });
});

describe('granularity.js', () => {
  test('times a loop and chunks of 1, of 25 and as measured, for each size of the task', async () => {
    const outcome = await run('granularity.js', '0', '1000');
    expect(outcome).toMatchObject({ code: 0, stderr: '' });
    const [title, head, ...rows] = lines(outcome);
    const time = expect.any(Number);
    expect(title).toMatch(/^100 squares on \d+ threads, medians in ms$/);
    expect(head.trim().split(/\s{2,}/)).toEqual(['steps', 'loop', '100 chunks', '4 chunks', 'measured']);
    expect(rows.map((row) => row.trim().split(/\s+/).map(Number))).toEqual([
      [0, time, time, time, time],
      [1000, time, time, time, time],
    ]);
    expect(outcome.stdout).not.toContain('NaN');
  });
});

describe('word-count.js', () => {
  test('counts the words of each file, and reports one that it cannot read', async () => {
    await folder.write([
      ['sea.txt', 'The sea. The sea!\nThe open sea — it’s grown'],
      ['empty.txt', ''],
    ]);
    const outcome = await run('word-count.js', 'sea.txt', 'none.txt', 'empty.txt');
    expect(outcome.code).toBe(1);
    expect(lines(outcome)).toEqual([
      '       9  sea.txt',
      '       0  empty.txt',
      'most frequent: the (3), sea (3), open (1), it’s (1), grown (1)',
    ]);
    expect(outcome.stderr).toContain(`none.txt: ENOENT`);
    expect(outcome.stderr).not.toContain(join(folder.path, 'sea.txt'));
  });

  test('says how it is called', async () => {
    const usage = 'usage: node word-count.js file…\n';
    expect(await run('word-count.js')).toEqual({ code: 2, stdout: '', stderr: usage });
  });
});
