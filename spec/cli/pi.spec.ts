import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { callsOf, checkedTrace } from '../support/trace.js';
import { Folder } from '../package/folder.js';
import type { TraceFile } from 'granule';
import { Command, granule } from './command.js';

const HIDE_CURSOR = '\x1b[?25l';
const SHOW_CURSOR = '\x1b[?25h';
const ERASE_LINE = '\r\x1b[K';

describe('granule pi', () => {
  test('prints the estimate, its error, the distance to π, and what the threads did', async () => {
    const { code, stdout, stderr } = await granule('pi', '--samples', '1e6', '--threads', '2');
    expect(stderr).toBe('');
    expect(stdout).toMatch(/^π ≈ 3\.1\d+\n/);
    expect(stdout).toMatch(/^ {2}standard error +0\.0016$/m);
    expect(stdout).toMatch(/^ {2}distance to π +[+−]0\.0\d+ \(\d+\.\d\d standard errors\)$/m);
    expect(stdout).toMatch(/^ {2}samples +1,000,000 in [\d.e-]+ s$/m);
    expect(stdout).toMatch(/^ {2}samples\/s +[\d,]+ \(one thread [\d,]+\)$/m);
    expect(stdout).toMatch(/^ {2}threads +2$/m);
    expect(stdout).toMatch(/^ {2}speedup +\d+\.\d\d × one thread/m);
    expect(stdout).toMatch(/^ {2}seed +0 /m);
    expect(code).toBe(0);
  });

  test('prints one JSON object with --json', async () => {
    const { code, stdout, stderr } = await granule('pi', '-n', '1_000_000', '-t', '2', '-s', '-7', '--json');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(/^\{.*\}\n$/);
    const result = JSON.parse(stdout) as Record<string, number>;
    expect(result).toEqual({
      estimate: (4 * result.inside) / 1_000_000,
      standardError: expect.closeTo(0.00164, 4),
      distance: result.estimate - Math.PI,
      distanceInStandardErrors: result.distance / result.standardError,
      samples: 1_000_000,
      inside: expect.any(Number),
      seed: -7,
      generator: 'xoshiro128++',
      streams: 4096,
      threads: 2,
      chunksize: 256,
      seconds: expect.any(Number),
      samplesPerSecond: 1_000_000 / result.seconds,
      oneThreadSamplesPerSecond: expect.any(Number),
      speedup: result.samplesPerSecond / result.oneThreadSamplesPerSecond,
    });
    expect(Math.abs(result.distanceInStandardErrors)).toBeLessThan(4);
  });

  test('gives the same estimate for a seed, whatever the threads and the chunksize', async () => {
    const run = async (...words: string[]) => {
      const { stdout } = await granule('pi', '--samples', '123_457', '--json', ...words);
      return (JSON.parse(stdout) as { estimate: number }).estimate;
    };
    const expected = await run('--seed', '42', '--threads', '1');
    expect(await run('--seed', '42', '--threads', '2')).toBe(expected);
    expect(await run('--seed', '42', '--threads', '3', '--chunksize', '7')).toBe(expected);
    expect(await run('--seed', '42', '--threads', '2', '--chunksize', '4096')).toBe(expected);
    expect(await run('--seed', '43', '--threads', '1')).not.toBe(expected);
  });

  test('makes do with one sample, which has no error to measure by', async () => {
    const { code, stdout } = await granule('pi', '--samples', '1', '--json');
    expect(code).toBe(0);
    const { estimate, standardError, distanceInStandardErrors } = JSON.parse(stdout) as Record<string, unknown>;
    expect([0, 4]).toContain(estimate);
    expect({ standardError, distanceInStandardErrors }).toEqual({ standardError: 0, distanceInStandardErrors: null });
    expect((await granule('pi', '--samples', '1')).stdout).toMatch(/^π ≈ [04]\.00\n/);
  });

  test('draws a bar with --progress, from nothing to all, and leaves a blank line and the cursor', async () => {
    const { code, stderr } = await granule('pi', '--samples', '1e5', '--progress', '--json');
    expect(code).toBe(0);
    expect(stderr.startsWith(`${HIDE_CURSOR}${ERASE_LINE}  0% [    `)).toBe(true);
    expect(stderr).toContain(`100% [${'#'.repeat(40)}]`);
    expect(stderr.endsWith(ERASE_LINE + SHOW_CURSOR)).toBe(true);
  });

  test('writes a timeline of its threads with --trace', async () => {
    await using folder = await Folder.create();
    const file = join(folder.path, 'out.json');
    const { code, stderr } = await granule('pi', '-n', '1e6', '-t', '2', '-c', '100', '--trace', file);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const trace = checkedTrace(JSON.parse(readFileSync(file, 'utf8')) as TraceFile);
    expect(trace.otherData).toMatchObject({ pool: 'granule pi', dropped: 0 });
    const calls = callsOf(trace);
    const one = 'apply(countInside)';
    expect(calls.map(({ name }) => name)).toEqual([one, one, one, 'parallelReduce(countInside)']);
    const all = calls[3];
    expect(all.items).toEqual(Array.from({ length: 4096 }, (_, stream) => stream));
    expect(all.chunks.length).toBeGreaterThanOrEqual(41);
  });

  test('does not begin where the timeline cannot be written', async () => {
    const { code, stdout, stderr } = await granule('pi', '--trace', '/no/such/folder/out.json');
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(/^error: --trace: ENOENT[^\n]*\n$/);
  });

  test.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)('ends amid its work at %s, with code %i, and puts the terminal right', async (signal, expected) => {
    using command = new Command('pi', '--samples', '1e11', '--threads', '2', '--progress');
    await command.shows(/ left$/);
    command.child.kill(signal);
    const { code, signal: killedBy, stdout, stderr } = await command.end();
    expect({ code, killedBy, stdout }).toEqual({ code: expected, killedBy: null, stdout: '' });
    expect(stderr.endsWith(ERASE_LINE + SHOW_CURSOR)).toBe(true);
  });

  test('ends quietly when nobody reads what it prints', async () => {
    using command = new Command('pi', '--samples', '1000');
    command.child.stdout.destroy();
    expect(await command.end()).toEqual({ code: 0, signal: null, stdout: '', stderr: '' });
  });
});

describe('A wrong call of granule', () => {
  const integers = 'Expected an integer from';
  test.each([
    ['pi --samples abc', "'abc'", `${integers} 1 to 9007199254740991, such as 1e8 or 100_000_000.`],
    ['pi --samples -5', "'-5'", `${integers} 1 to`],
    ['pi --samples 0', "'0'", `${integers} 1 to`],
    ['pi --samples 1.5', "'1.5'", `${integers} 1 to`],
    ['pi --samples 1e400', "'1e400'", `${integers} 1 to`],
    ['pi --samples 9007199254740993', "'9007199254740993'", `${integers} 1 to`],
    ['pi --samples 0x10', "'0x10'", `${integers} 1 to`],
    ['pi --samples 1__0', "'1__0'", `${integers} 1 to`],
    ['pi --samples=', "''", `${integers} 1 to`],
    ['pi --samples Infinity', "'Infinity'", `${integers} 1 to`],
    ['pi --samples', '--samples', 'argument missing'],
    ['pi --threads 0', "'0'", `${integers} 1 to 1024.`],
    ['pi --threads 1.5', "'1.5'", `${integers} 1 to 1024.`],
    ['pi --threads 2000', "'2000'", `${integers} 1 to 1024.`],
    ['pi --seed x', "'x'", `${integers} -9007199254740991 to 9007199254740991.`],
    ['pi --chunksize 5000', "'5000'", `${integers} 1 to 4096.`],
    ['pi --sample 5', "'--sample'", 'Did you mean --samples?'],
    ['pi 1e8', "'pi'", 'Expected 0 arguments but got 1.'],
    ['pie', "'pie'", 'Did you mean pi?'],
    ['--bogus', "'--bogus'", 'unknown option'],
  ])('%s: one line with the value and the rule, and code 2', async (words, value, rule) => {
    const { code, stdout, stderr } = await granule(...words.split(' '));
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(/^error: [^\n]+\n$/);
    expect(stderr).toContain(value);
    expect(stderr).toContain(rule);
  });

  test('stays one line, and harmless, whatever the value holds', async () => {
    const { code, stderr } = await granule('pi', '--samples', 'a\nb\u001b[31m\r');
    expect(code).toBe(2);
    expect(stderr).toContain("'a b\\u001b[31m\\r' is invalid");
    expect(stderr).toMatch(/^error: \P{Cc}+\n$/u);
  });
});

describe('granule', () => {
  test('prints its version', async () => {
    const manifest = readFileSync(new URL('../../../package.json', import.meta.url), 'utf8');
    const { version } = JSON.parse(manifest) as { version: string };
    expect(await granule('--version')).toEqual({ code: 0, signal: null, stdout: `${version}\n`, stderr: '' });
  });

  test('helps', async () => {
    const { code, stdout, stderr } = await granule('--help');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(/^Usage: granule /);
    expect(stdout).toMatch(/^ {2}pi \[options\]/m);
  });

  test('helps with a command', async () => {
    const { code, stdout } = await granule('pi', '--help');
    expect(code).toBe(0);
    for (const option of ['--samples', '--threads', '--seed', '--chunksize', '--json', '--no-progress', '--trace']) {
      expect(stdout).toContain(option);
    }
  });

  test('helps with a command by the command help', async () => {
    const { code, stdout } = await granule('help', 'tune');
    expect({ code, stdout }).toEqual({ code: 0, stdout: (await granule('tune', '--help')).stdout });
  });

  test('without a command says what there is, on stderr, and fails', async () => {
    const { code, stdout, stderr } = await granule();
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(/^Usage: granule /);
  });
});
