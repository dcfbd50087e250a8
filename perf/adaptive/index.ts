/**
 * Adaptive execution: over task costs and item counts, how far from the better of a loop and threads; how long a call
 * keeps the caller's thread; and what becomes of a task whose cost changes.
 */
import { formatRatio, formatTable } from '../harness/format.js';
import type { Conclusion, MeasuredRow, Suite } from '../harness/suite.js';
import { budget } from './budget.js';
import { change } from './change.js';
import { STEPS } from './grid.js';
import { rowOf } from './grid-row.js';

function conclude(measured: readonly MeasuredRow[]): Conclusion {
  const ratios = measured.flatMap(({ row, findings }) =>
    findings.claims.flatMap(({ compares, measured: ratio }) => {
      const items = /threads, (\d+) items$/.exec(compares)?.[1];
      return items === undefined || ratio === undefined ? [] : [{ row: row.id, items, ratio: ratio.median }];
    }),
  );
  if (ratios.length === 0) return { lines: [], charts: [], tables: [] };
  const mean = Math.exp(ratios.reduce((sum, { ratio }) => sum + Math.log(ratio), 0) / ratios.length);
  const worst = ratios.reduce((most, each) => (each.ratio > most.ratio ? each : most));
  const columns = ['task', 'items', 'adaptive : the better'];
  const rows = ratios.map(({ row, items, ratio }) => [row, items, formatRatio(ratio)]);
  return {
    lines: [
      `Adaptive : the better of loop and threads, geometric mean of ${ratios.length}: ${formatRatio(mean)} ` +
        `(must be ≤ 1.05 ×: ${mean <= 1.05 ? 'met' : 'MISSED'}); worst ${formatRatio(worst.ratio)}, ` +
        `${worst.items} items of ${worst.row}`,
      ...formatTable([columns, ...rows], 'lrr'),
    ],
    charts: [],
    tables: [{ title: 'Adaptive execution', columns: columns.map((name) => ({ name, align: 'left' })), rows }],
  };
}

export const adaptive: Suite = {
  name: 'adaptive',
  about: "execution: 'adaptive' against the better of a loop and threads, its budget, and a task that changes",
  rows: [...STEPS.map(rowOf), budget, change],
  conclude,
};
