import { describe, expect, test } from '@jest/globals';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Findings } from '#lib/lab/findings.js';
import { BREAKDOWN_PARTS, type Trace } from '#lib/lab/trace.js';
import { Command, granule, type Outcome } from './command.js';

const tasks = fileURLToPath(new URL('../fixtures/lab/tasks.js', import.meta.url));
const endlessLoad = fileURLToPath(new URL('../fixtures/lab/endless-load.js', import.meta.url));
const failingLoad = fileURLToPath(new URL('../fixtures/lab/failing-load.js', import.meta.url));
const exitingLoad = fileURLToPath(new URL('../fixtures/lab/exiting-load.js', import.meta.url));
const commonJs = fileURLToPath(new URL('../../../spec/fixtures/tasks/legacy.cjs', import.meta.url));

/** With so many seconds; with four times as many where a busy machine has spent them before the function's turn. */
async function inTime(seconds: number, ...words: string[]): Promise<Outcome> {
  const outcome = await granule('tune', ...words, '--budget', `${seconds}s`);
  const isSpent =
    / was spent on /.test(outcome.stderr) || /the cost of an item(: |","why":")the budget of/.test(outcome.stdout);
  return isSpent && seconds < 20 ? inTime(4 * seconds, ...words) : outcome;
}

describe('granule tune', () => {
  test('measures a function and prints its findings as one JSON object', async () => {
    const words = ['--items', '20', '--threads', '2', '--budget', '40s', '--json'];
    const { code, stdout, stderr } = await granule('tune', tasks, 'spin', ...words);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(/^\{.*\}\n$/);
    const findings = JSON.parse(stdout) as Findings;
    const { kind, format, partial, subject, cost, itemSeries, verdict } = findings;
    expect({ kind, format, partial }).toEqual({ kind: 'granule tune', format: 1, partial: false });
    expect(subject).toMatchObject({ name: 'spin', items: 20, source: 'numbers', threads: 2, asynchronous: false });
    expect(cost!.meanNs).toBeGreaterThan(1000);
    expect(itemSeries[0].kind).toBe('loop');
    const counts = itemSeries[0].points.map(({ items }) => items);
    expect(counts[0]).toBe(1);
    const pool = itemSeries.find((series) => series.kind === 'pool' && series.threads === 2)!;
    expect(pool.points.map(({ items }) => items)).toEqual(counts);
    expect(['pool', 'loop']).toContain(verdict!.use);
    // What a busy machine leaves no time for is named.
    const { chunksizes, speedup, crossover, traces, notMeasured } = findings;
    if (notMeasured.length === 0) {
      expect(counts[counts.length - 1]).toBeGreaterThanOrEqual(20);
      expect(chunksizes!.points.map(({ chunksize }) => chunksize)).toEqual([1, 2, 3, 4, 8, 10]);
      expect(chunksizes!.python.chunksize).toBe(3);
      expect(speedup!.points.map(({ threads }) => threads)).toEqual([1, 2]);
      expect(crossover!.items).toHaveProperty('direct.at');
      expect(crossover!.cost!.points.length).toBeGreaterThan(5);
      expect(traces.length).toBeGreaterThan(0);
    }
    for (const trace of traces) {
      expectWhole(trace);
      // One wakes a thread, one comes back, or none where it was still awake; chunks take none.
      expect(trace.messages).toBeLessThan(2 * trace.items);
    }
  }, 150_000);

  test('gives a function that changes its items fresh ones in each loop', async () => {
    const item = JSON.stringify({ list: [1, 2, 3, 4, 5] });
    const words = ['--item', item, '--items', '20', '--threads', '2', '--json'];
    const { stdout } = await inTime(5, tasks, 'emptying', ...words);
    const { cost } = JSON.parse(stdout) as Findings;
    expect(cost!.changesItems).toBe(true);
    // Five spins of 100 000 steps each; of what is empty it would take none.
    expect(cost!.meanNs).toBeGreaterThan(20_000);
  }, 150_000);

  test('has no speedup of fewer items than threads, and no crossover by the cost of one item', async () => {
    const { stdout } = await inTime(10, tasks, 'spin', '--items', '1', '--threads', '2', '--json');
    const { speedup, crossover, notMeasured } = JSON.parse(stdout) as Findings;
    expect([speedup, crossover?.cost]).toEqual([undefined, undefined]);
    const why = notMeasured.find(({ what }) => what === 'time against threads')?.why;
    // On a machine that is very busy the budget may be spent before.
    expect(why).toMatch(/^1 item is too few for 2 threads$|^the budget of \d+ s was spent/);
  }, 90_000);

  test('shows it in text, for a CommonJS function and items of a file', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'granule-tune-'));
    try {
      const file = join(folder, 'items.json');
      writeFileSync(file, '\uFEFF[[1, 2], [3, 4], [5, 6]]');
      const { code, stdout, stderr } = await inTime(10, commonJs, 'square', '--items-from', file);
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
      expect(stdout).toMatch(/^square of /);
      expect(stdout).toContain('an item       ');
      expect(stdout).not.toContain('\x1b');
      expect(stdout.split('\n').filter((line) => line.length > 79 && !line.includes('/'))).toEqual([]);
    } finally {
      rmSync(folder, { recursive: true });
    }
  }, 90_000);

  test('prints what is known so far at SIGINT, with its report and code 130, and puts the terminal right', async () => {
    const report = join(tmpdir(), `granule-tune-${process.pid}.html`);
    const words = ['--items', '1e6', '--budget', '2min', '--progress', '--report', report];
    using command = new Command('tune', tasks, 'spin', ...words);
    await command.shows(/ left$/);
    command.child.kill('SIGINT');
    const { code, signal, stdout, stderr } = await command.end();
    // What Node says where it aborts is all there is to go by.
    expect({ code, signal, said: signal === null ? '' : stderr }).toEqual({ code: 130, signal: null, said: '' });
    expect(stdout).toMatch(/^spin of /);
    expect(stdout).toContain('Interrupted: this is what was known until then.');
    expect(stderr.endsWith(`\r\x1b[K\x1b[?25hReport: ${report}\n`)).toBe(true);
    expect(readFileSync(report, 'utf8')).toContain('Interrupted.');
    rmSync(report);
  });

  test('says which item failed, and how, with code 1', async () => {
    const { code, stdout, stderr } = await granule('tune', tasks, 'failing', '--items', '10', '--threads', '2');
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toMatch(/^granule: failing failed at item 7 \(7\): RangeError: no root of 7\n +at .*tasks\.js/);
    expect(stderr).toMatch(/\nIts items were the numbers 0, 1, …: give it others with --item or --items-from\.\n$/);
  });

  test('says that a result cannot cross', async () => {
    const { code, stderr } = await granule('tune', tasks, 'uncloneable', '--items', '2', '--threads', '2');
    expect(code).toBe(1);
    expect(stderr).toMatch(/^granule: uncloneable failed at item \d \(\d\): SerializationError: /);
  });

  test('says that the function ended its thread', async () => {
    const { code, stdout, stderr } = await granule('tune', tasks, 'exiting', '--items', '2', '--threads', '2');
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toBe('granule: exiting ended its thread at item 0 (0): exit code 3; does it call process.exit?\n');
  });

  test('says at which item the function ended its thread', async () => {
    const { code, stdout, stderr } = await granule('tune', tasks, 'exitingAtThree', '--items', '9', '--threads', '2');
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toMatch(/^granule: exitingAtThree ended its thread at item 3 \(3\): exit code 3; /);
  });

  test('says which item has not returned when the budget is spent', async () => {
    const words = ['--items', '9', '--threads', '2'];
    const { code, stdout, stderr } = await inTime(4, tasks, 'endlessAtThree', ...words);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toMatch(/^granule: endlessAtThree had not returned from item 3 \(3\) for \S+ s when /);
    expect(stderr).toMatch(/^[^\n]* does it ever\? [^\n]*--budget\n$/);
  });

  test('says that the module was not loaded in time', async () => {
    const { code, stdout, stderr } = await granule('tune', endlessLoad, 'f', '--threads', '2', '--budget', '500ms');
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toMatch(/^granule: the budget of 500 ms was spent on (loading the module|starting 2 threads), /);
  });

  test('says what ended its thread between two calls', async () => {
    const { code, stdout, stderr } = await granule('tune', tasks, 'unheeded', '--items', '2', '--threads', '2');
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toMatch(/^granule: unheeded ended its thread: RangeError: nobody waits for \d\n +at .*tasks\.js/);
  });

  test('keeps what the function prints out of its JSON', async () => {
    const words = ['--items', '5', '--threads', '2', '--budget', '40s', '--json'];
    const { code, stdout, stderr } = await granule('tune', tasks, 'printing', ...words);
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ subject: { name: 'printing' } });
    expect(stderr).toContain('{ "printed": 0 }\n');
  }, 90_000);

  test('tells a function that waits from one that computes', async () => {
    const words = ['--items', '10', '--threads', '2', '--budget', '20s', '--json'];
    const { stdout } = await granule('tune', tasks, 'lazy', ...words);
    const { subject, cost, verdict } = JSON.parse(stdout) as Findings;
    expect(subject.asynchronous).toBe(true);
    expect(cost!.waiting).toBeGreaterThan(0.5);
    expect(verdict!.use).toBe('promises');
  }, 90_000);

  test('writes a report besides', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'granule-tune-'));
    try {
      const report = join(folder, 'report.html');
      const words = ['--items', '5', '--threads', '2', '--budget', '40s', '--report', report];
      const { code, stdout, stderr } = await granule('tune', tasks, 'spin', ...words);
      expect({ code, stderr }).toEqual({ code: 0, stderr: `Report: ${report}\n` });
      expect(stdout).toMatch(/^spin of /);
      expect(readFileSync(report, 'utf8')).toMatch(/^<!doctype html>[^]*<\/html>\n$/);
    } finally {
      rmSync(folder, { recursive: true });
    }
  }, 90_000);

  test('gives up a function that is not done with one item within the budget', async () => {
    const { code, stdout, stderr } = await inTime(1, tasks, 'endless');
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toMatch(/^granule: endless was not done with one item within \S+ m?s: [^\n]*--budget\n$/);
  });
});

/** Every item is somebody's, and the parts are all of the time. */
function expectWhole({ items, byThread, breakdown, chunks, total }: Trace): void {
  expect(byThread.reduce((sum, share) => sum + share.items, 0)).toBe(items);
  expect(BREAKDOWN_PARTS.reduce((sum, part) => sum + breakdown[part], 0)).toBeCloseTo(total, 6);
  const ranges = chunks.map(({ from, until }) => [from, until]).sort(([left], [right]) => left - right);
  expect(ranges[0][0]).toBe(0);
  for (const [k, [from]] of ranges.entries()) if (k > 0) expect(from).toBe(ranges[k - 1][1]);
  expect(ranges[ranges.length - 1][1]).toBe(items);
}

describe('A wrong call of granule tune', () => {
  test.each([
    [['./nowhere.js', 'spin'], 'No such module: '],
    [['lodash', 'chunk'], ' (expected a path from here, such as ./tasks.js, no package)'],
    [['file://elsewhere/tasks.js', 'spin'], 'file://elsewhere/tasks.js: '],
    [['.', 'spin'], "Expected a module's file, got a folder: "],
    [[tasks, 'spinn'], "has no export 'spinn'. The functions it exports: "],
    [[tasks, 'notAFunction'], "exports a value of type number as 'notAFunction'"],
    [[tasks, 'spin', '--item', '{'], '--item: expected JSON: '],
    [[tasks, 'spin', '--items-from', 'nowhere.json'], '--items-from nowhere.json: ENOENT'],
    [[tasks, 'spin', '--items-from', 'package.json'], 'expected a JSON array of items, got object'],
    [[tasks, 'spin', '--item', '1', '--items-from', 'x.json'], 'cannot be used with'],
    [[tasks, 'spin', '--items', '0'], 'Expected an integer from 1 to 100000000.'],
    [[tasks, 'spin', '--threads', '0'], 'Expected an integer from 1 to 1024.'],
    [[tasks, 'spin', '--budget', 'soon'], 'such as 20s, 500ms or 2min.'],
    [[tasks, 'spin', '--report', tmpdir()], '--report: EISDIR'],
    [[tasks, 'spin', '--report', join(tmpdir(), 'nowhere', 'report.html')], '--report: ENOENT'],
    [['https://example.com/tasks.js', 'spin'], 'Expected a path from here, or a file: URL, got https://example.com/tasks.js'],
    [[failingLoad, 'spin'], 'failing-load.js: RangeError: not today (file:'],
    [[exitingLoad, 'spin'], 'exiting-load.js: it ended its thread while it was loaded: exit code 4; does it'],
    [[tasks], "missing required argument 'export'"],
  ])('%j: one line, and code 2', async (words, rule) => {
    const { code, stdout, stderr } = await granule('tune', ...words);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(/^error: [^\n]+\n$/);
    expect(stderr).toContain(rule);
  });
});
