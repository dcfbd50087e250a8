/** Runs calls on threads: makes jobs of them and hands those to the scheduler. */
import { threadId } from 'node:worker_threads';
import { Decoder } from '../tasks/codec/decoder.js';
import { Encoder } from '../tasks/codec/encoder.js';
import { currentProcess } from '../tasks/current-process.js';
import { refuseWhileLoading } from '../tasks/loading.js';
import { resolveTask, type TaskSpec } from '../tasks/spec.js';
import { heapMemory } from '../memory/home-heap.js';
import { threadTable } from '../sync/threads.js';
import { Arena } from './arena.js';
import { recordsBytes } from './chunk-records.js';
import { cpuCount } from './cpu-count.js';
import type { Engine, EngineStats, Feed, Settle, Work } from './engine.js';
import { Job, type JobSpec } from './job.js';
import { prepareInitargs } from './initargs.js';
import { JobMaker } from './job-maker.js';
import * as L from './layout.js';
import { sealLetter } from './letter.js';
import { Metrics } from './metrics.js';
import type { Observers } from './observers.js';
import type { PoolSettings } from './options.js';
import { PageReader } from './pages.js';
import { ResultReader } from './results.js';
import { pythonChunksize } from './schedules.js';
import { Scheduler } from './scheduler.js';
import { TaskTable, type TaskEntry } from './task-table.js';

/** The longest that an idle runner watches for more work, in ms: see lingering.ts. */
const LINGER_MS = 0.2;

/** A job of some of a call's items, and what has become of it. */
interface Slice {
  readonly job: Job;
  state: 'new' | 'under way' | 'done';
  value: unknown;
}

export class ThreadEngine implements Engine {
  readonly threads: number;
  readonly metrics = new Metrics();
  readonly #arena = new Arena();
  readonly #table: TaskTable;
  readonly #maker: JobMaker;
  readonly #results: ResultReader;
  readonly #scheduler: Scheduler;

  constructor(settings: PoolSettings, observers: Observers) {
    const { threads, initializer, initargs, resourceLimits, maxTasksPerThread, name } = settings;
    this.threads = threads;
    // Encoding what the threads get at their start fails here, at the call.
    const spec = initializer === undefined ? undefined : resolveTask(initializer, 'initializer').spec;
    if (spec !== undefined) refuseAsItLoads(spec, 'initializer');
    const prepared = prepareInitargs(initargs);
    const control = new SharedArrayBuffer(L.ControlMap.bytes(threads));
    const map = new L.ControlMap(control, threads);
    const pages = new PageReader();
    const single = cpuCount() === 1;
    this.#results = new ResultReader(pages, new Decoder());
    this.#maker = new JobMaker(this.#arena, new Encoder('aside'));
    this.#table = new TaskTable((id) => {
      this.#scheduler.forgetTask(id);
    });
    this.#scheduler = new Scheduler(
      {
        threads,
        resourceLimits,
        observers,
        data: {
          kind: 'pool',
          threads: threadTable(),
          heap: heapMemory(),
          parent: threadId,
          parentProcess: currentProcess(),
          pool: name,
          control,
          seats: threads,
          arena: this.#arena.first.memory,
          initializer: spec,
          initargs: prepared.carries ? undefined : prepared.load().value,
          maxTasks: maxTasksPerThread,
          linger: LINGER_MS,
          lingerers: cpuCount() - 1,
        },
      },
      prepared.carries ? prepared : undefined,
      map,
      pages,
      this.#results,
      !single,
      (job) => {
        this.#arena.release(job.spec.block);
      },
      this.metrics,
      () => this.#arena.reserve(recordsBytes(threads)),
    );
  }

  entry(task: unknown, feed: 'items' | 'ranges'): TaskEntry {
    const entry = this.#table.entry(task, feed);
    refuseAsItLoads(entry.spec, 'task');
    return entry;
  }

  start(work: Work, feed: Feed, settle: Settle): (error: unknown) => void {
    if (work.pinned < 0) this.#scheduler.rouse();
    if (feed.kind === 'items') {
      const tickets = this.#tickets(work, feed.items.length);
      const spec = this.#maker.ofItems(work, tickets, feed, feed.items.length === 1);
      if (spec === undefined) return this.#startSlices(work, feed, settle);
      return this.#submit(this.#job(spec, settle));
    }
    if (feed.kind === 'typed') {
      const tickets = this.#tickets(work, feed.items.length);
      return this.#submit(this.#job(this.#maker.ofTyped(work, tickets, feed.items), settle));
    }
    const { range, count, keepResults } = feed;
    const tickets = Math.min(count, work.entry.cost.ticketsFor(count * range.size, this.threads));
    return this.#submit(this.#job(this.#maker.ofRanges(work, tickets, range, count, keepResults), settle));
  }

  isFull(maxQueue: number): boolean {
    if (maxQueue === Infinity) return false;
    const { queued, running } = this.#scheduler;
    return queued >= maxQueue + Math.max(0, this.threads - running);
  }

  stats(): EngineStats {
    const { queued, running, tally } = this.#scheduler;
    const { completed, failed, lostThreads, busy } = tally;
    return { queued, running, busy, busyBeside: 0, completed, failed, onCaller: 0, lostThreads };
  }

  cancelAll(error: () => unknown): void {
    this.#scheduler.cancelAll(error);
  }
  idle(): Promise<void> {
    return this.#scheduler.idle();
  }
  end(): Promise<void> {
    return this.#scheduler.end();
  }

  /** A chunk is the least that is handed out: no more runners than chunks. */
  #tickets(work: Work, count: number): number {
    if (work.pinned >= 0) return 1;
    const learned = work.entry.cost.ticketsFor(count, this.threads);
    return Math.max(1, Math.min(learned, Math.ceil(count / work.chunk)));
  }

  #job(spec: JobSpec, settle: Settle): Job {
    const job = new Job(spec, (outcome, over) => {
      if (outcome.failed) {
        settle(true, outcome.error);
        return;
      }
      let value: unknown;
      try {
        value = this.#read(over);
      } catch (error) {
        settle(true, error);
        return;
      }
      settle(false, value);
    });
    return job;
  }

  #submit(job: Job): (error: unknown) => void {
    this.#scheduler.submit(job);
    return (error) => {
      this.#scheduler.cancel(job, error);
    };
  }

  #read(job: Job): unknown {
    const { output, work } = job.spec;
    const { settled } = work;
    if (output.array !== undefined && !settled) return output.array;
    if (output.lane === L.OUTPUT_NONE) return undefined;
    if (settled) return this.#results.settled(job);
    return job.notNumbers ? this.#results.values(job) : this.#results.numbers(job);
  }

  /**
   * Items that only messages carry: jobs of one slice each, all encoded (and what is moved, detached) now,
   * a few under way at a time so that other calls are not kept waiting.
   */
  #startSlices(work: Work, feed: Feed & { kind: 'items' }, settle: Settle): (error: unknown) => void {
    const { items } = feed;
    const size = work.chunk > 1 || work.schedule !== 3 ? work.chunk : pythonChunksize(items.length, this.threads);
    const slices: Slice[] = [];
    let failedAt = Infinity;
    let failure: unknown;
    let next = 0;
    let underWay = 0;
    let done = 0;
    let over = false;
    const finish = (failed: boolean, value: unknown): void => {
      if (over) return;
      over = true;
      // The last first: a thread that is let go by one must not find the next still to be had.
      for (const slice of slices.slice().reverse()) {
        if (slice.state === 'under way') this.#scheduler.cancel(slice.job, value);
        else if (slice.state === 'new') this.#dispose(slice.job);
      }
      settle(failed, value);
    };
    const advance = (): void => {
      if (over) return;
      while (next < slices.length && next < failedAt && underWay < 2 * this.threads) {
        const slice = slices[next++];
        slice.state = 'under way';
        underWay++;
        this.#scheduler.submit(slice.job);
      }
      // Slices below the failing one are still at it: theirs may be the lowest failing item.
      if (underWay === 0) {
        if (failedAt !== Infinity) finish(true, failure);
        else finish(false, slices.flatMap((slice) => slice.value as unknown[]));
      }
    };
    const specs = this.#sliceSpecs(work, feed, size);
    specs.forEach((spec, k) => {
      const { count, parcel } = spec;
      const job = this.#job(spec, (failed, value) => {
        const slice = slices[k];
        slice.state = 'done';
        slice.value = value;
        underWay--;
        if (failed) {
          if (k < failedAt) [failedAt, failure] = [k, value];
          for (const later of slices.slice(k + 1)) {
            if (later.state === 'under way') this.#scheduler.cancel(later.job, value);
          }
        } else {
          done += count;
          try {
            work.onProgress?.(done);
          } catch (error) {
            finish(true, error);
          }
        }
        advance();
      });
      try {
        if (parcel !== undefined) job.letter = sealLetter(parcel);
      } catch (error) {
        for (const slice of slices) this.#dispose(slice.job);
        for (const { block } of specs.slice(k)) this.#arena.release(block);
        throw error;
      }
      slices.push({ job, state: 'new', value: undefined });
    });
    advance();
    return (error) => {
      finish(true, error);
    };
  }

  /** All of them, before anything of any leaves. */
  #sliceSpecs(work: Work, { items, spread, path }: Feed & { kind: 'items' }, size: number): JobSpec[] {
    const specs: JobSpec[] = [];
    const taken = new Set<object>();
    try {
      for (let from = 0; from < items.length; from += size) {
        const until = Math.min(items.length, from + size);
        const slice: Work = {
          ...work,
          firstIndex: work.firstIndex + from,
          onProgress: work.onProgress === undefined ? undefined : () => undefined,
        };
        const part = { items: items.slice(from, until), spread, path: (index: number): string => path(from + index) };
        specs.push(this.#maker.ofItems(slice, 1, part, true, taken)!);
      }
    } catch (error) {
      for (const { block, parcel } of specs) {
        parcel?.forEach((item) => {
          item.restore();
        });
        this.#arena.release(block);
      }
      throw error;
    }
    return specs;
  }

  /** A job that was never submitted. */
  #dispose(job: Job): void {
    job.letter?.close();
    this.#arena.release(job.spec.block);
  }
}

function refuseAsItLoads(spec: TaskSpec, what: string): void {
  if (spec.kind === 'module') refuseWhileLoading(spec.module, `The ${what} ${spec.label}`);
}
