/**
 * The crossover: over tasks of 1 to 10⁷ steps and calls of 1 to 10 000 items, the loop, the pool, and the pools of
 * others. A grid point whose loop would take longer than the largest call is left out.
 */
import { linesOf, ITEMS, TIME } from '../harness/charts.js';
import type { Point } from '../harness/charts.js';
import { formatSeconds, formatTable } from '../harness/format.js';
import type { Conclusion, Figure, Findings, MeasuredRow, Pace, Row, Suite } from '../harness/suite.js';
import { STEPS } from './grid.js';
import { crossoverOf } from './crossover.js';
import { measureGrid } from './measure.js';

const titleOf = (steps: number) => `${steps.toLocaleString('en-US')} ${steps === 1 ? 'step' : 'steps'} an item`;

const rowOf = (steps: number): Row => ({
  id: `steps-${steps}`,
  work: `map of items of ${titleOf(steps).replace(' an item', '')} each`,
  async measure(pace: Pace): Promise<Findings> {
    const { points, remarks } = await measureGrid(steps, pace);
    const figures: Figure[] = points.map(({ series, x, figure }) => {
      return { ...figure, subject: `${series}, ${x} items`, base: `granule, ${x} items` };
    });
    const crossover = crossoverOf(points);
    const chart = linesOf(points, {
      title: titleOf(steps),
      caption: `Time of a call against the number of items. The pool beats the loop ${crossover.text}.`,
      x: ITEMS,
      y: TIME,
      marks: crossover.items === undefined ? [] : [{ axis: 'x', at: crossover.items, label: 'crossover' }],
    });
    return { figures, claims: [], remarks, charts: [chart] };
  },
});

/** What each row found, and the curve that joins them. */
function conclude(measured: readonly MeasuredRow[]): Conclusion {
  const found = measured.flatMap(({ row, findings }) => {
    const points = pointsOf(findings.figures);
    const loop = points.filter(({ series }) => series === 'loop').at(-1);
    if (loop === undefined) return [];
    return [{ row, seconds: loop.figure.summary.median / loop.x, ...crossoverOf(points) }];
  });
  const rows = found.map(({ row, seconds, text }) => [row.id, formatSeconds(seconds), text]);
  const columns = ['task', 'an item takes', 'the pool beats the loop'];
  const curve = found.filter(({ items }) => items !== undefined);
  return {
    lines: ['Where parallel begins to pay', ...formatTable([columns, ...rows], 'lrl')],
    charts: [
      {
        kind: 'lines',
        title: 'Where parallel begins to pay',
        caption: 'The smallest call with which two threads beat the loop, against what an item costs.',
        x: { label: 'cost of an item', scale: 'log', unit: 'seconds' },
        y: { label: 'items', scale: 'log', unit: 'count' },
        series: [{ name: 'crossover', points: curve.map(({ seconds, items }) => ({ x: seconds, y: items! })) }],
        marks: [],
      },
    ],
    tables: [{ title: 'Crossovers', columns: columns.map((name) => ({ name, align: 'left' })), rows }],
  };
}

function pointsOf(figures: readonly Figure[]): Point[] {
  return figures.map((figure) => {
    const [, series, x] = /^(.*), (\d+) items$/.exec(figure.subject)!;
    return { series, x: Number(x), figure };
  });
}

export const granularity: Suite = {
  name: 'granularity',
  about: 'At which number of items, and at which cost of one, a pool begins to pay',
  rows: STEPS.map(rowOf),
  conclude,
};
