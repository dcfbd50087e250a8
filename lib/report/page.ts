/**
 * A report as one self-contained HTML page: no network, which its content security policy rules out. Line charts are
 * drawn by uPlot, inlined; timelines and bars are plain elements. Every chart has its data as a table beneath it, which
 * the script closes: without one they are what there is to read.
 */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { colorClass, formatValue } from './format.js';
import { Html, html, jsonForScript } from './html.js';
import type { BarChart, Chart, LineChart, Report, Section, Table, TimelineChart } from './report.js';
import { style } from './style.js';
import { tableOf } from './tables.js';

export function renderPage(report: Report): string {
  const lines: LineChart[] = [];
  const sections = report.sections.map((section, index) => renderSection(section, `section-${index + 1}`, lines));
  const policy = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:";
  const links = report.sections.map(({ heading }, i) => html`<li><a href="#section-${i + 1}">${heading}</a></li>`);
  const made = report.made.slice(0, 16).replace('T', ' ');
  const page = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<link rel="icon" href="data:,">
<title>${report.title}</title>
<style>${new Html(uPlotFile('uPlot.min.css'))}${new Html(style)}</style>
<noscript><style>.plot, .lines .readout { display: none; }</style></noscript>
</head>
<body>
<header>
<h1>${report.title}</h1>
<p class="summary">${unbroken(report.summary)}</p>
<nav aria-label="Sections"><ul>${links}</ul></nav>
</header>
<main>
${sections}
</main>
<footer>
<h2>How it was measured</h2>
<dl>${report.facts.map(([name, value]) => html`<div><dt>${name}</dt><dd>${value}</dd></div>`)}
<div><dt>Made</dt><dd><time datetime="${report.made}">${made} UTC</time></dd></div>
</dl>
</footer>
<script type="application/json" id="charts">${jsonForScript(lines)}</script>
<script>${new Html(uPlotFile('uPlot.iife.min.js'))}</script>
<script>${new Html(formatValue.toString())}
${new Html(colorClass.toString())}
${['marks', 'lines', 'parts'].map(clientFile)}</script>
</body>
</html>
`;
  return page.text;
}

/** Found as Node.js finds it, wherever the package manager put it. */
function uPlotFile(name: string): string {
  return readFileSync(createRequire(import.meta.url).resolve(`uplot/dist/${name}`), 'utf8');
}

const clientFile = (name: string): Html =>
  new Html(readFileSync(new URL(`./client/${name}.js`, import.meta.url), 'utf8'));

/** No line ends within a number, or between it and its unit. */
const unbroken = (text: string): string =>
  text
    .replace(/(?<=\d) (?=\d{3}(?!\d))/g, '\u202f')
    .replace(/(?<=\d) (?=(?:[nµm]?s|min|h|×|%)(?![\p{L}\d]))/gu, '\u00a0');

function renderSection({ heading, text, code, charts, tables }: Section, id: string, lines: LineChart[]): Html {
  return html`<section id="${id}" aria-labelledby="${id}-heading">
<h2 id="${id}-heading">${heading}</h2>
${text.map((paragraph) => html`<p>${unbroken(paragraph)}</p>\n`)}
${code === undefined ? '' : html`<pre tabindex="0"><code>${code}</code></pre>`}
${charts.map((chart) => renderChart(chart, lines))}
${tables.map((table) => renderTable(table))}
</section>
`;
}

function renderChart(chart: Chart, lines: LineChart[]): Html {
  const table = tableOf(chart);
  return html`<figure class="${chart.kind}">
<figcaption><strong>${chart.title}</strong> ${unbroken(chart.caption)}</figcaption>
${drawing(chart, lines)}
<p class="readout" aria-live="polite"></p>
<details open><summary>The figures</summary>${renderTable({ ...table, title: '' }, chart.title)}</details>
</figure>
`;
}

function drawing(chart: Chart, lines: LineChart[]): Html {
  switch (chart.kind) {
    case 'lines':
      lines.push(chart);
      return html`<div class="legend" role="group" aria-label="Series"></div>
<div class="plot" data-chart="${lines.length - 1}" tabindex="0" role="application" aria-roledescription="chart"
 aria-label="${chart.title}. The arrow keys read out its points."></div>`;
    case 'timeline':
      return timeline(chart);
    case 'bars':
      return bars(chart);
  }
}

const percent = (share: number) => `${(100 * share).toFixed(3)}%`;

/** One stop of the Tab key for a row, however many spans it has. */
const keys = (name: string) =>
  html`tabindex="0" role="application" aria-roledescription="chart"
 aria-label="${name}. The arrow keys read out its parts."`;

function timeline({ lanes, end: whole = 0 }: TimelineChart): Html {
  const ends = lanes.flatMap(({ spans }) => spans.map((span) => span.end));
  const end = ends.reduce((one, other) => Math.max(one, other), whole || Number.MIN_VALUE);
  return html`<div class="tracks">${lanes.map(
    ({ name, spans }) => html`<div class="name">${name}</div>
<div class="track" ${keys(name)}>${spans.map((span, index) => {
      const [from, until] = [span.start, span.end].map((seconds) => formatValue(seconds, 'seconds'));
      const tip = `${name}: ${span.label}, ${from} to ${until}`;
      const place = `left: ${percent(span.start / end)}; width: ${percent((span.end - span.start) / end)}`;
      const look = index % 2 === 0 ? 'span' : 'span other';
      return html`<span class="${look}" style="${place}" data-tip="${tip}"></span>`;
    })}</div>`,
  )}</div><p class="scale"><span>0</span><span>${formatValue(end, 'seconds')}</span></p>`;
}

function bars({ bars: all, unit }: BarChart): Html {
  const names = [...new Set(all.flatMap((bar) => bar.parts.map(({ name }) => name)))];
  const most = Math.max(...all.map((bar) => bar.parts.reduce((sum, { value }) => sum + value, 0)), Number.MIN_VALUE);
  const legend = names.map((name, index) => html`<li class="${colorClass(index)}">${name}</li>`);
  return html`<ul class="legend">${legend}</ul><div class="tracks">${all.map(
    (bar) => html`<div class="name">${bar.name}</div>
<div class="bar" ${keys(bar.name)}>${bar.parts.map(({ name, value }) => {
      const tip = `${bar.name}: ${name} ${formatValue(value, unit)}`;
      return html`<span class="${colorClass(names.indexOf(name))}" style="width: ${percent(value / most)}"
 data-tip="${tip}"></span>`;
    })}</div>`,
  )}</div>`;
}

/** `label`: for those who hear the page. */
function renderTable({ title, columns, rows }: Table, label = title): Html {
  return html`<div class="table" tabindex="0" role="region" aria-label="${label}"><table>
${title === '' ? '' : html`<caption>${title}</caption>`}
<thead><tr>${columns.map(({ name, align }) => html`<th scope="col" class="${align}">${name}</th>`)}</tr></thead>
<tbody>${rows.map(
    (row) => html`<tr>${row.map((cell, index) => html`<td class="${columns[index].align}">${cell}</td>`)}</tr>\n`,
  )}</tbody>
</table></div>
`;
}
