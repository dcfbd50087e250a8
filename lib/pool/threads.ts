/**
 * The pool's threads: piscina owns them, this file seats them, watches them and ends them.
 *
 * piscina starts and replaces Workers and carries the message that starts a runner; granule keeps the
 * queue, so `run()` is called only for a thread known to be idle and piscina's queue stays empty. Which
 * thread gets the message is decided here, through piscina's public `loadBalancer`. What is known of
 * piscina 5.3.2 and guarded against here:
 *   - `close()` rejects running tasks: only `destroy()` is used, when nothing runs.
 *   - A thread that dies before it was ready stops piscina's replacing for good: no thread is ended
 *     before its hello, and after every exit the number of threads is checked and made up.
 *   - Its ids are -1 after process.exit: each Worker's own 'error' and 'exit' are listened to.
 */
import { fileURLToPath } from 'node:url';
import { receiveMessageOnPort, type ResourceLimits, type Worker } from 'node:worker_threads';
import { Piscina } from 'piscina';
import { watchThread } from '../sync/lifelines.js';
import { threadEnded } from '../sync/threads.js';
import { outputPassedOn } from '../tasks/output.js';
import { debug, DEBUGS } from './events.js';
import { GONE, SEAT_STATE, STARTING, type ControlMap } from './layout.js';
import type { Observers } from './observers.js';
import type { Hello, Mail, PoolThreadData, Reply, RunnerCall, RunnerReturn, TransferList } from './protocol.js';
import type { Exit, Occupant, Seat } from './seats.js';
import { endThread, ThreadEnds } from './thread-ends.js';

/** What the scheduler wants to know. */
export interface ThreadEvents {
  seated(seat: Seat): void;
  /** The thread has exited; its seat is still as it left it. */
  lost(seat: Seat, exit: Exit): void;
  returned(seat: Seat): void;
  reply(seat: Seat, reply: Reply): void;
  /** Threads cannot be started: nothing will ever run. */
  failed(exit: Exit): void;
}

export interface ThreadOptions {
  readonly threads: number;
  readonly resourceLimits: ResourceLimits | undefined;
  readonly data: PoolThreadData;
  readonly observers: Observers;
}

const ENTRY = fileURLToPath(new URL('../../workers/pool-worker.js', import.meta.url));
/** Deaths in a row before a hello that are taken as "cannot start". */
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

export class Threads {
  readonly seats: readonly Seat[];
  readonly #events: ThreadEvents;
  readonly #map: ControlMap;
  readonly #ends: ThreadEnds;
  readonly #piscina: Piscina<RunnerCall, RunnerReturn>;
  readonly #known = new Map<Worker, { hello: Hello | undefined; cause: unknown; threadId: number }>();
  /** Threads that said hello while no seat was free. */
  readonly #lobby: Worker[] = [];
  readonly #created = new Set<number>();
  /** Of threads that have exited, what they printed last. */
  readonly #outputs = new Set<Promise<unknown>>();
  readonly #size: number;
  readonly #name: string;
  readonly #observers: Observers;
  /** By seat, its last thread. */
  readonly #previous = new Map<number, number>();
  #falseStarts = 0;
  #ending = false;
  #startsSettled: () => void = () => undefined;
  #end: Promise<void> | undefined;

  constructor(options: ThreadOptions, map: ControlMap, events: ThreadEvents) {
    this.#events = events;
    this.#map = map;
    this.#size = options.threads;
    this.#name = options.data.pool;
    this.#observers = options.observers;
    this.seats = Array.from({ length: options.threads }, (_, index) => ({
      index,
      occupant: undefined,
      running: false,
      mailed: false,
      doneHead: 0,
    }));
    this.#ends = new ThreadEnds(map, this.seats, this.#name);
    this.#piscina = new Piscina({
      filename: ENTRY,
      name: 'serve',
      minThreads: options.threads,
      maxThreads: options.threads,
      atomics: 'disabled',
      recordTiming: false,
      workerData: { granule: options.data },
      loadBalancer: (task, workers) => {
        const { threadId } = (task as unknown as Addressed)[Piscina.queueOptionsSymbol];
        // No thread is accepted where piscina is only being asked to grow.
        if (threadId === NOBODY) return null;
        // A task for a thread that is gone must not stay in piscina's queue: any thread returns it at once.
        return workers.find((worker) => worker.id === threadId || !this.#created.has(threadId)) ?? null;
      },
      ...(options.resourceLimits === undefined ? {} : { resourceLimits: options.resourceLimits }),
    });
    this.#piscina.on('message', (message: unknown) => {
      if ((message as Hello | null)?.granule === 'hello') this.#greet(message as Hello);
    });
    this.#piscina.on('workerCreate', (worker: { readonly id: number }) => {
      this.#created.add(worker.id);
      // piscina takes the thread for ready only after this event.
      queueMicrotask(() => {
        this.#seatAll();
      });
    });
    // Each Worker's own events tell more; without a listener piscina's would be thrown.
    this.#piscina.on('error', () => undefined);
    this.#adopt();
  }

  /** Starts a runner on a seat whose thread is idle. */
  run(seat: Seat): void {
    const { occupant } = seat;
    if (occupant === undefined || occupant.ending || seat.running) return;
    this.#markStarting(seat);
    this.#call(seat, occupant);
  }

  /**
   * Makes sure that the seat's thread looks for tickets soon, whether or not the caller's event loop turns. False: it
   * is at work, or coming, or cannot.
   */
  wake(seat: Seat): boolean {
    const { occupant } = seat;
    if (occupant === undefined || occupant.ending) return false;
    if (!seat.running) this.run(seat);
    else if (this.#markStarting(seat)) {
      // It has left, or sees the ticket as it leaves; piscina's call is back once the event loop turns.
      seat.mailed = true;
      this.post(seat, { kind: 'wake' });
    } else return false;
    return true;
  }

  #markStarting(seat: Seat): boolean {
    const at = this.#map.seat(seat.index) + SEAT_STATE;
    return Atomics.compareExchange(this.#map.words, at, GONE, STARTING) === GONE;
  }

  #call(seat: Seat, occupant: Occupant): void {
    seat.running = true;
    seat.mailed = false;
    const { threadId } = occupant;
    const running = this.#piscina.run(addressed({ seat: seat.index, threadId }));
    running.then(
      ({ retire }) => {
        if (seat.occupant !== occupant) return;
        seat.running = false;
        // It is idle now, and has done its maxTasksPerThread: piscina replaces it.
        if (retire) {
          occupant.retired = true;
          endThread(occupant);
        } else if (seat.mailed && !occupant.ending && !this.#ending) {
          // piscina's call joins what the mail began, and tells us of its end.
          this.#call(seat, occupant);
        } else this.#events.returned(seat);
      },
      (error: unknown) => {
        // Its Worker's 'exit' tells; only a thread that lives on after a failed start is ended here.
        if (seat.occupant !== occupant) return;
        seat.running = false;
        setImmediate(() => {
          if (seat.occupant !== occupant || occupant.ending) return;
          occupant.failure = error;
          endThread(occupant);
        });
      },
    );
  }

  post(seat: Seat, mail: Mail, transfer: TransferList = []): void {
    seat.occupant?.port.postMessage(mail, transfer);
  }

  /** Reads what the seat's thread has posted and the event loop has not delivered yet. */
  drain(seat: Seat): void {
    const { occupant } = seat;
    if (occupant === undefined) return;
    for (let received; (received = receiveMessageOnPort(occupant.port)) !== undefined; ) {
      this.#events.reply(seat, received.message as Reply);
    }
  }

  /** Ends the thread, at once where that is safe (thread-ends.ts). */
  kill(seat: Seat, stillWanted: () => boolean): void {
    this.#ends.kill(seat, stillWanted);
  }

  /**
   * Ends all threads; resolves when the last has exited and what they printed is out. No runner may be under way,
   * unless `force`.
   */
  end(): Promise<void> {
    return (this.#end ??= this.#endAll());
  }

  async #endAll(): Promise<void> {
    this.#ending = true;
    // Ending a thread that has not said hello would kill the process if it is in a preload's top-level await.
    if (this.#starting()) await new Promise<void>((resolve) => (this.#startsSettled = resolve));
    await this.#ends.loadingSettled();
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
      const known = { hello: undefined, cause: undefined as unknown, threadId: worker.threadId };
      this.#known.set(worker, known);
      worker.on('error', (error) => {
        known.cause = error;
        const seat = this.seats.find((candidate) => candidate.occupant?.worker === worker);
        if (seat !== undefined) seat.occupant!.ending = true;
        this.#adopt();
      });
      worker.on('exit', (exitCode) => {
        this.#exited(worker, exitCode);
      });
    }
  }

  #greet(hello: Hello): void {
    for (const [worker, known] of this.#known) {
      if (known.threadId !== hello.threadId) continue;
      known.hello = hello;
      watchThread(hello.threadId, hello.lifeline);
      this.#falseStarts = 0;
      this.#lobby.push(worker);
      hello.port.unref();
    }
    this.#seatAll();
    if (!this.#starting()) this.#startsSettled();
  }

  /** A thread gets a seat when it has said hello, piscina calls it ready, and a seat is free. */
  #seatAll(): void {
    for (let i = 0; i < this.#lobby.length; ) {
      const worker = this.#lobby[i];
      const seat = this.seats.find((candidate) => candidate.occupant === undefined);
      if (seat === undefined || this.#ending) return;
      const { threadId, port } = this.#known.get(worker)!.hello!;
      if (!this.#created.has(threadId)) {
        i++;
        continue;
      }
      this.#lobby.splice(i, 1);
      const known = { tasks: new Set<number>(), segments: new Set([0]), args: new Set<number>() };
      const flags = { retired: false, ending: false, terminated: false };
      seat.occupant = { worker, threadId, port, ...known, ...flags, failure: undefined };
      seat.running = false;
      seat.mailed = false;
      port.on('message', (reply: Reply) => {
        if (seat.occupant?.port === port) this.#events.reply(seat, reply);
      });
      port.unref();
      this.#events.seated(seat);
      const { index } = seat;
      const previous = this.#previous.get(index);
      this.#previous.set(index, threadId);
      if (DEBUGS) debug('%s: thread %d takes seat %d, after %s', this.#name, threadId, index, previous ?? 'nobody');
      this.#observers.threadStarted({ pool: this.#name, threadId, seat: index }, previous);
    }
  }

  #exited(worker: Worker, exitCode: number): void {
    const known = this.#known.get(worker)!;
    this.#known.delete(worker);
    this.#created.delete(known.threadId);
    threadEnded(known.threadId);
    const output = outputPassedOn(worker);
    this.#outputs.add(output);
    void output.then(() => this.#outputs.delete(output));
    const inLobby = this.#lobby.indexOf(worker);
    if (inLobby >= 0) this.#lobby.splice(inLobby, 1);
    const seat = this.seats.find((candidate) => candidate.occupant?.worker === worker);
    const expected = this.#ending || seat?.occupant?.retired === true;
    const exit: Exit = { exitCode, threadId: known.threadId, cause: known.cause, expected };
    if (seat !== undefined) {
      seat.occupant!.ending = true;
      this.drain(seat);
      if (DEBUGS) {
        const how = expected ? 'as it should' : 'lost';
        debug('%s: thread %d of seat %d ended with code %d, %s', this.#name, known.threadId, seat.index, exitCode, how);
      }
      if (!expected) {
        const { threadId, cause: error } = known;
        this.#observers.threadLost({ pool: this.#name, threadId, seat: seat.index, exitCode, error });
      }
      this.#events.lost(seat, exit);
      seat.occupant!.port.close();
      seat.occupant = undefined;
      seat.running = false;
    }
    if (known.hello === undefined && !this.#ending && ++this.#falseStarts >= FALSE_STARTS * this.#size) {
      this.#ending = true;
      this.#events.failed(exit);
      void this.#piscina.destroy();
    }
    if (!this.#ending) while (this.#piscina.threads.length < this.#size) this.#grow();
    // Also while the pool ends: a replacement must not be ended before its hello either.
    this.#adopt();
    this.#seatAll();
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
