import { describe, expect, test } from '@jest/globals';
import { reportOf } from '#lib/lab/report-of.js';
import { renderPage } from '#lib/report/page.js';
import type { LineChart } from '#lib/report/report.js';
import { findings } from '../fixtures/lab/findings.js';

const report = reportOf(findings);
const charts = report.sections.flatMap((section) => section.charts);

describe('the report of granule tune', () => {
  test('begins with the verdict, as a sentence, and the line to paste', () => {
    expect(report.title).toBe('work of ./tasks.js');
    expect(report.summary).toBe(
      'Use the pool: 10 000 items take 4.9 ms on 2 threads and 9 ms in a loop, 1.8 times as fast.',
    );
    expect(report.sections[0].code).toBe('const results = await pool.map(work, items);');
  });

  test('marks the crossover: as measured, else by the fit', () => {
    const [byItems, byCost] = charts as LineChart[];
    expect(byItems.marks).toEqual([{ axis: 'x', at: 700, label: 'crossover: 700' }]);
    expect(byCost.marks).toEqual([{ axis: 'x', at: 60e-9, label: 'crossover: 60 ns' }]);
  });

  test('marks the learned chunksize and the rule of thumb', () => {
    const chart = charts.find(({ title }) => title === 'Time against chunksize') as LineChart;
    expect(chart.marks.map(({ label }) => label)).toEqual(["Python's rule of thumb", 'learned, at most', 'learned']);
  });

  test('shows times in seconds', () => {
    const [{ series }] = charts as LineChart[];
    expect(series.map(({ name }) => name)).toEqual(['loop', 'pool of 1 thread', 'pool of 2 threads']);
    const { x, y, low, high } = series[0].points[3];
    expect(x).toBe(1000);
    expect([y, low, high].map((value) => value!.toPrecision(3))).toEqual(['0.000900', '0.000810', '0.00108']);
  });

  test('shows which thread ran what, and where the time went', () => {
    expect(charts.slice(-2)).toMatchObject([
      { kind: 'timeline', lanes: [{ spans: [{ start: 0.5e-3, label: 'items 0 to 9 999' }] }, { spans: [] }] },
      { kind: 'bars', bars: [{ name: 'chunks as learned' }] },
    ]);
  });

  test('has a table where a chart would show a single point', () => {
    const itemSeries = findings.itemSeries.map((one) => ({ ...one, points: one.points.slice(0, 1) }));
    const { crossover, ...rest } = findings;
    expect(crossover).toBeDefined();
    const { charts, tables } = reportOf({ ...rest, itemSeries }).sections[1];
    expect(charts).toEqual([]);
    expect(tables.map(({ title, rows }) => [title, rows.length])).toEqual([['Time against item count', 1]]);
  });

  test('says what was not measured', () => {
    expect(report.sections.at(-1)!.text).toEqual([
      'Not measured: time at 20 000 items and more, because nobody asked for it, nor did the budget of 20 s.',
    ]);
  });

  test('of hardly anything is a page all the same', () => {
    const { kind, format, date, machine, versions, subject, elapsed } = findings;
    const rest = { itemSeries: [], traces: [], notMeasured: [], partial: true };
    const page = renderPage(reportOf({ kind, format, date, machine, versions, subject, elapsed, ...rest }));
    expect(page).toContain('No verdict: too little was measured. Give it more time with --budget. Interrupted.');
  });
});
