/**
 * The pool's threads in their seats: who sits where, what is said to them, and when a runner of theirs is started.
 *
 * STATE of a seat is written here only GONE → STARTING, by compare-exchange, before the message that wakes its thread:
 * so nobody is woken twice, nor who is at work (README.md, "Why no job is lost between a post and a linger").
 */
import { receiveMessageOnPort, type Worker } from 'node:worker_threads';
import { debug, DEBUGS } from './events.js';
import { GONE, SEAT_STATE, STARTING, type ControlMap } from './layout.js';
import type { Observers } from './observers.js';
import { PoolWorkers, type WorkerEnd, type WorkerOptions } from './pool-workers.js';
import type { Hello, Mail, Reply, TransferList } from './protocol.js';
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

export interface ThreadOptions extends WorkerOptions {
  readonly observers: Observers;
}

export class Threads {
  readonly seats: readonly Seat[];
  readonly #events: ThreadEvents;
  readonly #map: ControlMap;
  readonly #workers: PoolWorkers;
  readonly #ends: ThreadEnds;
  /** Threads that were ready while no seat was free. */
  readonly #lobby = new Map<Worker, Hello>();
  readonly #name: string;
  readonly #observers: Observers;
  /** By seat, its last thread. */
  readonly #previous = new Map<number, number>();
  #end: Promise<void> | undefined;

  constructor(options: ThreadOptions, map: ControlMap, events: ThreadEvents) {
    this.#events = events;
    this.#map = map;
    this.#name = options.data.pool;
    this.#observers = options.observers;
    this.seats = Array.from({ length: options.threads }, (_, index) => ({
      index,
      occupant: undefined,
      running: false,
      mailed: false,
      wakes: 0,
      doneHead: 0,
    }));
    this.#ends = new ThreadEnds(map, this.seats, this.#name);
    this.#workers = new PoolWorkers(options, {
      ready: (worker, hello) => {
        this.#lobby.set(worker, hello);
        this.#seatAll();
      },
      threw: (worker) => {
        const occupant = this.#seatOf(worker)?.occupant;
        if (occupant !== undefined) occupant.ending = true;
      },
      exited: (worker, end) => {
        this.#exited(worker, end);
      },
      failed: (end) => {
        events.failed({ ...end, expected: false });
      },
    });
  }

  /** Starts a runner on a seat whose thread is idle. */
  run(seat: Seat): void {
    const { occupant } = seat;
    if (occupant === undefined || occupant.ending || seat.running) return;
    this.#markStarting(seat);
    seat.wakes++;
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
      seat.wakes++;
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
    this.#workers.call({ seat: seat.index, threadId: occupant.threadId }).then(
      ({ retire }) => {
        if (seat.occupant !== occupant) return;
        seat.running = false;
        // It is idle now, and has done its maxTasksPerThread: piscina replaces it.
        if (retire) {
          occupant.retired = true;
          endThread(occupant);
        } else if (seat.mailed && !occupant.ending && !this.#workers.ending) {
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
    await this.#workers.stopStarting();
    await this.#ends.loadingSettled();
    await this.#workers.end();
  }

  #seatOf(worker: Worker): Seat | undefined {
    return this.seats.find((candidate) => candidate.occupant?.worker === worker);
  }

  /** Threads that are ready take the seats that are free. */
  #seatAll(): void {
    for (const [worker, { threadId, port }] of this.#lobby) {
      const seat = this.seats.find((candidate) => candidate.occupant === undefined);
      if (seat === undefined || this.#workers.ending) return;
      this.#lobby.delete(worker);
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

  #exited(worker: Worker, end: WorkerEnd): void {
    this.#lobby.delete(worker);
    const seat = this.#seatOf(worker);
    const occupant = seat?.occupant;
    if (seat === undefined || occupant === undefined) return;
    const { exitCode, threadId, cause: error } = end;
    const expected = this.#workers.ending || occupant.retired;
    occupant.ending = true;
    this.drain(seat);
    if (DEBUGS) {
      const how = expected ? 'as it should' : 'lost';
      debug('%s: thread %d of seat %d ended with code %d, %s', this.#name, threadId, seat.index, exitCode, how);
    }
    if (!expected) this.#observers.threadLost({ pool: this.#name, threadId, seat: seat.index, exitCode, error });
    this.#events.lost(seat, { ...end, expected });
    occupant.port.close();
    seat.occupant = undefined;
    seat.running = false;
    this.#seatAll();
  }
}
