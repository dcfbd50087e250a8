/** The charts of a report of `granule tune`: each shows one part of the findings, and says in words what it shows. */
import type { Axis, BarChart, LineChart, Mark, TimelineChart } from '../report/report.js';
import type { ChunksizeSeries, CostCrossover, Crossovers, ItemSeries, Speedup, Timing } from './findings.js';
import { chunksOf, grouped, items, nanoseconds, rounded, threads } from './quantities.js';
import { BREAKDOWN_PARTS, PART_NAMES, type Trace } from './trace.js';

const TIME: Axis = { label: 'time of a call', scale: 'log', unit: 'seconds' };

const seconds = ({ median, lowerQuartile, upperQuartile }: Timing) => ({
  y: median / 1e3,
  low: lowerQuartile / 1e3,
  high: upperQuartile / 1e3,
});

export function itemsChart(series: readonly ItemSeries[], crossover: Crossovers | undefined): LineChart {
  const marks: Mark[] = [];
  const at = crossover?.items.direct.at ?? crossover?.items.fit.at;
  // One that lies far beyond what was measured would be all that there is to see.
  const most = Math.max(...series.flatMap(({ points }) => points.map((point) => point.items)));
  if (at != null && at >= 1 && at <= 10 * most) marks.push({ axis: 'x', at, label: `crossover: ${rounded(at)}` });
  return {
    kind: 'lines',
    title: 'Time against item count',
    caption: 'A loop on one thread, and pools. Below the crossover, handing over costs more than threads gain.',
    x: { label: 'items', scale: 'log', unit: 'count' },
    y: TIME,
    series: series.map(({ kind, threads: count, points }) => ({
      name: kind === 'loop' ? 'loop' : `pool of ${threads(count)}`,
      points: points.map((point) => ({ x: point.items, ...seconds(point.time) })),
    })),
    marks,
  };
}

export function costChart({ items: count, points, direct, fit }: CostCrossover): LineChart {
  const at = direct.at ?? fit.at;
  const pointsOf = (which: 'loop' | 'pool') =>
    points.map((point) => ({ x: point.costNs / 1e9, ...seconds(point[which]) }));
  return {
    kind: 'lines',
    title: 'Time against the cost of an item',
    caption: `${items(count)} of a task of adjustable cost, which takes and gives what yours does.`,
    x: { label: 'cost of an item', scale: 'log', unit: 'seconds' },
    y: TIME,
    series: [{ name: 'loop', points: pointsOf('loop') }, { name: 'pool', points: pointsOf('pool') }],
    marks: at === null ? [] : [{ axis: 'x', at: at / 1e9, label: `crossover: ${nanoseconds(at)}` }],
  };
}

export function chunksizeChart({ items: count, threads: width, points, python, learned }: ChunksizeSeries): LineChart {
  const marks: Mark[] = [{ axis: 'x', at: python.chunksize, label: "Python's rule of thumb" }];
  if (learned !== undefined) {
    marks.push(
      { axis: 'x', at: learned.chunksize, label: 'learned, at most' },
      { axis: 'y', at: learned.time.median / 1e3, label: 'learned' },
    );
  }
  return {
    kind: 'lines',
    title: 'Time against chunksize',
    caption: `${items(count)} on ${threads(width)}. Small chunks pay a claim each, large ones leave threads idle.`,
    x: { label: 'chunksize', scale: 'log', unit: 'count' },
    y: TIME,
    series: [
      { name: 'fixed chunksize', points: points.map(({ chunksize, time }) => ({ x: chunksize, ...seconds(time) })) },
    ],
    marks,
  };
}

export function speedupChart({ items: count, points }: Speedup): LineChart {
  return {
    kind: 'lines',
    title: 'Speedup against threads',
    caption: `How many times as fast as the loop, at ${items(count)}.`,
    x: { label: 'threads', scale: 'linear', unit: 'count' },
    y: { label: 'speedup', scale: 'linear', unit: 'ratio' },
    series: [
      { name: 'pool', points: points.map(({ threads: x, speedup: y }) => ({ x, y })) },
      { name: 'ideal', ideal: true, points: points.map(({ threads: x }) => ({ x, y: x })) },
    ],
    marks: [],
  };
}

export function timelineOf(trace: Trace): TimelineChart {
  return {
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
}

export function breakdownBars({ chunksize, breakdown }: Trace): BarChart {
  const parts = BREAKDOWN_PARTS.map((part) => ({ name: PART_NAMES[part], value: breakdown[part] / 1e3 }));
  return {
    kind: 'bars',
    title: 'Where the time went',
    caption: 'Each part is the mean over the threads; together they are the time of the call.',
    unit: 'seconds',
    bars: [{ name: chunksOf(chunksize), parts }],
  };
}
