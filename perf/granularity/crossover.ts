import { crossoverByMeasurement } from '#lib/lab/crossover.js';
import type { Point } from '../harness/charts.js';
import { LARGEST } from './grid.js';

export interface Crossover {
  /** Undefined: the loop won everywhere, or last. */
  readonly items: number | undefined;
  readonly text: string;
}

/** The number of items from which on the pool's time is below the loop's, as `granule tune` finds it. */
export function crossoverOf(points: readonly Point[], pool = 'granule', loop = 'loop'): Crossover {
  const timeOf = (series: string, x: number) =>
    points.find((point) => point.series === series && point.x === x)?.figure.summary.median;
  const counts = [...new Set(points.map(({ x }) => x))].sort((a, b) => a - b);
  const pairs = counts.flatMap((x) => {
    const [own, other] = [timeOf(pool, x), timeOf(loop, x)];
    return own === undefined || other === undefined ? [] : [{ x, loop: other, pool: own }];
  });
  const { at } = crossoverByMeasurement(pairs, 'items');
  if (at === null) return { items: undefined, text: nowhere(counts[counts.length - 1]) };
  if (at === counts[0]) return { items: at, text: `from ${grouped(at)} items up` };
  return { items: at, text: `from about ${grouped(Number(at.toPrecision(2)))} items up` };
}

/** The grid ends where calls become too long for it: that is no answer. */
function nowhere(most: number): string {
  if (most >= LARGEST) return `nowhere up to ${grouped(most)} items`;
  return `not with ${grouped(most)} items, the most of so dear ones that were measured`;
}

const grouped = (count: number): string => count.toLocaleString('en-US');
