/**
 * From where on a pool is faster than a loop: where the lines through both meet, and where the measured times
 * change places. The model is T = a + n·c/W: what a call costs, and the items' cost shared among W threads.
 */
import type { Crossover, Line } from './findings.js';
import { items, nanoseconds } from './quantities.js';

/** What was measured at one place: x is a count of items, or the cost of one. */
export interface Point {
  readonly x: number;
  readonly y: number;
}

/** A gain of less than this is within what repetitions differ by. */
const LEAST_GAIN = 0.05;
/** Beyond this nobody has items. */
const FARTHEST = 1e12;

/**
 * The line a + b·x through the points, neither part below 0, that has the least squares of *relative* distances:
 * times span orders of magnitude, and plain least squares would see the longest alone. `undefined` for fewer than
 * two different x.
 */
export function fitLine(points: readonly Point[]): Line | undefined {
  const usable = points.filter(({ y }) => y > 0);
  if (new Set(usable.map(({ x }) => x)).size < 2) return undefined;
  let [s, sx, sxx, sy, sxy] = [0, 0, 0, 0, 0];
  for (const { x, y } of usable) {
    const weight = 1 / (y * y);
    s += weight;
    sx += weight * x;
    sxx += weight * x * x;
    sy += weight * y;
    sxy += weight * x * y;
  }
  const determinant = s * sxx - sx * sx;
  let a = (sxx * sy - sx * sxy) / determinant;
  let b = (s * sxy - sx * sy) / determinant;
  if (!(a >= 0)) [a, b] = [0, sxy / sxx];
  else if (!(b >= 0)) [a, b] = [sy / s, 0];
  const errors = usable.map(({ x, y }) => Math.abs(y - a - b * x) / y).sort((left, right) => left - right);
  return { a, b, error: errors[Math.floor(errors.length / 2)] };
}

/** Where two lines meet: from there on `pool` is below `loop`. The reasons speak of x as `unit` does. */
export function crossoverByFit(loop: Line, pool: Line, least: number, unit: 'items' | 'cost'): Crossover {
  const slower =
    unit === 'items'
      ? 'handing over an item costs more than threads gain on it'
      : 'the threads do not compute faster than the loop, whatever an item costs';
  if (pool.b > loop.b * (1 - LEAST_GAIN)) return { at: null, reason: slower };
  const at = Math.max(least, (pool.a - loop.a) / (loop.b - pool.b));
  if (at > FARTHEST) return { at: null, reason: 'it would lie beyond 10¹² items' };
  return { at: unit === 'items' ? Math.ceil(at) : at };
}

/** Both times at one x. */
export interface Pair {
  readonly x: number;
  readonly loop: number;
  readonly pool: number;
}

/**
 * The x from which on the pool was the faster one at every x that was measured: between the two points around it, on
 * a straight line through the times' logarithms. `pairs` by x, upwards.
 */
export function crossoverByMeasurement(pairs: readonly Pair[], unit: 'items' | 'cost'): Crossover {
  if (pairs.length === 0) return { at: null, reason: 'nothing was measured' };
  let first = pairs.length;
  while (first > 0 && pairs[first - 1].pool < pairs[first - 1].loop) first--;
  const last = pairs[pairs.length - 1].x;
  if (first === pairs.length) {
    const most = unit === 'items' ? `${items(last)}, the most` : `${nanoseconds(last)} an item, the most`;
    return { at: null, reason: `not up to ${most} that was measured` };
  }
  if (first === 0) return { at: pairs[0].x };
  const [below, above] = [pairs[first - 1], pairs[first]];
  const lost = Math.log(below.pool / below.loop);
  const won = Math.log(above.loop / above.pool);
  const share = lost + won > 0 ? lost / (lost + won) : 1;
  const at = below.x > 0 ? below.x * (above.x / below.x) ** share : above.x * share;
  return { at: unit === 'items' ? Math.ceil(at) : at };
}
