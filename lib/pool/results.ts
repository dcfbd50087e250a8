/** Reads a job's results where the runners left them. */
import type { Decoder } from '../tasks/codec/decoder.js';
import type { Job } from './job.js';
import * as L from './layout.js';
import type { PageReader } from './pages.js';

export class ResultReader {
  readonly #pages: PageReader;
  readonly #decoder: Decoder;
  constructor(pages: PageReader, decoder: Decoder) {
    this.#pages = pages;
    this.#decoder = decoder;
  }

  /** All results were numbers: the column is copied out. */
  numbers(job: Job): number[] {
    const { output, count } = job.spec;
    const { doubles } = output.segment;
    const base = L.toIndex(output.offset / 8);
    const results = new Array<number>(count);
    for (let i = 0; i < count; i++) results[i] = doubles[base + i]!;
    return results;
  }

  /** Every item succeeded. */
  values(job: Job): unknown[] {
    const results = new Array<unknown>(job.spec.count);
    for (let i = 0; i < results.length; i++) results[i] = this.value(job, i);
    return results;
  }

  /** As Promise.allSettled has it. */
  settled(job: Job): PromiseSettledResult<unknown>[] {
    const results = new Array<PromiseSettledResult<unknown>>(job.spec.count);
    for (let i = 0; i < results.length; i++) {
      if (job.failedHere.has(i)) {
        this.#drop(job, i);
        results[i] = { status: 'rejected', reason: job.failedHere.get(i) };
      } else if (job.errors.has(i)) results[i] = { status: 'rejected', reason: job.errors.get(i) };
      else results[i] = { status: 'fulfilled', value: this.value(job, i) };
    }
    return results;
  }

  /** The result of item `index`; reading it gives its memory back. */
  value(job: Job, index: number): unknown {
    const { output, status } = job.spec;
    const place = output.offset / 8 + index;
    switch (output.segment.bytes[status + index]) {
      case L.STATUS_NUMBER:
        return output.segment.doubles[place];
      case L.STATUS_BYTES: {
        const location = output.segment.doubles[place];
        const page = this.#pages.bytes(location);
        if (page === undefined) throw new Error(`granule: the page of result ${index} never arrived`);
        const value = this.#decoder.read(page, location % L.MAX_OFFSET);
        this.#pages.release(location);
        output.segment.bytes[status + index] = L.STATUS_NONE;
        return value;
      }
      case L.STATUS_MAIL:
        return job.values.get(index);
      case L.STATUS_TRUE:
        return true;
      case L.STATUS_FALSE:
        return false;
      case L.STATUS_NULL:
        return null;
      case L.STATUS_UNDEFINED:
        return undefined;
      default:
        throw new Error(`granule: item ${index} was never run`);
    }
  }

  /** Nobody will read the rest: the pages it lies in are given back. */
  discard(job: Job): void {
    if (job.spec.output.lane !== L.OUTPUT_MIXED) return;
    for (let i = 0; i < job.spec.count; i++) this.#drop(job, i);
  }

  #drop(job: Job, index: number): void {
    const { output, status } = job.spec;
    const { bytes, doubles } = output.segment;
    if (bytes[status + index] !== L.STATUS_BYTES) return;
    this.#pages.release(doubles[output.offset / 8 + index]);
    bytes[status + index] = L.STATUS_NONE;
  }
}
