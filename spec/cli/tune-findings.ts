import type { Findings, Timing } from '#lib/lab/findings.js';

export const timing = (median: number): Timing => ({
  median,
  lowerQuartile: median * 0.9,
  upperQuartile: median * 1.2,
  samples: 15,
});

const counts = [1, 10, 100, 1000, 10_000];
const total = 4;

/** Made up, with all that findings can have. */
export const findings: Findings = {
  kind: 'granule tune',
  format: 1,
  date: '2026-11-20T12:00:00.000Z',
  machine: { cpu: 'A processor', cores: 2, memoryBytes: 2 ** 34, platform: 'linux 6.1.0 x64', load: 0.1 },
  versions: { granule: '0.1.0', node: '20.20.2', v8: '11.3' },
  subject: {
    module: 'file:///home/somebody/tasks.js',
    path: './tasks.js',
    name: 'work',
    asynchronous: false,
    items: 10_000,
    source: 'numbers',
    threads: 2,
    budget: 20_000,
  },
  partial: false,
  elapsed: 9876,
  cost: {
    meanNs: 900,
    lowerQuartileNs: 890,
    upperQuartileNs: 910,
    items: 10_000,
    passes: 25,
    distribution: { batch: 12, count: 800, leastNs: 700, quantiles: [{ q: 0.5, ns: 900 }], mostNs: 2000 },
  },
  dispatch: { warm: timing(0.02), asleep: timing(0.3), chunkNs: 370, itemNs: 25 },
  itemSeries: [
    { kind: 'loop', threads: 1, points: counts.map((items) => ({ items, time: timing(items * 9e-4) })) },
    { kind: 'pool', threads: 1, points: counts.map((items) => ({ items, time: timing(0.3 + items * 9e-4) })) },
    { kind: 'pool', threads: 2, points: counts.map((items) => ({ items, time: timing(0.3 + items * 4.6e-4) })) },
  ],
  chunksizes: {
    items: 10_000,
    threads: 2,
    points: [1, 64, 1250, 5000].map((chunksize) => ({ chunksize, time: timing(4 + 4 / chunksize) })),
    python: { chunksize: 1250, time: timing(4.0032) },
    learned: { chunksize: 277, time: timing(4.1) },
    best: { chunksize: 5000, time: timing(4.0008) },
    loop: timing(9),
  },
  speedup: {
    items: 10_000,
    loop: timing(9),
    points: [
      { threads: 1, time: timing(9.3), speedup: 0.97 },
      { threads: 2, time: timing(4.9), speedup: 1.84 },
    ],
  },
  crossover: {
    items: { fit: { at: 682 }, direct: { at: 700 } },
    cost: {
      items: 10_000,
      fit: { at: 60 },
      direct: { at: null, reason: 'not up to 50 ns an item, the most that was measured' },
      points: [{ costNs: 50, loop: timing(0.5), pool: timing(0.6) }],
    },
  },
  traces: [
    {
      items: 10_000,
      chunksize: 'auto',
      threads: 2,
      total,
      chunks: [{ thread: 0, from: 0, until: 10_000, items: 10_000, start: 0.5, end: 3.5 }],
      merged: false,
      chunkCount: 1,
      largestChunk: 10_000,
      byThread: [
        { thread: 0, items: 10_000, chunks: 1, busy: 3 },
        { thread: 1, items: 0, chunks: 0, busy: 0 },
      ],
      breakdown: {
        total,
        serializationIn: 0.1,
        serializationOut: 0.2,
        dispatch: 0.7,
        compute: 1.5,
        waiting: 1.5,
        imbalance: 0,
      },
      messages: 4,
    },
  ],
  verdict: {
    use: 'pool',
    sentence: 'use the pool: 10 000 items take 4.9 ms on 2 threads and 9 ms in a loop, 1.8 times as fast',
    code: 'await pool.map(work, items)',
  },
  notMeasured: [{ what: 'time at 20 000 items and more', why: 'nobody asked for it, nor did the budget of 20 s' }],
};
