/** What the figures come to: a sentence, and a line of code. */
import type { Crossover, Findings, Verdict } from './findings.js';
import { duration, grouped, items, rounded, threads, times } from './quantities.js';

/** What the verdict is about. Times are milliseconds at `count` items. */
export interface Case {
  /** The export's name. */
  readonly name: string;
  readonly count: number;
  readonly threads: number;
  readonly asynchronous: boolean;
  /** Of an async function: the share of its time in which its thread has nothing to do. */
  readonly waiting?: number;
  readonly loop: number;
  /** Of the pool, as it does by itself. */
  readonly pool: number;
  /** False: more items than could be measured, and the times are foreseen from fewer. */
  readonly measured: boolean;
  /** The fastest fixed chunksize, where it is clearly faster than the default; and that, at as many items. */
  readonly best?: { readonly chunksize: number; readonly time: number; readonly learned: number };
  readonly crossover?: { readonly fit: Crossover; readonly direct: Crossover };
  /** Others kept the cores busy: that threads gained nothing here says nothing of other times. */
  readonly doubtful?: boolean;
}

/** A pool has to be so much faster to be worth it: less is within what repetitions differ by. */
const WORTH = 0.95;
/** An async function that waits more than this needs no threads, but to wait for all its items at once. */
const MOSTLY = 0.5;

export function verdictOf(of: Case): Verdict {
  const { best, waiting = 0 } = of;
  const pool = best === undefined ? of.pool : of.pool * (best.time / best.learned);
  if (waiting > MOSTLY) return usePromises(of, pool, waiting);
  return pool < of.loop * WORTH ? usePool(of, pool, best?.chunksize) : useLoop(of, pool);
}

/** As a sentence of its own. */
export function sentenceOf({ sentence }: Verdict): string {
  return `${sentence.charAt(0).toUpperCase()}${sentence.slice(1)}.`;
}

/** Why there is no verdict, and what to do. */
export function noVerdict({ subject, itemSeries, partial }: Omit<Findings, 'verdict'>): string {
  const pool = itemSeries.find(({ kind, threads }) => kind === 'pool' && threads === subject.threads);
  const most = pool?.points[pool.points.length - 1].items;
  if (partial || most === subject.items) return 'No verdict: too little was measured. Give it more time with --budget.';
  const budget = `the budget of ${duration(subject.budget)}`;
  const why =
    most === undefined
      ? `${budget} was spent before the pool was measured`
      : `${budget} was enough for calls of ${items(most)}, too few to foresee ${grouped(subject.items)}`;
  return `No verdict: ${why}. Give it more time, as with --budget ${Math.ceil((5 * subject.budget) / 1e3)}s.`;
}

function usePromises(of: Case, pool: number, waiting: number): Verdict {
  const oneByOne = `${items(of.count)} one after the other ${takes(of)} ${duration(of.loop)}`;
  return {
    use: 'promises',
    sentence:
      `use Promise.all, no pool: ${of.name} waits ${Math.floor(100 * waiting)} % of its time, and one thread can ` +
      `wait for many at once; ${oneByOne}, on ${threads(of.threads)} ${duration(pool)}`,
    code: `const results = await Promise.all(items.map((item) => ${identifier(of.name)}(item)));`,
  };
}

function usePool(of: Case, pool: number, chunksize: number | undefined): Verdict {
  const { crossover, loop } = of;
  const at = crossover === undefined ? undefined : (crossover.direct.at ?? crossover.fit.at ?? undefined);
  // A crossover is one of the default, and this may be no default.
  const isBeaten = chunksize !== undefined && of.pool >= loop;
  const from = isBeaten
    ? `; with chunks as learned it takes ${duration(of.pool)}`
    : at === undefined || at <= 1 || at >= of.count ? '' : `; it pays from about ${rounded(at)} items on`;
  const options = chunksize === undefined ? '' : `, { chunksize: ${chunksize} }`;
  return {
    use: 'pool',
    sentence:
      `use the pool: ${items(of.count)} ${takes(of)} ${duration(pool)} on ${threads(of.threads)} ` +
      `and ${duration(loop)} in a loop, ${times(loop / pool)} as fast${from}`,
    code: `const results = await pool.map(${identifier(of.name)}, items${options});`,
  };
}

function useLoop(of: Case, pool: number): Verdict {
  const task = identifier(of.name);
  return {
    use: 'loop',
    sentence: `use a loop: ${items(of.count)} ${takes(of)} ${duration(of.loop)}; ${whyNot(of, pool)}`,
    code: of.asynchronous
      ? `const results = []; for (const item of items) results.push(await ${task}(item));`
      : `const results = items.map((item) => ${task}(item));`,
  };
}

function takes({ count, measured }: Case): string {
  if (!measured) return 'would take';
  return count === 1 ? 'takes' : 'take';
}

function whyNot(of: Case, pool: number): string {
  const { crossover, count } = of;
  if (of.threads === 1) return `a pool of one thread takes ${duration(pool)}, and never pays`;
  const none = `on ${threads(of.threads)} ${duration(pool)}`;
  if (crossover === undefined) return none;
  const { direct, fit } = crossover;
  const at = direct.at !== null && direct.at > count ? direct.at : fit.at;
  if (at === null) {
    if (direct.at !== null) return `${none}, too close to be worth a pool`;
    return of.doubtful === true ? none : `a pool pays at no number of them: ${fit.at === null ? fit.reason : ''}`;
  }
  // Both would have the pool win already, and it did not by enough.
  if (at <= count) return `${none}, too close to be worth a pool`;
  return `a thread cannot pay below about ${rounded(at)} items`;
}

/** The export as a module can have it beside the other words of the line. */
function identifier(name: string): string {
  return /^[\p{ID_Start}$_][\p{ID_Continue}$]*$/u.test(name) && !TAKEN.has(name) ? name : 'task';
}

/** Names that an export may have, and a variable of a module may not; and those of the lines themselves. */
const TAKEN = new Set(
  (
    'arguments await break case catch class const continue debugger default delete do else enum eval export extends ' +
    'false finally for function if implements import in instanceof interface let new null package private protected ' +
    'public return static super switch this throw true try typeof var void while with yield ' +
    'item items pool results'
  ).split(' '),
);
