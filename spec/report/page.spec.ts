import { describe, expect, test } from '@jest/globals';
import { renderPage } from '#lib/report/page.js';
import { tableOf } from '#lib/report/tables.js';
import { sample } from '../fixtures/report/sample.js';

const page = renderPage(sample);

describe('the page of a report', () => {
  test('escapes whatever it is given', () => {
    expect(page).toContain('Use a loop: &#60;script&#62;');
    expect(page).not.toContain('<script>document.title');
    // The elements of the page itself: data, uPlot, its own.
    expect(page.match(/<\/script>/g)).toHaveLength(3);
  });

  test('refers to nothing outside itself', () => {
    const body = page.replace(/<script>[^]*?<\/script>/g, '').replace(/<style>[^]*?<\/style>/g, '');
    expect(body.match(/(?:src|href)="[^"]*"/g)!.filter((reference) => !/"(#|data:)/.test(reference))).toEqual([]);
    expect(page).toContain('default-src &#39;none&#39;');
  });

  test('has the data of each chart as a table', () => {
    expect(page.match(/<details open>/g)).toHaveLength(4);
    const [lines] = sample.sections[0].charts.map(tableOf);
    expect(lines.columns.map(({ name }) => name)).toEqual(['items', 'loop', 'pool']);
    expect(lines.rows[1]).toEqual(['10', '10 µs', '']);
    expect(lines.rows[2]).toEqual(['100', '100 µs', '90 µs (80 µs … 110 µs)']);
    const [timeline, bars] = sample.sections[1].charts.map(tableOf);
    expect(timeline.rows[1]).toEqual(['thread 2', 'items 512 to 1023', '500 µs', '1.5 ms']);
    expect(bars.rows).toEqual([['auto', '2 ms', '100 µs'], ['chunksize 1', '2 ms', '1 ms']]);
  });

  test('tells the ninth of a kind from the first', () => {
    const parts = Array.from({ length: 9 }, (_, i) => ({ name: `part ${i}`, value: 1 }));
    const chart = { kind: 'bars', title: 'M', caption: '', unit: 'seconds', bars: [{ name: 'one', parts }] } as const;
    const text = renderPage({ ...sample, sections: [{ heading: 'Parts', text: [], charts: [chart], tables: [] }] });
    const colors = [...text.matchAll(/<li class="([^"]*)">part/g)].map(([, color]) => color);
    expect(new Set(colors).size).toBe(9);
  });

  test('ends no line within a number, or before its unit', () => {
    const text = renderPage({ ...sample, summary: 'Of 10 000 items 3 take 4.9 ms or 12 %, not 3 samples.' });
    expect(text).toContain('Of 10\u202f000 items 3 take 4.9\u00a0ms or 12\u00a0%, not 3 samples.');
  });

  test('says when and on what it was made', () => {
    expect(page).toContain('<time datetime="2026-11-20T12:34:56.000Z">2026-11-20 12:34 UTC</time>');
    expect(page).toContain('<dt>Node.js</dt><dd>v20.20.2</dd>');
  });

  test('with nothing to show is a page all the same', () => {
    expect(renderPage({ ...sample, sections: [] })).toContain('<h1>square of ./tasks.js</h1>');
  });
});
