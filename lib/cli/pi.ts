/** `granule pi`: Monte Carlo π on every core, and what the threads gained. */
import { writeFileSync } from 'node:fs';
import { samplesOf, STREAMS } from '../../workers/kernels/pi.js';
import { Pool } from '../pool/pool.js';
import { taskModule } from '../tasks/reference.js';
import { estimateFrom, type Estimate } from './estimate.js';
import { requireWritable } from './output-file.js';
import { ProgressBar } from './progress.js';
import { reportOf } from './report.js';

const { countInside } = taskModule<typeof import('../../workers/kernels/pi.js')>(
  new URL('../../workers/kernels/pi.js', import.meta.url),
);

/** What the command line hands over. */
export interface PiOptions {
  readonly samples: number;
  readonly threads?: number;
  readonly seed: number;
  readonly chunksize?: number;
  readonly json?: boolean;
  readonly progress?: boolean;
  /** Where a timeline of it goes. */
  readonly trace?: string;
}

/** The object that --json prints. Times are seconds, rates samples a second. */
export interface PiResult extends Estimate {
  readonly samples: number;
  readonly inside: number;
  readonly seed: number;
  readonly generator: string;
  readonly streams: number;
  readonly threads: number;
  readonly chunksize: number;
  /** Of the loop over all samples; the threads had been started before. */
  readonly seconds: number;
  readonly samplesPerSecond: number;
  readonly oneThreadSamplesPerSecond: number;
  readonly speedup: number;
}

export async function estimatePi(options: PiOptions): Promise<void> {
  requireWritable('--trace', options.trace);
  const result = await runPi(options);
  process.stdout.write(options.json ? `${JSON.stringify(result)}\n` : reportOf(result));
}

async function runPi({ samples, seed, progress, trace: file, ...options }: PiOptions): Promise<PiResult> {
  await using pool = new Pool({ threads: options.threads, name: 'granule pi' });
  const { threads } = pool;
  const chunksize = options.chunksize ?? usualChunksize(samples, threads);
  using bar = progress ?? process.stderr.isTTY ? new ProgressBar(process.stderr) : undefined;

  await warmUp(pool, seed);
  // Of one thread by itself, then of all.
  const trace = file === undefined ? undefined : pool.trace();
  const oneThreadSamplesPerSecond = await oneThreadRate(pool, samples, seed);
  const start = performance.now();
  const inside = await pool.parallelReduce(countInside, STREAMS, (left, right) => left + right, {
    args: [samples, seed],
    chunksize,
    onProgress: (done, total) => bar?.update(done / total!), // ranges, all of them known
  });
  const seconds = (performance.now() - start) / 1000;
  if (file !== undefined) writeFileSync(file, JSON.stringify(trace!.stop()));

  const samplesPerSecond = samples / seconds;
  return {
    ...estimateFrom(inside, samples),
    samples,
    inside,
    seed,
    generator: 'xoshiro128++',
    streams: STREAMS,
    threads,
    chunksize,
    seconds,
    samplesPerSecond,
    oneThreadSamplesPerSecond,
    speedup: samplesPerSecond / oneThreadSamplesPerSecond,
  };
}

/**
 * Streams a range. A thread gets 32 ranges, so that the last ones even out what a held-up thread left; more where
 * those would last longer than 20 ms, because the progress bar moves by ranges; fewer, but 8, where they would last
 * less than 2, because a range takes up to 45 µs to find its first stream.
 */
function usualChunksize(samples: number, threads: number): number {
  const millions = samples / threads / 1e6; // a million take 2 ms
  const rangesPerThread = Math.max(8, Math.min(32, millions), millions / 10);
  return Math.ceil(STREAMS / (threads * rangesPerThread));
}

/** Loads and compiles the kernel in every thread. */
async function warmUp(pool: Pool, seed: number): Promise<void> {
  const samples = 2 ** 22;
  await pool.broadcast(countInside, [0, 1, samples * STREAMS, seed]);
}

/**
 * Samples a second of one thread, measured before the others are put to work: the same kernel on streams of
 * the same length, in the same pool, its threads as warm. A quarter of the samples will do, and no more than
 * 2^25, but whole streams; the median of three, because a moment's disturbance weighs more on a short run.
 */
async function oneThreadRate(pool: Pool, samples: number, seed: number): Promise<number> {
  const streams = Math.max(1, Math.round(STREAMS * Math.min(1 / 4, 2 ** 25 / samples)));
  let thrown = 0;
  for (let stream = 0; stream < streams; stream++) thrown += samplesOf(stream, samples);

  const times: number[] = [];
  for (let run = 0; run < 3; run++) {
    const start = performance.now();
    await pool.apply(countInside, [0, streams, samples, seed]);
    times.push(performance.now() - start);
  }
  const [, median] = times.sort((left, right) => left - right);
  return (1000 * thrown) / median;
}
