/**
 * A process's thread as its starter sees it: started, ended on demand, and judged when it has exited and all it
 * printed has been passed on.
 */
import { fileURLToPath } from 'node:url';
import { inspect, types } from 'node:util';
import { MessageChannel, Worker, type Transferable } from 'node:worker_threads';
import { SerializationError } from '../errors.js';
import { heapMemory } from '../memory/home-heap.js';
import { watchThread } from '../sync/lifelines.js';
import { threadTable, threadEnded } from '../sync/threads.js';
import { bareValue, typesIn, type LoadedMessage, type PreparedMessage } from '../tasks/codec/message.js';
import { currentProcess } from '../tasks/current-process.js';
import { decodeError, encodeError, type ErrorOrigin, type ErrorWire } from '../tasks/error-transport.js';
import { outputPassedOn } from '../tasks/output.js';
import { bare } from '../tasks/own-options.js';
import { placed } from '../tasks/placed.js';
import { ENDING, LOADING } from './phase.js';
import type { Parcel, ProcessThreadData, Uncaught } from './protocol.js';

/** What the thread runs, and with what. */
export interface Load extends Pick<ProcessThreadData, 'name' | 'daemon' | 'lineage' | 'target'> {
  readonly args: PreparedMessage;
  readonly subclass: { readonly module: string; readonly name: string; readonly fields: PreparedMessage } | undefined;
  /** What it runs, for the stack of its error. */
  readonly label: string;
  /** The stack at start(). */
  readonly callStack: string | undefined;
}

export interface Outcome {
  readonly exitcode: number;
  readonly error: Error | undefined;
}

/** Exit codes as Python has them: the negative number of a signal. */
export type Signal = -15 | -9;

const ENTRY = fileURLToPath(new URL('../../workers/process-worker.js', import.meta.url));
/** How long a thread that still loads may go on before it is ended all the same. */
const LOADING_GRACE = 5_000;

export class Child {
  readonly pid: number;
  /** Resolves, and never rejects, when the thread has exited and all it printed has been passed on. */
  readonly ended: Promise<Outcome>;
  readonly #worker: Worker;
  readonly #phase: Int32Array;
  readonly #origin: ErrorOrigin;
  readonly #daemon: boolean;
  #waiters = 0;
  #told: ErrorWire | undefined;
  #thrown: { readonly error: unknown } | undefined;
  #signal: Signal | undefined;
  /** The thread was ended before it ran anything: whatever its exit code, it is the signal's. */
  #stopped = false;

  /** Starts the thread. Throws if it cannot be started, or if something does not let itself be sent. */
  constructor({ label, callStack, ...load }: Load) {
    const phase = new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT);
    const parentProcess = currentProcess();
    const lifeline = new MessageChannel();
    this.#phase = new Int32Array(phase);
    this.#daemon = load.daemon;
    this.#worker = startWorker(load, {
      kind: 'process',
      threads: threadTable(),
      heap: heapMemory(),
      parent: parentProcess.pid,
      parentProcess,
      lifeline: lifeline.port2,
      phase,
    });
    this.pid = this.#worker.threadId;
    watchThread(this.pid, lifeline.port1);
    this.#origin = { task: { name: label, index: undefined, threadId: this.pid }, callStack };
    this.#worker.on('message', (message: unknown) => {
      if ((message as Partial<Uncaught> | null)?.granule === 'uncaught') this.#told = (message as Uncaught).error;
    });
    this.#worker.on('error', (error: unknown) => {
      this.#thrown = { error };
    });
    // Not before it listens: that takes hold of the thread again.
    if (load.daemon) this.#worker.unref();
    this.ended = new Promise((resolve) => {
      this.#worker.on('exit', (code) => {
        threadEnded(this.pid);
        const outcome = this.#judge(code);
        void outputPassedOn(this.#worker).then(() => {
          resolve(outcome);
        });
      });
    });
  }

  /** Ends the thread; the first signal is the one that counts. */
  end(signal: Signal): void {
    if (this.#signal !== undefined) return;
    this.#signal = signal;
    this.#stopped = Atomics.compareExchange(this.#phase, 0, LOADING, ENDING) === LOADING;
    if (!this.#stopped) {
      void this.#worker.terminate();
      return;
    }
    const timer = setTimeout(() => void this.#worker.terminate(), LOADING_GRACE);
    timer.unref();
    void this.ended.then(() => {
      clearTimeout(timer);
    });
  }

  /** Somebody waits for its end: until let go, the program is kept alive for it, a daemon's too. */
  hold(): () => void {
    if (this.#daemon && this.#waiters++ === 0) this.#worker.ref();
    return () => {
      if (this.#daemon && --this.#waiters === 0) this.#worker.unref();
    };
  }

  #judge(code: number): Outcome {
    if (this.#signal !== undefined && (this.#stopped || (code === 1 && this.#thrown === undefined))) {
      return { exitcode: this.#signal, error: undefined };
    }
    if (this.#thrown === undefined) return { exitcode: code, error: undefined };
    // What the thread itself told of its error is more than what Node kept of it.
    const error = decodeError(this.#told ?? encodeError(this.#thrown.error), this.#origin);
    // Node has 0 for what an 'exit' listener throws.
    return { exitcode: code === 0 ? 1 : code, error: this.#asError(error) };
  }

  #asError(thrown: unknown): Error {
    if (types.isNativeError(thrown) || thrown instanceof DOMException) return thrown;
    const message = `The process threw ${inspect(thrown, { depth: 1 })}, which is no error: throw an Error`;
    const { task, callStack } = this.#origin;
    return placed(new Error(message, { cause: thrown }), { stack: callStack }, task);
  }
}

type Surroundings = Omit<ProcessThreadData, keyof Load>;

function startWorker(load: Omit<Load, 'label' | 'callStack'>, surroundings: Surroundings): Worker {
  const { name, daemon, lineage, target, subclass } = load;
  const args = load.args.load();
  const fields = subclass?.fields.load();
  const granule: ProcessThreadData = {
    ...surroundings,
    name,
    daemon,
    lineage,
    target,
    args: parcel(args),
    subclass: subclass && { ...subclass, fields: parcel(fields!) },
  };
  const transfer = [surroundings.lifeline, ...args.transfer, ...(fields?.transfer ?? [])] as Transferable[];
  try {
    return new Worker(ENTRY, bare({ name, workerData: { granule }, transferList: transfer }));
  } catch (error) {
    args.undo();
    fields?.undo();
    surroundings.lifeline.close();
    // Such as a port that was closed: what the codec cannot see.
    if ((error as Partial<DOMException> | null)?.name !== 'DataCloneError') throw error;
    throw new SerializationError(`Cannot send the arguments of ${name}: ${(error as DOMException).message}`, {
      cause: error,
    });
  }
}

function parcel({ value }: LoadedMessage): Parcel {
  return bareValue(value) ?? { packed: value, types: typesIn(value) };
}
