/** The findings of `granule tune` as a report: the same figures as in the terminal, with more of them. */
import type { LineChart, Report, Section, Table } from '../report/report.js';
import { tableOf } from '../report/tables.js';
import { breakdownBars, chunksizeChart, costChart, itemsChart, speedupChart, timelineOf } from './charts.js';
import type { ChunksizeSeries, Crossover, Distribution, Findings, Speedup, Timing } from './findings.js';
import { doubtOf } from './machine.js';
import { chunksOf, duration, grouped, items, nanoseconds, rounded } from './quantities.js';
import { remarksOn, sourceOf } from './remarks.js';
import { ranAlone, type Trace } from './trace.js';
import { noVerdict, sentenceOf } from './verdict.js';

export function reportOf(findings: Findings): Report {
  const { subject, verdict, partial } = findings;
  const doubt = findings.cost === undefined ? undefined : doubtOf(findings.machine, subject.threads);
  const interrupted = partial ? 'Interrupted.' : undefined;
  const sections = [
    verdictSection(findings),
    itemsSection(findings),
    chunksizeSection(findings.chunksizes),
    speedupSection(findings.speedup),
    ...findings.traces.map(traceSection),
    figuresSection(findings),
  ];
  return {
    title: `${subject.name} of ${subject.path}`,
    summary: [verdict === undefined ? noVerdict(findings) : sentenceOf(verdict), interrupted, doubt]
      .filter((sentence) => sentence !== undefined)
      .join(' '),
    made: findings.date,
    facts: factsOf(findings),
    sections: sections.filter((section) => section !== undefined),
  };
}

function factsOf({ machine, versions, subject, elapsed }: Findings): Report['facts'] {
  return [
    ['Machine', `${machine.cpu}, ${machine.cores} cores`],
    ['System', machine.platform],
    ['Load before', machine.load.toFixed(1)],
    ...(machine.others === undefined ? [] : [['Other programs', `${machine.others.toFixed(1)} cores`] as const]),
    ...Object.entries(versions).map(([name, version]) => [name, version] as const),
    ['Module', subject.module],
    ['Items', `${grouped(subject.items)} (${sourceOf(subject)})`],
    ['Threads', String(subject.threads)],
    ['Measured in', duration(elapsed)],
  ];
}

function verdictSection({ verdict }: Findings): Section | undefined {
  if (verdict === undefined) return undefined;
  // The sentence is the page's summary.
  return { heading: 'To paste', text: [], code: verdict.code, charts: [], tables: [] };
}

const said = (crossover: Crossover, show: (at: number) => string): string =>
  crossover.at === null ? `none (${crossover.reason})` : `from about ${show(crossover.at)} on`;

function itemsSection({ itemSeries, crossover }: Findings): Section | undefined {
  if (itemSeries.length === 0) return undefined;
  const text: string[] = [];
  const charts = [itemsChart(itemSeries, crossover)];
  if (crossover !== undefined) {
    const { items: byItems, cost } = crossover;
    text.push(
      `The pool is faster: as measured, ${said(byItems.direct, rounded)}; ` +
        `by the fit of T = a + n·c/W, ${said(byItems.fit, rounded)}.`,
    );
    if (cost !== undefined) {
      text.push(
        `With ${items(cost.items)}, by what one of them costs: as measured, ${said(cost.direct, nanoseconds)}; ` +
          `by the fit, ${said(cost.fit, nanoseconds)}.`,
      );
      charts.push(costChart(cost));
    }
  }
  return { heading: 'Where a pool begins to pay', text, ...shown(...charts) };
}

/** A chart of a single x shows nothing that its figures do not. */
function shown(...charts: readonly LineChart[]): Pick<Section, 'charts' | 'tables'> {
  const isTelling = ({ series }: LineChart): boolean =>
    new Set(series.flatMap(({ points }) => points.map(({ x }) => x))).size > 1;
  return {
    charts: charts.filter(isTelling),
    tables: charts.filter((chart) => !isTelling(chart)).map(tableOf),
  };
}

function chunksizeSection(series: ChunksizeSeries | undefined): Section | undefined {
  if (series === undefined) return undefined;
  const { learned, python, best, loop } = series;
  const sentences = [
    `Best of the fixed ones: ${grouped(best.chunksize)} (${duration(best.time.median)}).`,
    `Python's rule of thumb, ceil(n / (4 · threads)): ${grouped(python.chunksize)} (${duration(python.time.median)}).`,
    ...(learned === undefined
      ? []
      : [`Learned: up to ${grouped(learned.chunksize)} (${duration(learned.time.median)}).`]),
    ...(loop === undefined ? [] : [`The loop: ${duration(loop.median)}.`]),
  ];
  return { heading: 'Chunksize', text: [sentences.join(' ')], ...shown(chunksizeChart(series)) };
}

function speedupSection(speedup: Speedup | undefined): Section | undefined {
  if (speedup === undefined || speedup.points.length === 0) return undefined;
  return { heading: 'Threads', text: [], ...shown(speedupChart(speedup)) };
}

function traceSection(trace: Trace): Section {
  const shares: Table = {
    title: 'By thread',
    columns: [
      { name: 'thread', align: 'left' },
      ...['items', 'chunks', 'busy'].map((name) => ({ name, align: 'right' as const })),
    ],
    rows: trace.byThread.map(({ thread, items: count, chunks: taken, busy }) =>
      [`thread ${thread + 1}`, grouped(count), grouped(taken), duration(busy)]),
  };
  const alone = ranAlone(trace) ? ' One thread was through before another would have been awake.' : '';
  return {
    heading: `One call, watched: ${chunksOf(trace.chunksize)}`,
    text: [
      `${items(trace.items)} in ${duration(trace.total)}, ${grouped(trace.chunkCount)} ` +
        `${trace.chunkCount === 1 ? 'chunk' : 'chunks'}, ${grouped(trace.messages)} ` +
        `${trace.messages === 1 ? 'message' : 'messages'}.${alone}`,
    ],
    charts: [timelineOf(trace), breakdownBars(trace)],
    tables: [shares],
  };
}

function figuresSection({ cost, dispatch, notMeasured }: Findings): Section {
  const rows: string[][] = [];
  if (cost !== undefined) {
    const { meanNs, lowerQuartileNs, upperQuartileNs } = cost;
    const range = `${nanoseconds(lowerQuartileNs)} … ${nanoseconds(upperQuartileNs)}`;
    rows.push(['an item in a loop', nanoseconds(meanNs), range]);
  }
  if (dispatch !== undefined) {
    const range = (time: Timing) => `${duration(time.lowerQuartile)} … ${duration(time.upperQuartile)}`;
    rows.push(
      ['a call to threads at work', duration(dispatch.warm.median), range(dispatch.warm)],
      ['a call to threads that sleep', duration(dispatch.asleep.median), range(dispatch.asleep)],
      ['one more chunk', nanoseconds(dispatch.chunkNs), ''],
    );
    if (dispatch.itemNs !== undefined) rows.push(['one more item, in and out', nanoseconds(dispatch.itemNs), '']);
  }
  return {
    heading: 'All other figures',
    text: [
      ...(cost === undefined ? [] : remarksOn(cost).map((remark) => `Of an item: ${remark}.`)),
      ...notMeasured.map(({ what, why }) => `Not measured: ${what}, because ${why}.`),
    ],
    charts: [],
    tables: [
      ...(rows.length === 0 ? [] : [costsTable(rows)]),
      ...(cost === undefined ? [] : [distributionTable(cost.distribution)]),
    ],
  };
}

function costsTable(rows: Table['rows']): Table {
  return {
    title: 'Costs',
    columns: [
      { name: 'what', align: 'left' },
      { name: 'median', align: 'right' },
      { name: 'quartiles', align: 'right' },
    ],
    rows,
  };
}

/** How unequal items are. */
function distributionTable({ batch, leastNs, quantiles, mostNs }: Distribution): Table {
  const right = (name: string) => ({ name, align: 'right' as const });
  return {
    title: batch === 1 ? 'Single items, side by side' : `Items side by side, as means of ${grouped(batch)}`,
    columns: [right('least'), ...quantiles.map(({ q }) => right(`${100 * q} %`)), right('most')],
    rows: [[leastNs, ...quantiles.map(({ ns }) => ns), mostNs].map(nanoseconds)],
  };
}
