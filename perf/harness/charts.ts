/** Figures of rows as the charts of a report. */
import type { Axis, LineChart, Mark } from '#lib/report/report.js';
import type { Figure } from './suite.js';

/** One measured point of a series: a subject's figure at `x`. */
export interface Point {
  readonly series: string;
  readonly x: number;
  readonly figure: Figure;
}

export interface LinesOf {
  readonly title: string;
  readonly caption: string;
  readonly x: Axis;
  readonly y: Axis;
  readonly marks?: readonly Mark[];
  /** What the seconds of a figure become on the y axis. Default: they stay. */
  readonly scale?: (seconds: number, x: number) => number;
}

/** A line a series, in the order in which the series first appear. */
export function linesOf(points: readonly Point[], options: LinesOf): LineChart {
  const { scale = (value) => value, marks = [], ...rest } = options;
  const names = [...new Set(points.map(({ series }) => series))];
  const series = names.map((name) => ({
    name,
    points: points
      .filter((point) => point.series === name)
      .sort((a, b) => a.x - b.x)
      .map(({ x, figure: { summary } }) => {
        const [y, one, other] = [summary.median, summary.lowerQuartile, summary.upperQuartile].map((s) => scale(s, x));
        return { x, y, low: Math.min(one, other), high: Math.max(one, other) };
      }),
  }));
  return { kind: 'lines', ...rest, series, marks };
}

export const ITEMS: Axis = { label: 'items', scale: 'log', unit: 'count' };
export const TIME: Axis = { label: 'time of a call', scale: 'log', unit: 'seconds' };
