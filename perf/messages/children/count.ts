/** Prints the messages of calls: count.js piscina|granule */
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Piscina } from 'piscina';
import { Pool, taskModule } from 'granule';
import { countMessages } from '#lib/lab/messages.js';
import { THREADS } from '../../peers/threads.js';
import type { Counted } from '../index.js';

const CASES = [
  { items: 100, chunksize: 1 },
  { items: 100, chunksize: 25 },
  { items: 100_000, chunksize: 25 },
] as const;

/** Of each case; the middle one counts. */
const CALLS = 15;
/** Long enough that no thread looks out for work any longer. */
const ASLEEP_MS = 20;

const numbersUpTo = (count: number) => Array.from({ length: count }, (_, i) => i);
const tasks = new URL('../../tasks/counted.js', import.meta.url);

/** Messages there, as this thread posts them, and back, as the pools' threads do. */
const there = new Int32Array(new SharedArrayBuffer(4));
const back = new Int32Array(new SharedArrayBuffer(4));
countMessages(there, 0);

type Case = Pick<Counted, 'subject' | 'items' | 'chunksize'>;

async function count(of: Case, call: () => Promise<unknown>, pauseMs = 0): Promise<Counted> {
  await call(); // threads have loaded everything
  const calls: { there: number; back: number }[] = [];
  for (let i = 0; i < CALLS; i++) {
    if (pauseMs > 0) await sleep(pauseMs);
    const before = { there: there[0], back: Atomics.load(back, 0) };
    await call();
    calls.push({ there: there[0] - before.there, back: Atomics.load(back, 0) - before.back });
  }
  calls.sort((a, b) => a.there + a.back - (b.there + b.back));
  const [least, middle, most] = [calls[0], calls[CALLS >> 1], calls[CALLS - 1]];
  return { ...of, ...middle, least: least.there + least.back, most: most.there + most.back };
}

async function byPiscina(): Promise<Counted[]> {
  const pool = new Piscina({ filename: fileURLToPath(tasks), minThreads: THREADS, maxThreads: THREADS });
  // As many at a time as there are threads, so that each has one.
  await Promise.all(Array.from({ length: 4 * THREADS }, () => pool.run(back, { name: 'countIn' })));
  const counted: Counted[] = [];
  for (const { items, chunksize } of CASES) {
    const numbers = numbersUpTo(items);
    const call = async (): Promise<void> => {
      const chunks: Promise<unknown>[] = [];
      for (let start = 0; start < items; start += chunksize) {
        chunks.push(pool.run(numbers.slice(start, start + chunksize), { name: 'squares' }));
      }
      await Promise.all(chunks);
    };
    counted.push(await count({ subject: 'piscina', items, chunksize }, call));
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
  for (const [subject, pauseMs] of [['granule, threads asleep', ASLEEP_MS], ['granule, call after call', 0]] as const) {
    for (const { items, chunksize } of CASES) {
      const numbers = numbersUpTo(items);
      const call = () => pool.map(square, numbers, { chunksize });
      counted.push(await count({ subject, items, chunksize }, call, pauseMs));
    }
  }
  await pool.terminate();
  return counted;
}

process.stdout.write(JSON.stringify(process.argv[2] === 'piscina' ? await byPiscina() : await byGranule()));
