/** Charts of characters: logarithmic axes, a mark for each measured point, a thin line between them. */

export interface PlotPoint {
  readonly x: number;
  readonly y: number;
}

export interface PlotSeries {
  /** A character for the points, and one for the line between them. */
  readonly mark: string;
  readonly line: string;
  readonly points: readonly PlotPoint[];
  readonly paint?: Paint;
}

export type Paint = (text: string) => string;

export interface Plot {
  /** Columns in all, and rows of the plot itself. */
  readonly width: number;
  readonly height: number;
  readonly series: readonly PlotSeries[];
  /** Upright lines. */
  readonly uprights?: readonly { readonly x: number; readonly paint?: Paint }[];
  readonly xLabel: (x: number) => string;
  readonly yLabel: (y: number) => string;
}

interface Cell {
  readonly text: string;
  readonly paint: Paint | undefined;
}

const UPRIGHT = '┊';

/** Lines of at most `width` columns; none where there is no point. All x and y are above 0. */
export function plot({ width, height, series, uprights = [], xLabel, yLabel }: Plot): string[] {
  const points = series.flatMap((one) => one.points);
  if (points.length === 0) return [];
  const ys = rangeOf(points.map(({ y }) => y));
  const yTicks = ticksOf(ys, Math.ceil(height / 2));
  const gutter = Math.max(...yTicks.map((tick) => yLabel(tick).length));
  const columns = width - gutter - 2;
  const xs = rangeOf(points.map(({ x }) => x));
  const columnOf = (x: number): number => Math.round(share(x, xs) * (columns - 1));
  const rowOf = (y: number): number => Math.round((1 - share(y, ys)) * (height - 1));

  const cells: (Cell | undefined)[][] = Array.from({ length: height }, () => new Array<Cell | undefined>(columns));
  for (const { x, paint } of uprights) {
    if (x < xs.least || x > xs.most) continue;
    for (const row of cells) row[columnOf(x)] = { text: UPRIGHT, paint };
  }
  for (const { points, line, paint } of series) {
    for (const [column, y] of between(points, columnOf)) cells[rowOf(y)][column] = { text: line, paint };
  }
  for (const { points, mark, paint } of series) {
    for (const { x, y } of points) cells[rowOf(y)][columnOf(x)] = { text: mark, paint };
  }

  const labels = new Map(yTicks.map((tick) => [rowOf(tick), yLabel(tick)]));
  const lines = cells.map((row, k) => {
    const label = labels.get(k);
    const body = Array.from(row, (cell) => (cell === undefined ? ' ' : (cell.paint ?? plain)(cell.text))).join('');
    return `${(label ?? '').padStart(gutter)} ${label === undefined ? '│' : '┤'}${body}`.trimEnd();
  });
  const margin = ' '.repeat(gutter + 1);
  const xTicks = ticksOf(xs, Math.floor(columns / 12));
  const axis = new Array<string>(columns).fill('─');
  for (const tick of xTicks) axis[columnOf(tick)] = '┴';
  const xLine = xLabels(xTicks.map((x) => [columnOf(x), xLabel(x)]), columns);
  return [...lines, `${margin}└${axis.join('')}`, margin + xLine];
}

const plain: Paint = (text) => text;

interface Range {
  readonly least: number;
  readonly most: number;
}

function rangeOf(values: readonly number[]): Range {
  const least = Math.min(...values);
  const most = Math.max(...values);
  // A single value, or nearly, lies in the middle of a range of four.
  return most < least * 1.5 ? { least: least / 2, most: most * 2 } : { least, most };
}

/** Where `value` lies on a logarithmic axis: 0 to 1. */
function share(value: number, { least, most }: Range): number {
  return Math.log(value / least) / Math.log(most / least);
}

/** Round values within the range, no more than `count` where that is possible: decades, or 1-2-5 where few of those. */
export function ticksOf({ least, most }: Range, count: number): number[] {
  const from = Math.floor(Math.log10(least));
  const until = Math.ceil(Math.log10(most));
  const decades = Array.from({ length: until - from + 1 }, (_, k) => from + k);
  const within = (digits: readonly number[], every: number): number[] =>
    decades
      .filter((decade) => decade % every === 0)
      .flatMap((decade) => digits.map((digit) => Number(`${digit}e${decade}`)))
      .filter((tick) => tick >= least * 0.999 && tick <= most * 1.001);
  const fine = within([1, 2, 3, 4, 5, 6, 7, 8, 9], 1);
  const choices = [fine, within([1, 2, 5], 1), within([1], 1), within([1], 2), within([1], 3)];
  return choices.find((ticks) => ticks.length <= Math.max(2, count) && ticks.length > 0) ?? [least, most];
}

/** The line through the points, on logarithmic axes: a y for each column between the first and the last. */
function* between(points: readonly PlotPoint[], columnOf: (x: number) => number): Generator<[number, number]> {
  for (let k = 1; k < points.length; k++) {
    const [left, right] = [points[k - 1], points[k]];
    const [from, until] = [columnOf(left.x), columnOf(right.x)];
    for (let column = from + 1; column < until; column++) {
      yield [column, left.y * (right.y / left.y) ** ((column - from) / (until - from))];
    }
  }
}

/** Each label under its column, as far as there is room: one that would touch the one before it is left out. */
function xLabels(labels: readonly (readonly [column: number, label: string])[], columns: number): string {
  let line = '';
  for (const [column, label] of labels) {
    // The axis begins one column further right.
    const at = Math.max(0, Math.min(columns + 1 - label.length, column + 1 - Math.floor(label.length / 2)));
    if (line === '' || at > line.length) line = line.padEnd(at) + label;
  }
  return line;
}
