/** Prints the messages of calls of 100 items: count.js piscina|granule */
import { MessagePort } from 'node:worker_threads';
import { fileURLToPath } from 'node:url';
import { Piscina } from 'piscina';
import { Pool, taskModule } from 'granule';
import type { Counted } from '../index.js';

const THREADS = 2;
const SIZES = [1, 25];
const items = Array.from({ length: 100 }, (_, i) => i);
const tasks = new URL('../../tasks/counted.js', import.meta.url);

let there = 0;
const { postMessage } = MessagePort.prototype;
MessagePort.prototype.postMessage = function (this: MessagePort, ...args: unknown[]): void {
  there++;
  Reflect.apply(postMessage, this, args);
};
const word = new Int32Array(new SharedArrayBuffer(4));

async function count(subject: string, chunksize: number, call: () => Promise<unknown>): Promise<Counted> {
  await call(); // threads have loaded everything
  there = 0;
  Atomics.store(word, 0, 0);
  await call();
  return { subject, chunksize, there, back: Atomics.load(word, 0) };
}

async function byPiscina(): Promise<Counted[]> {
  const pool = new Piscina({ filename: fileURLToPath(tasks), minThreads: THREADS, maxThreads: THREADS });
  // As many at a time as there are threads, so that each has one.
  await Promise.all(Array.from({ length: 4 * THREADS }, () => pool.run(word, { name: 'countIn' })));
  const counted: Counted[] = [];
  for (const chunksize of SIZES) {
    const call = async (): Promise<void> => {
      const chunks: Promise<unknown>[] = [];
      for (let start = 0; start < items.length; start += chunksize) {
        chunks.push(pool.run(items.slice(start, start + chunksize), { name: 'squares' }));
      }
      await Promise.all(chunks);
    };
    counted.push(await count('piscina', chunksize, call));
  }
  await pool.destroy();
  return counted;
}

async function byGranule(): Promise<Counted[]> {
  const { countIn, square } = taskModule<typeof import('../../tasks/counted.js')>(tasks);
  const pool = new Pool(THREADS);
  await pool.broadcast(countIn, [word]);
  await pool.broadcast(square, [1]);
  const counted: Counted[] = [];
  for (const chunksize of SIZES) {
    counted.push(await count('granule', chunksize, () => pool.map(square, items, { chunksize })));
  }
  await pool.terminate();
  return counted;
}

process.stdout.write(JSON.stringify(process.argv[2] === 'piscina' ? await byPiscina() : await byGranule()));
