/**
 * A pool thread's side of the scheduler.
 *
 * A *runner* is one piscina task: it serves tickets until there are none, lingers a moment for more,
 * and returns to piscina. It serves its seat's private ticket first, then alternately the ring's next
 * ticket and the longest suspended of the boards it holds, so that nobody waits behind a long call for
 * more than a strip, and a long call is not starved by many short ones.
 */
import { parentPort, threadId, type MessagePort, type Transferable } from 'node:worker_threads';
import { Decoder } from '../tasks/codec/decoder.js';
import { Encoder } from '../tasks/codec/encoder.js';
import { packMessage, unpackMessage } from '../tasks/codec/message.js';
import { encodeError, type ErrorWire } from '../tasks/error-transport.js';
import { explain } from '../tasks/explain.js';
import { loadTask } from '../tasks/load.js';
import { asLoading } from '../tasks/loading.js';
import { wake } from '../sync/futex.js';
import { weigh } from '../memory/ballast.js';
import type { Segment } from './arena.js';
import { BoardRun } from './board-run.js';
import { ChunkRecorder } from './chunk-records.js';
import { Inbox, type LoadedTask } from './inbox.js';
import * as L from './layout.js';
import { Lingering } from './lingering.js';
import { PageWriter } from './pages.js';
import type { Hello, PoolThreadData, Reply, RunnerCall, RunnerReturn } from './protocol.js';
import type { RunnerContext } from './runner-context.js';
import { RunnerTickets } from './runner-tickets.js';
import { Turns, TURN_MS } from './turns.js';

/** A board is not given up for others before this: short calls are run through, and few boards are held. */
const LEAST_STINT_MS = 0.05;

export class Runner implements RunnerContext {
  readonly map: L.ControlMap;
  readonly threadId = threadId;
  /** Large memory in a result goes by message: it is copied once, and not by the caller. */
  readonly encoder = new Encoder('posted');
  readonly decoder = new Decoder();
  readonly pages: PageWriter;
  allowance: number;
  seat = 0;

  readonly #data: PoolThreadData;
  readonly #port: MessagePort;
  readonly #inbox: Inbox;
  readonly #turns = new Turns();
  readonly #lingering: Lingering;
  #recorder: ChunkRecorder | undefined;
  readonly #tickets: RunnerTickets;
  /** Boards that gave way, by number, the one held longest first. */
  readonly #held = new Map<number, BoardRun>();
  #serving: Promise<RunnerReturn> | undefined;
  #initialized = false;
  #failure: { readonly error: unknown } | undefined;

  /** Says hello: the caller learns this thread's id and gets a port of its own for mail. */
  constructor(data: PoolThreadData) {
    this.#data = data;
    this.map = new L.ControlMap(data.control, data.seats);
    this.allowance = data.maxTasks;
    this.#lingering = new Lingering(this.map, data, this.#turns);
    this.#tickets = new RunnerTickets(this.map, (board) => this.#held.has(board));
    const { port1, port2 } = new MessageChannel() as unknown as { port1: MessagePort; port2: MessagePort };
    this.#port = port1;
    this.#inbox = new Inbox(port1, weigh(data.arena), () => void this.#begin());
    this.pages = new PageWriter(
      () => Atomics.add(this.map.words, L.PAGES, 1) >>> 0,
      (id, memory, keep) => {
        this.#reply({ kind: 'page', id, memory, keep });
      },
    );
    const { port2: lifeline } = new MessageChannel() as unknown as { port2: MessagePort };
    const hello: Hello = { granule: 'hello', threadId, port: port2, lifeline };
    parentPort?.postMessage(hello, [port2, lifeline]);
  }

  segment(id: number): Segment {
    return this.#inbox.segment(id);
  }
  mailedArgs(job: number): readonly unknown[] {
    return this.#inbox.args(job);
  }
  recorder(segment: number): ChunkRecorder {
    return (this.#recorder ??= new ChunkRecorder(this.segment(segment), this.seat, () => {
      this.signal();
    }));
  }
  postValue(serial: number, index: number, value: unknown): void {
    const packed = packMessage(value, 'result');
    try {
      this.#reply({ kind: 'value', serial, index, value: packed.value }, packed.transfer as Transferable[]);
    } catch (error) {
      packed.undo();
      throw error;
    }
  }
  postError(serial: number, index: number, error: ErrorWire): void {
    try {
      this.#reply({ kind: 'error', serial, index, error });
    } catch (problem) {
      this.#reply({ kind: 'error', serial, index, error: encodeError(new Error(String(problem))) });
    }
  }

  /** The piscina task. */
  async serve({ seat, threadId: meant }: RunnerCall): Promise<RunnerReturn> {
    if (meant !== threadId) return { retire: false };
    this.seat = seat;
    return this.#begin();
  }

  /**
   * Called by piscina, or woken by mail where the caller may not have heard yet that we returned to piscina. Who comes
   * while we are at it joins: we have not looked at the ring for the last time. Begun in a microtask, when `#serving`
   * is known: what is begun reads mail, among which may be another wake.
   */
  #begin(): Promise<RunnerReturn> {
    return (this.#serving ??= Promise.resolve()
      .then(() => this.#serve())
      .finally(() => {
        this.#serving = undefined;
      }));
  }

  async #serve(): Promise<RunnerReturn> {
    const { seat } = this;
    const { words } = this.map;
    const tickets = this.#tickets;
    const state = this.map.seat(seat) + L.SEAT_STATE;
    Atomics.store(words, state, L.RUNNING);
    const began = performance.now();
    this.#turns.turned(began);
    this.#lingering.begun(began);
    if (!this.#initialized) await this.#initialize();
    for (let ringNext = true; this.allowance > 0; ringNext = !ringNext) {
      const takesNext = ringNext || this.#held.size === 0;
      const ticket = tickets.takePrivate(seat) ?? (takesNext ? tickets.takeNext(seat) : undefined);
      if (ticket !== undefined) await this.#open(ticket);
      else if (this.#held.size > 0) {
        const [run] = this.#held.values();
        this.#held.delete(run.board);
        await this.#work(run);
      } else if (!(await this.#lingering.forMore(seat))) {
        return { retire: false };
      }
      await this.#turns.breathe();
    }
    // What is still held goes back unfinished; the caller sends it to others.
    for (const run of this.#held.values()) this.#finish(run.ticket);
    this.#held.clear();
    await this.#turns.flush();
    Atomics.store(words, state, L.SPENT);
    return { retire: true };
  }

  async #initialize(): Promise<void> {
    this.#initialized = true;
    const { initializer, initargs } = this.#data;
    if (initializer === undefined) return;
    const loading = this.map.seat(this.seat) + L.SEAT_LOADING;
    try {
      Atomics.store(this.map.words, loading, L.INITIALIZING);
      const run = await asLoading(initializer, () => loadTask(initializer));
      Atomics.store(this.map.words, loading, L.IN_INITIALIZER);
      await run(...(unpackMessage(initargs ?? this.#inbox.initargs()) as unknown[]));
    } catch (error) {
      this.#failure = { error: explain(error, initializer) };
    } finally {
      Atomics.store(this.map.words, loading, 0);
    }
  }

  async #open(ticket: number): Promise<void> {
    const { words } = this.map;
    const board = this.#tickets.boardOf(ticket);
    const at = this.map.board(board);
    const serial = words[at + L.B_SERIAL];
    const isParcel = words[at + L.B_INPUT] === L.INPUT_MAIL;
    if (this.#held.has(board) || Atomics.load(words, at + L.B_CONTROL) !== L.GO) {
      if (isParcel) this.#inbox.forgetItems(serial);
      this.#finish(ticket);
      return;
    }
    if (this.#failure !== undefined) {
      if (isParcel) this.#inbox.forgetItems(serial);
      this.#break(ticket, serial, this.#failure.error);
      return;
    }
    const id = words[at + L.B_TASK];
    let loaded = this.#inbox.loaded(id);
    if (loaded === undefined) {
      const loading = this.map.seat(this.seat) + L.SEAT_LOADING;
      Atomics.store(words, loading, board + 1);
      try {
        loaded = await this.#inbox.load(id);
      } catch (error) {
        if (isParcel) this.#inbox.forgetItems(serial);
        this.#break(ticket, serial, error);
        return;
      } finally {
        Atomics.store(words, loading, 0);
      }
    }
    if (isParcel && !this.#inbox.hasItems(serial)) {
      this.#reply({ kind: 'want', ticket, serial });
      await this.#inbox.arrivalOf(serial);
    }
    const run = this.#read(ticket, board, serial, loaded);
    if (run !== undefined) await this.#work(run);
  }

  /** What is read may end the thread, as too large for its heap: it is on record that this call's was. */
  #read(ticket: number, board: number, serial: number, loaded: LoadedTask): BoardRun | undefined {
    const { words } = this.map;
    const loading = this.map.seat(this.seat) + L.SEAT_LOADING;
    Atomics.store(words, loading, L.READING + board);
    try {
      const isParcel = words[this.map.board(board) + L.B_INPUT] === L.INPUT_MAIL;
      const mailed = isParcel ? this.#inbox.items(serial) : undefined;
      if (mailed?.length !== 0) return new BoardRun(this, board, ticket, loaded, mailed);
      this.#finish(ticket);
    } catch (error) {
      this.#break(ticket, serial, error);
    } finally {
      Atomics.store(words, loading, 0);
    }
    return undefined;
  }

  /** Runs a board until it is exhausted or gives way; a board that gave way is held. */
  async #work(run: BoardRun): Promise<void> {
    const since = performance.now();
    const { board } = run;
    const givesWay = (): boolean => {
      const now = performance.now();
      if (this.#turns.isDue(now)) return true;
      if (now - since < LEAST_STINT_MS) return false;
      return this.#tickets.someoneWaits(this.seat, board) || (this.#held.size > 0 && now - since > TURN_MS);
    };
    for (;;) {
      const outcome = run.run(givesWay);
      if (outcome === 'exhausted') {
        this.#finish(run.ticket);
        return;
      }
      if (outcome === 'promise') {
        await this.#settle(run);
        // Awaiting may have been microtasks only: timers and sockets must get their turn.
        if (run.isThrough || !givesWay()) continue;
      }
      if (!run.isParcel) {
        this.#held.set(board, run);
        return;
      }
      // A parcel is one chunk, and would be lost with this thread if another call's item ended it.
      await this.#turns.breathe();
    }
  }

  async #settle(run: BoardRun): Promise<void> {
    let value: unknown;
    try {
      value = await run.promise;
    } catch (error) {
      run.settle(error, true);
      return;
    }
    run.settle(undefined, false, value);
  }

  /** What was recorded of its chunks comes first: the caller reads it while the board's job is known. */
  #finish(ticket: number): void {
    this.#recorder?.close();
    this.#tickets.giveBack(this.seat, ticket);
    this.signal();
  }

  signal(): void {
    const { words } = this.map;
    Atomics.add(words, L.SIGNAL, 1);
    if (Atomics.exchange(words, L.ARMED, 0) === 1) wake(words, L.SIGNAL);
  }

  /** No item of this call can run here: its task does not load, or the thread's initializer failed. */
  #break(ticket: number, serial: number, error: unknown): void {
    const { words } = this.map;
    words[this.map.board(this.#tickets.boardOf(ticket)) + L.B_NOT_NUMBERS] = 1;
    this.#reply({ kind: 'broken', serial, error: encodeError(error) });
    this.#finish(ticket);
  }

  #reply(reply: Reply, transfer: readonly Transferable[] = []): void {
    this.#port.postMessage(reply, transfer);
  }
}
