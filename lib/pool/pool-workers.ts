/**
 * The pool's Workers: piscina starts and replaces them and carries the message that starts a runner, this file keeps
 * their books from start to exit.
 *
 * granule keeps the queue, so a thread is called only when it is known to be idle, and piscina's queue stays empty.
 * Which thread gets a call is decided here, through piscina's public `loadBalancer`. What is known of piscina 5.3.2
 * and guarded against here:
 *   - `close()` rejects running tasks: only `destroy()` is used, when nothing runs.
 *   - A thread that dies before it was ready stops piscina's replacing for good: no thread is ended
 *     before its hello, and after every exit the number of threads is checked and made up.
 *   - Its ids are -1 after process.exit: each Worker's own 'error' and 'exit' are listened to.
 */
import { fileURLToPath } from 'node:url';
import type { ResourceLimits, Worker } from 'node:worker_threads';
import { Piscina } from 'piscina';
import { watchThread } from '../sync/lifelines.js';
import { threadEnded } from '../sync/threads.js';
import { outputPassedOn } from '../tasks/output.js';
import type { Hello, PoolThreadData, RunnerCall, RunnerReturn } from './protocol.js';

export interface WorkerOptions {
  readonly threads: number;
  readonly resourceLimits: ResourceLimits | undefined;
  readonly data: PoolThreadData;
}

export interface WorkerEnd {
  readonly exitCode: number;
  readonly threadId: number;
  /** The uncaught error, if one ended it. */
  readonly cause: unknown;
}

export interface WorkerEvents {
  /** It has said hello, and piscina carries calls to it. */
  ready(worker: Worker, hello: Hello): void;
  /** It has thrown, and is about to exit. */
  threw(worker: Worker): void;
  exited(worker: Worker, end: WorkerEnd): void;
  /** Workers cannot be started: there will be none. */
  failed(end: WorkerEnd): void;
}

const ENTRY = fileURLToPath(new URL('../../workers/pool-worker.js', import.meta.url));
/** Deaths in a row before a hello, of each thread, that are taken as "cannot start". */
const FALSE_STARTS = 4;

/** No thread's id. */
const NOBODY = -2;
interface Addressed {
  readonly [Piscina.queueOptionsSymbol]: { readonly threadId: number };
}
/** The call with its address where piscina's balancer can read it. */
function addressed(call: RunnerCall): RunnerCall {
  return { ...call, [Piscina.queueOptionsSymbol]: { threadId: call.threadId } };
}

interface Known {
  readonly threadId: number;
  hello: Hello | undefined;
  cause: unknown;
}

export class PoolWorkers {
  /** No more are started in place of those that exit. */
  ending = false;
  readonly #events: WorkerEvents;
  readonly #size: number;
  readonly #piscina: Piscina<RunnerCall, RunnerReturn>;
  readonly #known = new Map<Worker, Known>();
  /** Ids of threads to which piscina carries calls. */
  readonly #callable = new Set<number>();
  /** Of threads that have exited, what they printed last. */
  readonly #outputs = new Set<Promise<unknown>>();
  #falseStarts = 0;
  #startsSettled: () => void = () => undefined;

  constructor({ threads, resourceLimits, data }: WorkerOptions, events: WorkerEvents) {
    this.#events = events;
    this.#size = threads;
    this.#piscina = new Piscina({
      filename: ENTRY,
      name: 'serve',
      minThreads: threads,
      maxThreads: threads,
      atomics: 'disabled',
      recordTiming: false,
      workerData: { granule: data },
      loadBalancer: (task, workers) => {
        const { threadId } = (task as unknown as Addressed)[Piscina.queueOptionsSymbol];
        // No thread is accepted where piscina is only being asked to grow.
        if (threadId === NOBODY) return null;
        // A task for a thread that is gone must not stay in piscina's queue: any thread returns it at once.
        return workers.find((worker) => worker.id === threadId || !this.#callable.has(threadId)) ?? null;
      },
      ...(resourceLimits === undefined ? {} : { resourceLimits }),
    });
    this.#piscina.on('message', (message: unknown) => {
      if ((message as Hello | null)?.granule === 'hello') this.#greet(message as Hello);
    });
    this.#piscina.on('workerCreate', ({ id }: { readonly id: number }) => {
      // piscina takes the thread for ready only after this event.
      queueMicrotask(() => {
        this.#callable.add(id);
        this.#tellReady(id);
      });
    });
    // Each Worker's own events tell more; without a listener piscina's would be thrown.
    this.#piscina.on('error', () => undefined);
    this.#adopt();
  }

  /** Starts a runner in an idle thread; resolves when it has returned. */
  call(call: RunnerCall): Promise<RunnerReturn> {
    return this.#piscina.run(addressed(call));
  }

  /**
   * Has no more started, and resolves when those that are starting have: ending a thread that has not said hello would
   * kill the process if it is in a preload's top-level await.
   */
  async stopStarting(): Promise<void> {
    this.ending = true;
    if (this.#starting()) await new Promise<void>((resolve) => (this.#startsSettled = resolve));
  }

  /** Ends all; resolves when the last has exited and what they printed is out. */
  async end(): Promise<void> {
    const exits = [...this.#known.keys()].map(
      (worker) => new Promise<void>((resolve) => worker.once('exit', () => { resolve(); })),
    );
    await this.#piscina.destroy();
    await Promise.all(exits);
    await Promise.all(this.#outputs);
  }

  #starting(): boolean {
    for (const known of this.#known.values()) if (known.hello === undefined) return true;
    return false;
  }

  /** Listens to Workers that piscina has started since the last look. */
  #adopt(): void {
    for (const worker of this.#piscina.threads) {
      if (this.#known.has(worker)) continue;
      const known: Known = { threadId: worker.threadId, hello: undefined, cause: undefined };
      this.#known.set(worker, known);
      worker.on('error', (error) => {
        known.cause = error;
        this.#events.threw(worker);
        this.#adopt();
      });
      worker.on('exit', (exitCode) => {
        this.#exited(worker, known, exitCode);
      });
    }
  }

  #greet(hello: Hello): void {
    for (const known of this.#known.values()) {
      if (known.threadId !== hello.threadId) continue;
      known.hello = hello;
      watchThread(hello.threadId, hello.lifeline);
      this.#falseStarts = 0;
      hello.port.unref();
    }
    this.#tellReady(hello.threadId);
    if (!this.#starting()) this.#startsSettled();
  }

  /** Called when the thread has said hello, and when piscina carries calls to it: tells when both are so. */
  #tellReady(threadId: number): void {
    if (!this.#callable.has(threadId)) return;
    for (const [worker, { threadId: id, hello }] of this.#known) {
      if (id === threadId && hello !== undefined) this.#events.ready(worker, hello);
    }
  }

  #exited(worker: Worker, { hello, threadId, cause }: Known, exitCode: number): void {
    this.#known.delete(worker);
    this.#callable.delete(threadId);
    threadEnded(threadId);
    const output = outputPassedOn(worker);
    this.#outputs.add(output);
    void output.then(() => this.#outputs.delete(output));
    const end: WorkerEnd = { exitCode, threadId, cause };
    this.#events.exited(worker, end);
    if (hello === undefined && !this.ending && ++this.#falseStarts >= FALSE_STARTS * this.#size) {
      this.ending = true;
      this.#events.failed(end);
      void this.#piscina.destroy();
    }
    if (!this.ending) while (this.#piscina.threads.length < this.#size) this.#grow();
    // Also while the pool ends: a replacement must not be ended before its hello either.
    this.#adopt();
    if (!this.#starting()) this.#startsSettled();
  }

  /** piscina has stopped replacing: a task for which no thread will do makes it start one, and is withdrawn. */
  #grow(): void {
    const before = this.#piscina.threads.length;
    const withdrawn = new AbortController();
    this.#piscina.run(addressed({ seat: -1, threadId: NOBODY }), { signal: withdrawn.signal }).catch(() => undefined);
    withdrawn.abort();
    if (this.#piscina.threads.length === before) throw new Error('granule: piscina did not start a thread');
  }
}
