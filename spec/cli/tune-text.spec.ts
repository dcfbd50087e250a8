import { describe, expect, test } from '@jest/globals';
import { COLOUR, NO_COLOUR, textOf } from '#lib/cli/tune-text.js';
import { findings } from '../fixtures/lab/findings.js';

const text = textOf(findings, NO_COLOUR);

describe('The text of findings', () => {
  test('fits a terminal of 80 columns, and is nothing but text without colours', () => {
    const lines = text.split('\n');
    expect(lines.filter((line) => line.length > 79)).toEqual([]);
    expect(lines.filter((line) => line !== line.trimEnd())).toEqual([]);
    expect(text).not.toMatch(/\p{Cc}(?<!\n)/u);
    expect(text).not.toMatch(/undefined|NaN|null/);
  });

  test('fits a terminal of any width from 40 columns on', () => {
    for (const columns of [40, 50, 60, 70]) {
      const lines = textOf(findings, NO_COLOUR, columns).split('\n');
      const prose = lines.filter((line) => line !== `  ${findings.verdict!.code}`); // which is to be pasted whole
      expect(prose.filter((line) => line.length >= columns)).toEqual([]);
      expect(prose).toHaveLength(lines.length - 1);
    }
    expect(textOf(findings, NO_COLOUR, 300)).toBe(text);
  });

  test('ends no line within a number, or before its unit', () => {
    for (let columns = 40; columns <= 80; columns++) {
      expect(textOf(findings, NO_COLOUR, columns)).not.toMatch(/\d\n *(\d{3}\b(?! *[└┤│])|[nµm]?s\b)/);
    }
  });

  test('differs in colours by escape sequences alone', () => {
    const coloured = textOf(findings, COLOUR);
    expect(coloured).toContain('\x1b[');
    // eslint-disable-next-line no-control-regex
    expect(coloured.replace(/\x1b\[\d+m/g, '')).toBe(text);
  });

  test('says what was measured, and ends with the verdict and a line to paste', () => {
    expect(text).toMatch(/^work of \.\/tasks\.js, 10 000 items \(the numbers from 0\), 2 threads\n/);
    expect(text).toContain('an item       900 ns in a loop (quartiles 890 ns … 910 ns; batches of 12 from');
    expect(text.replace(/\s+/g, ' ')).toContain(
      'dispatch a call 20 µs, 300 µs when the threads sleep, a chunk 370 ns, an item 25 ns crossover',
    );
    expect(text).toContain('crossover     items: from 700 on as measured; from 680 on by the fit\n');
    expect(text).toContain('not up to 50 ns an item');
    expect(text).toContain('by threads: 1: 0.97, 2: 1.8\n');
    expect(text).toContain('not measured  time at 20 000 items and more: nobody asked');
    expect(text).toMatch(/\n\nUse the pool: [^]*1\.8\ntimes as fast\.\n\n {2}const results = await [^\n]*;\n$/);
  });

  test('explains where the time went, and when one thread did it all', () => {
    expect(text).toMatch(/^ {2}compute +1\.5 ms +38% █+$/m);
    expect(text.replace(/\s+/g, ' ')).toContain(
      '4 messages for 40 chunks. By thread: 10 000 in 40 chunks; 1 thread had nothing to do. ' +
        'One was through before another would have been awake.',
    );
  });

  test('does not say so of one chunk, which only one thread can take', () => {
    const [trace] = findings.traces;
    const one = textOf({ ...findings, traces: [{ ...trace, chunkCount: 1 }] }, NO_COLOUR);
    expect(one).not.toContain('One was through');
  });

  test('says how often an item was measured, that it changes, and how long it waits', () => {
    const cost = { ...findings.cost!, items: 1, passes: 1, changesItems: true, waiting: 0.4 };
    const said = textOf({ ...findings, cost }, NO_COLOUR).replace(/\s+/g, ' ');
    expect(said).toContain('an item 900 ns in a loop (one loop over 1 item)');
    expect(said).toContain('it changes its items: each loop had fresh copies');
    expect(said).toContain('it returns a promise: 40 % of this its thread waited, with nothing to do');
  });

  test('marks the crossover, Python’s rule of thumb and the learned chunksize', () => {
    expect(text).toContain('┊ the pool is faster from 700 on');
    expect(text).toContain("P Python's rule of thumb, 1 250 (4 ms)");
    expect(text).toContain('277 (4.1 ms)');
    for (const mark of ['○', '●', '┊', 'P', 'L']) expect(text).toMatch(new RegExp(`^.* [│┤].*${mark}`, 'm'));
  });

  test('says that there is no verdict', () => {
    const { verdict, ...rest } = findings;
    expect(verdict).toBeDefined();
    expect(textOf(rest, NO_COLOUR)).toMatch(/\nNo verdict: too little was measured\. Give it more time[^\n]+\n$/);
  });

  test('says why there is no verdict, and what to do', () => {
    const { verdict, ...rest } = findings;
    expect(verdict).toBeDefined();
    const itemSeries = rest.itemSeries.map((one) => ({ ...one, points: one.points.slice(0, 2) }));
    const said = (more: object) => textOf({ ...rest, ...more }, NO_COLOUR).replace(/\s+/g, ' ');
    expect(said({ itemSeries })).toMatch(
      /No verdict: the budget of 20 s was enough for calls of 10 items, too few to foresee 10 000\. Give .* 100s\. $/,
    );
    expect(said({ itemSeries: [] })).toMatch(/No verdict: the budget of 20 s was spent before the pool was measured\./);
  });

  test('says that the machine was busy', () => {
    const busy = textOf({ ...findings, machine: { ...findings.machine, load: 6.3 } }, NO_COLOUR);
    expect(busy).toContain('The machine was busy before this began: a load of 6.3 on 2 cores. Doubt these');
    expect(busy).toMatch(/\n\n {2}const results = await pool\.map\(work, items\);\n$/);
    expect(text).not.toContain('busy');
  });

  test('says that others kept the cores busy which the threads were to have, whatever the load was before', () => {
    const withOthers = (more: object) => textOf({ ...findings, machine: { ...findings.machine, ...more } }, NO_COLOUR);
    expect(withOthers({ others: 0.7 })).toContain('Other programs kept 0.7 of 2 cores busy. Doubt these figures');
    expect(withOthers({ others: 0.1, load: 9 })).not.toContain('Doubt');
    expect(withOthers({ others: 4, cores: 16 })).not.toContain('Doubt');
  });

  test('has no chart of a single point', () => {
    const itemSeries = findings.itemSeries.map((one) => ({ ...one, points: one.points.slice(0, 1) }));
    const { points, ...rest } = findings.chunksizes!;
    const one = textOf({ ...findings, itemSeries, chunksizes: { ...rest, points: points.slice(0, 1) } }, NO_COLOUR);
    expect(one).toContain('Time at 1 item: loop 900 ns, pool of 2 threads 300 µs\n');
    expect(one).not.toMatch(/[└┤]|Time against/);
  });

  test('leaves out what is not known, and says that it was interrupted', () => {
    const { kind, format, date, machine, versions, subject, elapsed } = findings;
    const early = { kind, format, date, machine, versions, subject, elapsed };
    const nothing = { itemSeries: [], traces: [], notMeasured: [] };
    expect(textOf({ ...early, ...nothing, partial: true }, NO_COLOUR).split('\n')).toEqual([
      'work of ./tasks.js, 10 000 items (the numbers from 0), 2 threads',
      'A processor, 2 cores, Node 20.20.2, measured in 9.9 s',
      'Interrupted: this is what was known until then.',
      '',
    ]);
  });
});
