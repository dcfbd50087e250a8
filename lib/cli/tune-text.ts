/** The findings of `granule tune`, for a terminal. */
import type { Crossover, Findings } from '../lab/findings.js';
import { doubtOf } from '../lab/machine.js';
import { chunksOf, duration, grouped, items, nanoseconds, rounded, threads } from '../lab/quantities.js';
import { remarksOn, sourceOf } from '../lab/remarks.js';
import { BREAKDOWN_PARTS, PART_NAMES, ranAlone, type Breakdown, type Trace } from '../lab/trace.js';
import { noVerdict, sentenceOf } from '../lab/verdict.js';
import { plot, type Paint } from './tune-chart.js';

/** Wider lines are harder to read, and in fewer columns a chart shows nothing. */
const WIDEST = 79;
const NARROWEST = 32;
const HEIGHT = 14;
const LONGEST_BAR = 30;
/** Beside the bars: names, times and percentages. */
const BESIDE_BARS = 35;

/** How much colour. */
export interface Palette {
  readonly loop: Paint;
  readonly pool: Paint;
  readonly strong: Paint;
  readonly faint: Paint;
}

const plain: Paint = (text) => text;
const escape =
  (code: number): Paint =>
  (text) =>
    text === '' ? '' : `\x1b[${code}m${text}\x1b[0m`;

export const NO_COLOUR: Palette = { loop: plain, pool: plain, strong: plain, faint: plain };
export const COLOUR: Palette = { loop: escape(33), pool: escape(36), strong: escape(1), faint: escape(2) };

/** Lines that end in a newline, none longer than the terminal's columns (or 79) but the line of code to paste. */
export function textOf(findings: Findings, palette: Palette, columns = WIDEST + 1): string {
  const width = Math.max(NARROWEST, Math.min(WIDEST, columns - 1));
  const blocks = [
    headOf(findings, palette, width),
    itemsChart(findings, palette, width),
    chunksizesChart(findings, palette, width),
    facts(findings, width),
    ...findings.traces.map((trace) => traceOf(trace, palette, width)),
    missing(findings, width),
    verdictOf(findings, palette, width),
  ];
  return `${blocks.filter((block) => block.length > 0).map((block) => block.join('\n')).join('\n\n')}\n`;
}

function headOf({ subject, partial, machine, versions, elapsed }: Findings, palette: Palette, width: number): string[] {
  const given = `${items(subject.items)} (${sourceOf(subject)}), ${threads(subject.threads)}`;
  return [
    ...wrapped(`${subject.name} of ${subject.path}, ${given}`, '', width).map(palette.strong),
    ...wrapped(
      `${machine.cpu}, ${machine.cores} cores, Node ${versions.node}, measured in ${duration(elapsed)}`,
      '',
      width,
    ),
    ...(partial ? wrapped('Interrupted: this is what was known until then.', '', width) : []),
  ];
}

function itemsChart({ itemSeries, subject, crossover }: Findings, palette: Palette, width: number): string[] {
  const loop = itemSeries.find(({ kind }) => kind === 'loop');
  const pool = itemSeries.find(({ kind, threads }) => kind === 'pool' && threads === subject.threads);
  if (loop === undefined || pool === undefined) return [];
  if (loop.points.length === 1 && pool.points.length === 1) {
    const [one] = loop.points;
    const times = `loop ${duration(one.time.median)}, pool of ${threads(subject.threads)} `;
    return wrapped(`Time at ${items(one.items)}: ${times}${duration(pool.points[0].time.median)}`, '', width);
  }
  const pointsOf = ({ points }: typeof loop): { x: number; y: number }[] =>
    points.map(({ items, time }) => ({ x: items, y: time.median }));
  const at = crossover?.items.direct.at ?? crossover?.items.fit.at ?? null;
  const most = Math.max(...loop.points.map((point) => point.items));
  const shown = at !== null && at >= 1 && at <= most && crossover?.items.direct.at !== null;
  const legend = [`○ loop   ● pool of ${threads(subject.threads)}`];
  if (shown) legend.push(`┊ the pool is faster from ${rounded(at)} on`);
  const lines = legend.join('   ').length <= width ? [legend.join('   ')] : legend;
  return [
    palette.strong('Time against items'),
    ...lines.map((line) => line.replace('○', palette.loop('○')).replace('●', palette.pool('●'))),
    ...plot({
      width,
      height: HEIGHT,
      series: [
        { mark: '○', line: '·', points: pointsOf(loop), paint: palette.loop },
        { mark: '●', line: '·', points: pointsOf(pool), paint: palette.pool },
      ],
      uprights: shown ? [{ x: at, paint: palette.faint }] : [],
      xLabel: grouped,
      yLabel: duration,
    }),
  ];
}

function chunksizesChart({ chunksizes }: Findings, palette: Palette, width: number): string[] {
  if (chunksizes === undefined) return [];
  const { points, python, learned, best } = chunksizes;
  const at = ({ chunksize, time }: typeof python): { x: number; y: number } => ({ x: chunksize, y: time.median });
  const described = ({ chunksize, time }: typeof python): string => `${grouped(chunksize)} (${duration(time.median)})`;
  if (points.length === 1) return []; // there is one chunksize for so few items
  return [
    ...wrapped(`Time against chunksize, ${items(chunksizes.items)} on ${threads(chunksizes.threads)}`, '', width)
      .map(palette.strong),
    ...wrapped(
      `● measured, best ${described(best)}; P Python's rule of thumb, ${described(python)}` +
        (learned === undefined ? '' : `; L learned, up to ${described(learned)}`),
      '',
      width,
    ),
    ...plot({
      width,
      height: HEIGHT - 4,
      series: [
        { mark: '●', line: '·', points: points.map(at), paint: palette.pool },
        { mark: 'P', line: ' ', points: [at(python)], paint: palette.strong },
        ...(learned === undefined ? [] : [{ mark: 'L', line: ' ', points: [at(learned)], paint: palette.strong }]),
      ],
      xLabel: grouped,
      yLabel: duration,
    }),
  ];
}

function facts({ cost, dispatch, crossover, speedup }: Findings, width: number): string[] {
  const rows: [string, string][] = [];
  if (cost !== undefined) {
    const { leastNs, mostNs, batch } = cost.distribution;
    const kind = batch === 1 ? 'single items' : `batches of ${grouped(batch)}`;
    const range = `${kind} from ${nanoseconds(leastNs)} to ${nanoseconds(mostNs)}`;
    const quartiles = `quartiles ${nanoseconds(cost.lowerQuartileNs)} … ${nanoseconds(cost.upperQuartileNs)}; ${range}`;
    const spread = cost.passes === 1 ? `one loop over ${items(cost.items)}` : quartiles;
    rows.push(['an item', `${nanoseconds(cost.meanNs)} in a loop (${spread})`]);
    for (const remark of remarksOn(cost)) rows.push([' ', remark]);
  }
  if (dispatch !== undefined) {
    const { warm, asleep, chunkNs, itemNs } = dispatch;
    const parts = [
      `a call ${duration(warm.median)}`,
      `${duration(asleep.median)} when the threads sleep`,
      `a chunk ${nanoseconds(chunkNs)}`,
      ...(itemNs === undefined ? [] : [`an item ${nanoseconds(itemNs)}`]),
    ];
    rows.push(['dispatch', parts.join(', ')]);
  }
  if (crossover !== undefined) {
    const { fit, direct } = crossover.items;
    rows.push(['crossover', `items: ${found(direct, itemsAt)} as measured; ${found(fit, itemsAt)} by the fit`]);
    if (crossover.cost !== undefined) {
      const { fit, direct, items: count } = crossover.cost;
      const by = `${found(direct, costAt)} as measured; ${found(fit, costAt)} by the fit`;
      rows.push([' ', `cost of an item, for ${items(count)}: ${by}`]);
    }
  }
  if (speedup !== undefined) {
    const points = speedup.points.map((point) => `${point.threads}: ${Number(point.speedup.toPrecision(2))}`);
    rows.push(['speedup', `over the loop at ${items(speedup.items)}, by threads: ${points.join(', ')}`]);
  }
  return rows.flatMap(([name, text]) => wrapped(text, name, width));
}

const itemsAt = (n: number): string => `from ${rounded(n)} on`;
const costAt = (ns: number): string => `from ${nanoseconds(ns)} on`;

function found(crossover: Crossover, say: (at: number) => string): string {
  return crossover.at === null ? `none (${crossover.reason})` : say(crossover.at);
}

function traceOf(trace: Trace, palette: Palette, width: number): string[] {
  const { total, chunksize, breakdown, chunkCount, byThread, messages } = trace;
  const size = chunksOf(chunksize);
  const rows = BREAKDOWN_PARTS.map((part) => barOf(PART_NAMES[part], breakdown, part, palette, width));
  const posted = messages === 1 ? '1 message' : `${grouped(messages)} messages`;
  const busy = byThread.filter((share) => share.items > 0);
  const idle = byThread.length - busy.length;
  const shares = busy.slice(0, 8).map((share) => `${grouped(share.items)} in ${chunks(share.chunks)}`).join(', ');
  const rest = busy.length > 8 ? ` and ${busy.length - 8} more` : '';
  const nothing = idle === 0 || busy.length === 0 ? '' : `; ${threads(idle)} had nothing to do`;
  const alone = ranAlone(trace) ? ' One was through before another would have been awake.' : '';
  return [
    ...wrapped(`Where the time went: ${items(trace.items)}, ${size}, ${duration(total)}`, '', width)
      .map(palette.strong),
    ...rows,
    ...wrapped(`${posted} for ${chunks(chunkCount)}. By thread: ${shares}${rest}${nothing}.${alone}`, '', width),
  ];
}

const chunks = (n: number): string => (n === 1 ? '1 chunk' : `${grouped(n)} chunks`);

function barOf(
  name: string,
  breakdown: Breakdown,
  part: keyof Breakdown,
  { pool }: Palette,
  width: number,
): string {
  const longest = Math.max(0, Math.min(LONGEST_BAR, width - BESIDE_BARS));
  const share = breakdown.total > 0 ? breakdown[part] / breakdown.total : 0;
  const percent = `${Math.round(100 * share)}%`.padStart(4);
  const bar = pool('█'.repeat(Math.round(share * longest)));
  return `  ${name.padEnd(18)}${duration(breakdown[part]).padStart(8)} ${percent} ${bar}`.trimEnd();
}

function missing({ notMeasured }: Findings, width: number): string[] {
  return notMeasured.flatMap(({ what, why }) => wrapped(`${what}: ${why}`, 'not measured', width));
}

function verdictOf(findings: Findings, { strong }: Palette, width: number): string[] {
  const { verdict, partial, cost, machine, subject } = findings;
  const doubt = cost === undefined ? undefined : doubtOf(machine, subject.threads);
  const doubts = doubt === undefined ? [] : wrapped(doubt, '', width);
  if (verdict === undefined) return [...(partial ? [] : wrapped(noVerdict(findings), '', width)), ...doubts];
  return [...wrapped(sentenceOf(verdict), '', width).map(strong), ...doubts, '', `  ${verdict.code}`];
}

/** A line does not end within a number, nor between it and its unit, nor after a mark of a chart. */
const BREAK = /(?<!(?:^| )[●PL])(?:(?<!\d) | (?!\d{3}(?!\d)|[nµm]?s\b|min\b|h\b|%|items?\b))/;

/**
 * Words in lines of `width` columns, after a name in a column of its own where there is room for one (no name: from
 * the left edge).
 */
function wrapped(text: string, name: string, width: number): string[] {
  const isNarrow = width < 60;
  const indent = name === '' ? 0 : isNarrow ? 2 : 14;
  const lines: string[] = [];
  let line = '';
  for (const word of (isNarrow && name.trim() !== '' ? `${name}: ${text}` : text).split(BREAK)) {
    if (line !== '' && indent + line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else line = line === '' ? word : `${line} ${word}`;
  }
  lines.push(line);
  const first = isNarrow ? '' : name.padEnd(indent);
  return lines.map((each, k) => (k === 0 ? first : ' '.repeat(indent)) + each);
}
