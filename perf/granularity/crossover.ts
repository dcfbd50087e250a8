import type { Point } from '../harness/charts.js';

export interface Crossover {
  /** Undefined: the loop won everywhere. */
  readonly items: number | undefined;
  readonly text: string;
}

/**
 * The number of items at which the pool's time falls below the loop's: between the last measured count at which the
 * loop won and the next, on the straight line (of logarithms) through the ratios at both.
 */
export function crossoverOf(points: readonly Point[], pool = 'granule', loop = 'loop'): Crossover {
  const timeOf = (series: string, x: number) =>
    points.find((point) => point.series === series && point.x === x)?.figure.summary.median;
  const counts = [...new Set(points.map(({ x }) => x))].sort((a, b) => a - b);
  let before: { count: number; ratio: number } | undefined;
  for (const count of counts) {
    const [own, other] = [timeOf(pool, count), timeOf(loop, count)];
    if (own === undefined || other === undefined) continue;
    const ratio = Math.log(own / other);
    if (ratio < 0) {
      if (before === undefined) return { items: count, text: `from ${count} items up` };
      const share = before.ratio / (before.ratio - ratio);
      // The pool lost at `before`, so that it is one more at least.
      const items = Math.max(before.count + 1, Math.round(before.count * (count / before.count) ** share));
      return { items, text: `from about ${Number(items.toPrecision(2))} items up` };
    }
    before = { count, ratio };
  }
  return { items: undefined, text: `nowhere up to ${counts.at(-1)} items` };
}
