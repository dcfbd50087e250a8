import { isMainThread, MessageChannel, threadId, Worker, type MessagePort } from 'node:worker_threads';
import { heapMemory } from '../memory/home-heap.js';
import { watchThread } from '../sync/lifelines.js';
import { threadEnded, threadTable } from '../sync/threads.js';
import { UNSEEN, type Site } from '../tasks/call-site.js';
import { currentProcess } from '../tasks/current-process.js';
import { decodeError, encodeError } from '../tasks/error-transport.js';
import { outputPassedOn } from '../tasks/output.js';
import { bare } from '../tasks/own-options.js';
import { threadState } from '../tasks/thread-state.js';
import { Connection, NOTHING } from './connection.js';
import { addLifetime, Lifetime, removeLifetime } from './lifetimes.js';
import type { ManagerThreadData } from './protocol.js';

const ENTRY = new URL('../../workers/manager-worker.js', import.meta.url);

/** How long a thread that is told to end may take, before it is ended. */
const GRACE_MS = 500;
/** The same while it loads a user's module: ending it in a top-level await kills the process on Node 22 to 26. */
const LOADING_GRACE_MS = 5_000;

/** A manager's thread, and the Manager's own line to it, seen from the thread that started it. */
export class ManagerThread {
  readonly id: number;
  readonly control: Connection;
  readonly #worker: Worker;
  readonly #lifetime: Lifetime;
  readonly #loading = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
  readonly #exited: Promise<void>;
  #end: Promise<void> | undefined;

  private constructor() {
    const { port1, port2 } = new MessageChannel();
    const lifeline = new MessageChannel();
    const granule: ManagerThreadData = {
      kind: 'manager',
      name: nextName(),
      daemon: true,
      threads: threadTable(),
      heap: heapMemory(),
      parent: threadId,
      parentProcess: currentProcess(),
      control: port2,
      lifeline: lifeline.port2,
      loading: this.#loading.buffer,
    };
    const transferList = [port2, lifeline.port2];
    const worker = new Worker(ENTRY, bare({ name: granule.name, workerData: { granule }, transferList }));
    worker.unref();
    watchThread(worker.threadId, lifeline.port1);
    this.#worker = worker;
    this.#lifetime = watch(worker);
    this.#exited = new Promise((resolve) => {
      worker.once('exit', () => {
        resolve(outputPassedOn(worker));
      });
    });
    this.id = worker.threadId;
    this.control = new Connection(port1, this.id);
  }

  /** Resolves when the thread answers; ManagerClosedError, with the cause, if it never will. */
  static async start(site: Site): Promise<ManagerThread> {
    const thread = new ManagerThread();
    await thread.control.ask({ do: 'greet' }, NOTHING, { name: 'Manager.start', site });
    return thread;
  }

  /** A connection to what is to be served at the other end of `port`. */
  connect(port: MessagePort): Connection {
    return new Connection(port, this.id);
  }

  get ended(): boolean {
    return this.#lifetime.ending !== undefined;
  }

  /** Rejects the calls of this thread at once. Resolves when the manager's thread has ended. */
  end(): Promise<void> {
    return (this.#end ??= this.#endThread());
  }

  async #endThread(): Promise<void> {
    const { control } = this;
    const isRunning = !this.ended;
    if (isRunning) control.ask({ do: 'end' }, NOTHING, { name: 'shutdown', site: UNSEEN }).catch(() => undefined);
    const lifetime = this.#lifetime;
    lifetime.end({ reason: 'the manager was shut down' });
    for (const line of lifetime.lines) line.end(lifetime.ending!);
    this.#worker.ref();
    const timers = [
      setTimeout(() => {
        if (Atomics.load(this.#loading, 0) === 0) void this.#worker.terminate();
      }, GRACE_MS),
      setTimeout(() => void this.#worker.terminate(), LOADING_GRACE_MS),
    ];
    await this.#exited;
    timers.forEach(clearTimeout);
  }
}

/** What is held by the Worker must not hold the Manager. */
function watch(worker: Worker): Lifetime {
  const lifetime = new Lifetime();
  const { threadId: id } = worker;
  addLifetime(id, lifetime);
  let cause: unknown;
  worker.once('error', (error) => {
    // Node makes it an object of its class that is no error.
    cause = decodeError(encodeError(error));
  });
  worker.once('exit', (code) => {
    threadEnded(id);
    const how = cause === undefined ? `exit code ${code}` : 'an uncaught error, its cause';
    lifetime.end({ reason: `the manager's thread ended (${how})`, ...(cause === undefined ? {} : { cause }) });
    removeLifetime(id);
  });
  return lifetime;
}

const names = threadState('manager names', () => ({ count: 0 }));

/** currentProcess().name there: 'Manager-1', and in thread 7 'Manager-7:1'. */
function nextName(): string {
  names.count++;
  return isMainThread ? `Manager-${names.count}` : `Manager-${threadId}:${names.count}`;
}
