/** The findings of `granule tune` as a report: the same figures as in the terminal, with more of them. */
import type { Axis, BarChart, Chart, LineChart, Mark } from '../report/report.js';
import type { Report, Section, Table, TimelineChart } from '../report/report.js';
import { tableOf } from '../report/tables.js';
import { BREAKDOWN_PARTS, PART_NAMES } from './findings.js';
import type { ChunksizeSeries, CostCrossover, Crossover, Distribution, Findings, Timing, Trace } from './findings.js';
import { doubtOf } from './machine.js';
import { chunksOf, duration, grouped, items, nanoseconds, rounded, threads } from './quantities.js';
import { noVerdict } from './verdict.js';

const TIME: Axis = { label: 'time of a call', scale: 'log', unit: 'seconds' };

export function reportOf(findings: Findings): Report {
  const { subject, verdict, partial } = findings;
  const doubt = doubtOf(findings.machine, subject.threads);
  const interrupted = partial ? 'Interrupted.' : undefined;
  const sections = [
    verdictSection(findings),
    itemsSection(findings),
    chunksizeSection(findings.chunksizes),
    speedupSection(findings),
    ...findings.traces.map(traceSection),
    figuresSection(findings),
  ];
  return {
    title: `${subject.name} of ${subject.path}`,
    summary: [verdict === undefined ? noVerdict(findings) : spoken(verdict.sentence), interrupted, doubt]
      .filter((sentence) => sentence !== undefined)
      .join(' '),
    made: findings.date,
    facts: factsOf(findings),
    sections: sections.filter((section) => section !== undefined),
  };
}

/** A clause as a sentence. */
const spoken = (text: string): string => `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;

function factsOf({ machine, versions, subject, elapsed }: Findings): Report['facts'] {
  return [
    ['Machine', `${machine.cpu}, ${machine.cores} cores`],
    ['System', machine.platform],
    ['Load before', machine.load.toFixed(1)],
    ...(machine.others === undefined ? [] : [['Other programs', `${machine.others.toFixed(1)} cores`] as const]),
    ...Object.entries(versions).map(([name, version]) => [name, version] as const),
    ['Module', subject.module],
    ['Items', `${grouped(subject.items)} (${subject.source === 'numbers' ? 'the numbers from 0' : subject.source})`],
    ['Threads', String(subject.threads)],
    ['Measured in', duration(elapsed)],
  ];
}

function verdictSection({ verdict }: Findings): Section | undefined {
  if (verdict === undefined) return undefined;
  // The sentence is the page's summary.
  return { heading: 'To paste', text: [], code: verdict.code, charts: [], tables: [] };
}

const seconds = ({ median, lowerQuartile, upperQuartile }: Timing) => ({
  y: median / 1e3,
  low: lowerQuartile / 1e3,
  high: upperQuartile / 1e3,
});

const said = (crossover: Crossover, show: (at: number) => string): string =>
  crossover.at === null ? `none (${crossover.reason})` : `from about ${show(crossover.at)} on`;

function itemsSection({ itemSeries, crossover }: Findings): Section | undefined {
  if (itemSeries.length === 0) return undefined;
  const marks: Mark[] = [];
  const at = crossover?.items.direct.at ?? crossover?.items.fit.at;
  if (at != null && at >= 1) marks.push({ axis: 'x', at, label: `crossover: ${rounded(at)}` });
  const text: string[] = [];
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
    }
  }
  const byItems: LineChart = {
    kind: 'lines',
    title: 'Time against item count',
    caption: 'A loop on one thread, and pools. Below the crossover, handing over costs more than threads gain.',
    x: { label: 'items', scale: 'log', unit: 'count' },
    y: TIME,
    series: itemSeries.map(({ kind, threads: count, points }) => ({
      name: kind === 'loop' ? 'loop' : `pool of ${threads(count)}`,
      points: points.map((point) => ({ x: point.items, ...seconds(point.time) })),
    })),
    marks,
  };
  return { heading: 'Where a pool begins to pay', text, ...shown(byItems, ...costChart(crossover?.cost)) };
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

function costChart(cost: CostCrossover | undefined): LineChart[] {
  if (cost === undefined || cost.points.length === 0) return [];
  const at = cost.direct.at ?? cost.fit.at;
  const pointsOf = (which: 'loop' | 'pool') =>
    cost.points.map((point) => ({ x: point.costNs / 1e9, ...seconds(point[which]) }));
  return [
    {
      kind: 'lines',
      title: 'Time against the cost of an item',
      caption: `${items(cost.items)} of a task of adjustable cost, which takes and gives what yours does.`,
      x: { label: 'cost of an item', scale: 'log', unit: 'seconds' },
      y: TIME,
      series: [{ name: 'loop', points: pointsOf('loop') }, { name: 'pool', points: pointsOf('pool') }],
      marks: at === null ? [] : [{ axis: 'x', at: at / 1e9, label: `crossover: ${nanoseconds(at)}` }],
    },
  ];
}

function chunksizeSection(series: ChunksizeSeries | undefined): Section | undefined {
  if (series === undefined) return undefined;
  const { learned, python, best, loop } = series;
  const marks: Mark[] = [{ axis: 'x', at: python.chunksize, label: "Python's rule of thumb" }];
  if (learned !== undefined) {
    marks.push(
      { axis: 'x', at: learned.chunksize, label: 'learned, at most' },
      { axis: 'y', at: learned.time.median / 1e3, label: 'learned' },
    );
  }
  const sentences = [
    `Best of the fixed ones: ${grouped(best.chunksize)} (${duration(best.time.median)}).`,
    `Python's rule of thumb, ceil(n / (4 · threads)): ${grouped(python.chunksize)} (${duration(python.time.median)}).`,
    ...(learned === undefined
      ? []
      : [`Learned: up to ${grouped(learned.chunksize)} (${duration(learned.time.median)}).`]),
    ...(loop === undefined ? [] : [`The loop: ${duration(loop.median)}.`]),
  ];
  const chart: LineChart = {
    kind: 'lines',
    title: 'Time against chunksize',
    caption:
      `${items(series.items)} on ${threads(series.threads)}. ` +
      'Small chunks pay a claim each, large ones leave threads idle.',
    x: { label: 'chunksize', scale: 'log', unit: 'count' },
    y: TIME,
    series: [
      {
        name: 'fixed chunksize',
        points: series.points.map(({ chunksize, time }) => ({ x: chunksize, ...seconds(time) })),
      },
    ],
    marks,
  };
  return { heading: 'Chunksize', text: [sentences.join(' ')], ...shown(chart) };
}

function speedupSection({ speedup }: Findings): Section | undefined {
  if (speedup === undefined || speedup.points.length === 0) return undefined;
  const { points } = speedup;
  const chart: LineChart = {
    kind: 'lines',
    title: 'Speedup against threads',
    caption: `How many times as fast as the loop, at ${items(speedup.items)}.`,
    x: { label: 'threads', scale: 'linear', unit: 'count' },
    y: { label: 'speedup', scale: 'linear', unit: 'ratio' },
    series: [
      { name: 'pool', points: points.map(({ threads: count, speedup: y }) => ({ x: count, y })) },
      { name: 'ideal', ideal: true, points: points.map(({ threads: count }) => ({ x: count, y: count })) },
    ],
    marks: [],
  };
  return { heading: 'Threads', text: [], ...shown(chart) };
}

function traceSection(trace: Trace): Section {
  const chunks = chunksOf(trace.chunksize);
  const shares: Table = {
    title: 'By thread',
    columns: [
      { name: 'thread', align: 'left' },
      ...['items', 'chunks', 'busy'].map((name) => ({ name, align: 'right' as const })),
    ],
    rows: trace.byThread.map(({ thread, items: count, chunks: taken, busy }) =>
      [`thread ${thread + 1}`, grouped(count), grouped(taken), duration(busy)]),
  };
  return {
    heading: `One call, watched: ${chunks}`,
    text: [
      `${items(trace.items)} in ${duration(trace.total)}, ${grouped(trace.chunkCount)} ` +
        `${trace.chunkCount === 1 ? 'chunk' : 'chunks'}, ${grouped(trace.messages)} ` +
        `${trace.messages === 1 ? 'message' : 'messages'}.`,
    ],
    charts: chartsOf(trace, chunks),
    tables: [shares],
  };
}

function chartsOf(trace: Trace, chunks: string): Chart[] {
  const timeline: TimelineChart = {
    kind: 'timeline',
    title: 'Chunks by thread',
    end: trace.total / 1e3,
    caption: trace.merged
      ? 'From the call to its result. Neighbouring chunks of one thread are shown as one.'
      : 'From the call to its result. Each block is a chunk.',
    lanes: trace.byThread.map(({ thread }) => ({
      name: `thread ${thread + 1}`,
      spans: trace.chunks
        .filter((chunk) => chunk.thread === thread)
        .map(({ from, until, start, end }) => ({
          start: start / 1e3,
          end: end / 1e3,
          label: `items ${grouped(from)} to ${grouped(until - 1)}`,
        })),
    })),
  };
  const bars: BarChart = {
    kind: 'bars',
    title: 'Where the time went',
    caption: 'Each part is the mean over the threads; together they are the time of the call.',
    unit: 'seconds',
    bars: [
      {
        name: chunks,
        parts: BREAKDOWN_PARTS.map((part) => ({ name: PART_NAMES[part], value: trace.breakdown[part] / 1e3 })),
      },
    ],
  };
  return [timeline, bars];
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
    text: notMeasured.map(({ what, why }) => `Not measured: ${what}, because ${why}.`),
    charts: [],
    tables: [
      {
        title: 'Costs',
        columns: [
          { name: 'what', align: 'left' },
          { name: 'median', align: 'right' },
          { name: 'quartiles', align: 'right' },
        ],
        rows,
      },
      ...(cost === undefined ? [] : [distributionTable(cost.distribution)]),
    ],
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
