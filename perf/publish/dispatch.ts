import { formatSeconds } from '../harness/format.js';
import type { PublishedRun } from './run.js';
import { markdown, ratio } from './markdown.js';

interface Line {
  readonly work: string;
  readonly id: string;
  readonly subject: string;
  readonly peers: readonly (readonly [subject: string, shown: string])[];
  /** Operations a second of 64 in flight, or what else is shown instead of a time. */
  readonly show?: (seconds: number) => string;
  /** The ratio of speeds instead of times. */
  readonly speed?: boolean;
}

const inChunks = ['piscina, 2 hand-made chunks', 'piscina in 2 chunks'] as const;
const rate = (seconds: number) => `${Number((1 / seconds).toPrecision(3)).toLocaleString('en-US')}/s`;

const LINES: readonly Line[] = [
  {
    work: '`map` of 100 squares, back to back',
    id: '100-squares',
    subject: 'granule',
    peers: [['piscina by item', 'piscina by item'], ['CPython', 'CPython'], ['loop', 'loop']],
  },
  {
    work: 'the same, 1 ms idle between calls',
    id: '100-squares-idle',
    subject: 'granule',
    peers: [['piscina.run of a no-op', 'no-op `piscina.run`']],
  },
  {
    work: '`map` of 10 000 squares',
    id: '10k-squares',
    subject: 'granule',
    peers: [['CPython', 'CPython'], ['loop', 'loop']],
  },
  {
    work: '`map` of 1 000 000 squares, plain array',
    id: '1m-squares',
    subject: 'granule',
    peers: [inChunks, ['CPython', 'CPython'], ['loop', 'loop']],
  },
  {
    work: 'squares in place over a shared `Float64Array` of 1 000 000',
    id: 'shared-floats',
    subject: 'granule, parallelFor in place',
    peers: [['loop in place', 'loop']],
  },
  { work: '`map` of 10 000 small objects', id: 'objects', subject: 'granule', peers: [inChunks] },
  {
    work: '`apply` of a no-op, one at a time',
    id: 'apply',
    subject: 'granule',
    peers: [['piscina.run', '`piscina.run`']],
  },
  {
    work: '`apply` of a no-op, 64 in flight',
    id: 'apply-64',
    subject: 'granule',
    peers: [['piscina.run', '`piscina.run`'], ['poolifier', 'poolifier']],
    show: rate,
    speed: true,
  },
  {
    work: 'π, a sample, 2 threads',
    id: 'pi',
    subject: 'granule, 2 threads',
    peers: [['granule, 1 thread', '1 thread']],
    speed: true,
  },
  {
    work: 'π on random(), 2 threads, a sample',
    id: 'pi',
    subject: 'granule, Math.random',
    peers: [['CPython, random.random', 'CPython']],
  },
  {
    work: '1 % of items cost 100 times the rest',
    id: 'rare',
    subject: 'granule, auto',
    peers: [['ideal: piscina, halves of equal cost', 'ideal: halves of equal cost']],
  },
];

export function dispatchTable(run: PublishedRun): string {
  const rows = LINES.map(({ work, id, subject, peers, show = formatSeconds, speed = false }) => {
    const own = run.median('dispatch', id, subject);
    const others = peers.map(([name, shown]) => ({ shown, median: run.median('dispatch', id, name) }));
    return [
      work,
      own === undefined ? '–' : show(own),
      others.map(({ shown, median }) => `${shown} ${median === undefined ? '–' : show(median)}`).join(' · '),
      others.map(({ median }) => (speed ? ratio(median, own) : ratio(own, median))).join(' · '),
    ];
  });
  return markdown(['work, 2 threads', 'granule', 'against', 'ratio'], rows);
}
