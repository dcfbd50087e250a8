/** Prints the messages of calls of 100 items: count.js piscina|granule */
import { fileURLToPath } from 'node:url';
import { Piscina } from 'piscina';
import { Pool, taskModule } from 'granule';
import { countMessages } from '#lib/lab/messages.js';
import type { Counted } from '../index.js';

const THREADS = 2;
const SIZES = [1, 25];
const items = Array.from({ length: 100 }, (_, i) => i);
const tasks = new URL('../../tasks/counted.js', import.meta.url);

/** Messages there, as this thread posts them, and back, as the pools' threads do. */
const there = new Int32Array(new SharedArrayBuffer(4));
const back = new Int32Array(new SharedArrayBuffer(4));
countMessages(there, 0);

async function count(subject: string, chunksize: number, call: () => Promise<unknown>): Promise<Counted> {
  await call(); // threads have loaded everything
  there[0] = 0;
  Atomics.store(back, 0, 0);
  await call();
  return { subject, chunksize, there: there[0], back: Atomics.load(back, 0) };
}

async function byPiscina(): Promise<Counted[]> {
  const pool = new Piscina({ filename: fileURLToPath(tasks), minThreads: THREADS, maxThreads: THREADS });
  // As many at a time as there are threads, so that each has one.
  await Promise.all(Array.from({ length: 4 * THREADS }, () => pool.run(back, { name: 'countIn' })));
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
  await pool.broadcast(countIn, [back]);
  await pool.broadcast(square, [1]);
  const counted: Counted[] = [];
  for (const chunksize of SIZES) {
    counted.push(await count('granule', chunksize, () => pool.map(square, items, { chunksize })));
  }
  await pool.terminate();
  return counted;
}

process.stdout.write(JSON.stringify(process.argv[2] === 'piscina' ? await byPiscina() : await byGranule()));
