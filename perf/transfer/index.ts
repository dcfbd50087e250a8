/**
 * Bytes to a thread and back: copied, moved, and shared, by granule and by a bare Worker, from 1 KiB to 256 MiB; and
 * copied twice without leaving this thread, which is what a copy there and a copy back cost by themselves.
 */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { move, taskModule } from 'granule';
import { linesOf } from '../harness/charts.js';
import { backToBack } from '../harness/instruments.js';
import { formatBytes } from '../harness/format.js';
import { compare } from '../harness/rounds.js';
import type { Figure, Findings, MeasuredRow, Pace, Row, Subject, Suite } from '../harness/suite.js';
import { granule } from '../peers/granule.js';
import { loop } from '../peers/loop.js';

const { same, moved, touch } = taskModule<typeof import('../tasks/bytes.js')>(
  new URL('../tasks/bytes.js', import.meta.url),
);

const SIZES = [2 ** 10, 2 ** 16, 2 ** 20, 2 ** 24, 2 ** 28];

const bytesOf = (size: number) => new Uint8Array(size).fill(1);
const sharedOf = (size: number) => new Uint8Array(new SharedArrayBuffer(size)).fill(1);

/** A Worker that sends back what it gets. */
function echo(name: string, make: () => Uint8Array<ArrayBufferLike>, transfer = false): Subject {
  return {
    name,
    async open() {
      const source = `const { parentPort } = require('node:worker_threads');
        parentPort.on('message', (bytes) => parentPort.postMessage(bytes, ${transfer ? '[bytes.buffer]' : '[]'}));`;
      const worker = new Worker(source, { eval: true });
      await once(worker, 'online');
      let bytes = make();
      const run = () =>
        new Promise((resolve) => {
          worker.once('message', (answer: typeof bytes) => {
            bytes = answer;
            resolve(answer);
          });
          worker.postMessage(bytes, transfer ? [bytes.buffer as ArrayBuffer] : []);
        });
      return backToBack({ run, close: () => worker.terminate() });
    },
  };
}

function copiedHere(size: number): Subject {
  const bytes = bytesOf(size);
  return loop('copied twice here', () => bytes.slice().slice());
}

const LARGE = 256 * 1024 ** 2;

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
            return async () => (bytes = await pool.apply(moved, [move(bytes)]));
          }, { threads: 1 }),
          granule('granule, shared', async (pool) => {
            const bytes = sharedOf(size);
            const run = () => pool.apply(touch, [bytes]);
            await run();
            assert.ok(bytes[0] === 2 && bytes[size - 1] === 2, 'what the thread wrote is not there');
            return run;
          }, { threads: 1 }),
          echo('Worker, cloned', () => bytesOf(size)),
          echo('Worker, transferred', () => bytesOf(size), true),
          echo('Worker, shared', () => sharedOf(size)),
          copiedHere(size),
        ],
        rules: [],
        verify(result, subject) {
          if (result === undefined) return;
          const bytes = result as Uint8Array;
          const whole = bytes.length === size && bytes[0] === 1 && bytes[size - 1] === 1;
          assert.ok(whole, `${subject} brings other bytes back`);
        },
      },
      // A call of the largest takes seconds where it is copied.
      pace.quick && size >= LARGE ? { ...pace, rounds: 1, warmUpSeconds: 0 } : pace,
    );
  },
});

function conclude(measured: readonly MeasuredRow[]) {
  const points = measured.flatMap(({ row, findings }) =>
    findings.figures.map((figure: Figure) => ({ series: figure.subject, x: Number(row.id.slice(6)), figure })));
  const chart = linesOf(points, {
    title: 'Bytes to a thread and back',
    caption: 'What is copied costs by the byte; what is moved or shared costs the call, whatever its size.',
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
