/** Bytes to a thread and back: copied, moved, and shared, by granule and by a bare Worker, from 1 KB to 256 MB. */
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { move, taskModule } from 'granule';
import { linesOf } from '../harness/charts.js';
import { backToBack } from '../harness/instruments.js';
import { formatBytes } from '../harness/format.js';
import { compare } from '../harness/rounds.js';
import type { Figure, Findings, MeasuredRow, Pace, Row, Subject, Suite } from '../harness/suite.js';
import { granule } from '../peers/granule.js';

const { same, moved, touch } = taskModule<typeof import('../tasks/bytes.js')>(
  new URL('../tasks/bytes.js', import.meta.url),
);

const SIZES = [2 ** 10, 2 ** 16, 2 ** 20, 2 ** 24, 2 ** 28];

const bytesOf = (size: number) => new Uint8Array(size).fill(1);
const sharedOf = (size: number) => new Uint8Array(new SharedArrayBuffer(size)).fill(1);

/** A Worker that sends back what it gets. */
function echo(name: string, size: number, transfer: boolean): Subject {
  return {
    name,
    async open() {
      const source = `const { parentPort } = require('node:worker_threads');
        parentPort.on('message', (bytes) => parentPort.postMessage(bytes, ${transfer ? '[bytes.buffer]' : '[]'}));`;
      const worker = new Worker(source, { eval: true });
      await once(worker, 'online');
      let bytes = bytesOf(size);
      const run = () =>
        new Promise<void>((resolve) => {
          worker.once('message', (answer: Uint8Array<ArrayBuffer>) => {
            bytes = answer;
            resolve();
          });
          worker.postMessage(bytes, transfer ? [bytes.buffer] : []);
        });
      return backToBack({ run, close: () => worker.terminate() });
    },
  };
}

const rowOf = (size: number): Row => ({
  id: `bytes-${size}`,
  work: `${formatBytes(size)} to a thread and back`,
  measure(pace: Pace): Promise<Findings> {
    return compare(
      {
        subjects: [
          granule('granule, copied', (pool) => {
            const bytes = bytesOf(size);
            return () => pool.apply(same, [bytes]);
          }, { threads: 1 }),
          granule('granule, moved', (pool) => {
            let bytes = bytesOf(size);
            return async () => {
              bytes = await pool.apply(moved, [move(bytes)]);
            };
          }, { threads: 1 }),
          granule('granule, shared', (pool) => {
            const bytes = sharedOf(size);
            return () => pool.apply(touch, [bytes]);
          }, { threads: 1 }),
          echo('Worker, cloned', size, false),
          echo('Worker, transferred', size, true),
        ],
        rules: [],
      },
      pace,
    );
  },
});

function conclude(measured: readonly MeasuredRow[]) {
  const points = measured.flatMap(({ row, findings }) =>
    findings.figures.map((figure: Figure) => ({ series: figure.subject, x: Number(row.id.slice(6)), figure })));
  const chart = linesOf(points, {
    title: 'Bytes to a thread and back',
    caption: 'Copies cost by the byte; moved memory costs hardly more where it is large, shared memory nothing.',
    x: { label: 'size', scale: 'log', unit: 'bytes' },
    y: { label: 'there and back', scale: 'log', unit: 'seconds' },
  });
  return { lines: [], charts: [chart], tables: [] };
}

export const transfer: Suite = {
  name: 'transfer',
  about: 'Bytes to a thread and back: copied, moved, shared',
  rows: SIZES.map(rowOf),
  conclude,
};
