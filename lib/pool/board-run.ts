/**
 * A runner's hold on one board: runs what it has claimed strip by strip, and keeps account of it.
 *
 * Strips. A strip is at most STRIP_NS of work as measured (one item at first, four times as many each
 * time), after which the runner looks at the control words: abort, a lower failure, somebody who waits.
 * So a long range can be given up within a strip though nothing is checked between items.
 *
 * It writes STARTED, STARTED_AT, ASYNC_SEEN and ASKS (0 → 1) of the board, NS and COUNT of its row, BUSY of its seat;
 * what else layout.ts leaves to runners is the claim's (board-claim.ts) and the columns' (board-columns.ts). NS and
 * COUNT are stored before ASKS, so that the caller who sees it knows what was measured.
 */
import { type CurrentTask, runAs } from '../tasks/current-task.js';
import { BoardClaim } from './board-claim.js';
import { BoardColumns } from './board-columns.js';
import { BoardTask } from './board-task.js';
import type { ChunkRecorder } from './chunk-records.js';
import { RUNNER_NS } from './cost-model.js';
import type { LoadedTask } from './inbox.js';
import * as L from './layout.js';
import { TO_SHARED_MS } from './metrics-clock.js';
import type { RunnerContext } from './runner-context.js';

const STRIP_NS = 250_000;
const MOST_STRIP = 4096;
/** A strip is at most so many times as long as the last one: unknown work, and known work, which may have changed. */
const GROWTH = 4;
const KNOWN_GROWTH = 16;
/** Less than this, and the clock and cold code are in it as much as the items: nothing is concluded from it. */
const TELLING_NS = 20_000;

/** `exhausted`: nothing left for this runner. `gave way`: others wait. `promise`: the current item is async. */
export type Outcome = 'exhausted' | 'gave way' | 'promise';

export class BoardRun {
  readonly board: number;
  readonly ticket: number;
  readonly #context: RunnerContext;
  readonly #columns: BoardColumns;
  readonly #claim: BoardClaim;
  readonly #task: CurrentTask;
  readonly #recorder: ChunkRecorder | undefined;
  readonly #at: number;
  readonly #row: number;
  readonly #serial: number;
  /** One item's time is limited: CURRENT is to be cleared between items. */
  readonly #watched: boolean;
  /** The caller is to be told of every claim that is through. */
  readonly #reports: boolean;
  readonly #growth: number;
  #strip = 1;
  #nsPerItem: number;
  #begun = 0;

  /** `mailed`: a parcel's items. */
  constructor(context: RunnerContext, board: number, ticket: number, loaded: LoadedTask, mailed?: readonly unknown[]) {
    const { map, seat, threadId } = context;
    const { words, doubles } = map;
    const at = map.board(board);
    const row = map.row(board, seat);
    this.#context = context;
    this.board = board;
    this.ticket = ticket;
    this.#at = at;
    this.#row = row;
    this.#serial = words[at + L.B_SERIAL];
    const flags = words[at + L.B_FLAGS];
    this.#watched = (flags & L.FLAG_ITEM_TIMEOUT) !== 0;
    this.#reports = (flags & L.FLAG_PROGRESS) !== 0;
    this.#nsPerItem = doubles[(at >> 1) + L.D_NS_PER_ITEM];
    this.#growth = this.#nsPerItem > 0 ? KNOWN_GROWTH : GROWTH;
    this.#columns = new BoardColumns(context, at, row + L.R_CURRENT, loaded, mailed);
    this.#claim = new BoardClaim(context, at, row);
    this.#task = new BoardTask(words, at + L.B_CONTROL, row, threadId);
    const chunks = words[at + L.B_CHUNKS];
    this.#recorder = chunks === 0 ? undefined : context.recorder(chunks);
    words[at + L.B_STARTED] = 1;
  }

  /** Its items came by message, to this thread alone. */
  get isParcel(): boolean {
    return this.#columns.isParcel;
  }
  /** The promise that `run` stopped at; `settle` goes on from there. */
  get promise(): PromiseLike<unknown> | undefined {
    return this.#columns.promise;
  }
  /** Nothing is left for this runner. */
  get isThrough(): boolean {
    return this.#claim.isThrough;
  }

  /** Runs until nothing is left, the call was aborted, `givesWay` after a strip, or the item is a promise. */
  run(givesWay: () => boolean): Outcome {
    runAs(this.#task);
    const claim = this.#claim;
    const { doubles } = this.#context.map;
    const started = (this.#at >> 1) + L.D_STARTED_AT;
    try {
      for (;;) {
        if (claim.from >= claim.until && !claim.take(this.#nsPerItem)) return 'exhausted';
        if (claim.stopsAt(claim.from)) return 'exhausted';
        this.#begun = performance.now();
        if (doubles[started] === 0) doubles[started] = this.#begun + TO_SHARED_MS;
        this.#recorder?.begin(this.#serial, claim.from, this.#begun);
        const next = this.#runStrip(Math.min(claim.until, claim.from + this.#strip));
        // An async item keeps CURRENT; what came before it is counted when it settles.
        if (this.promise !== undefined) return 'promise';
        this.#account(next);
        if (claim.isThrough) return 'exhausted';
        if (givesWay()) return 'gave way';
      }
    } finally {
      if (this.promise === undefined) runAs(undefined);
    }
  }

  /** After 'promise': it has settled. */
  settle(error: unknown, failed: boolean, value?: unknown): void {
    const columns = this.#columns;
    const index = columns.running;
    columns.promise = undefined;
    runAs(undefined);
    if (failed) columns.fail(index, error);
    else {
      try {
        columns.store(index, value);
      } catch (problem) {
        columns.fail(index, problem);
      }
    }
    this.#context.map.words[this.#at + L.B_ASYNC_SEEN] = 1;
    this.#account(index + 1);
  }

  #runStrip(until: number): number {
    const columns = this.#columns;
    let from = this.#claim.from;
    while (from < until) {
      try {
        return columns.run(from, until);
      } catch (error) {
        const index = columns.running;
        columns.fail(index, error);
        from = index + 1;
        if (this.#claim.stopsAt(from)) return from;
      }
    }
    return from;
  }

  /** A strip, or an async item, has ended before `next`. */
  #account(next: number): void {
    const claim = this.#claim;
    const { map, seat } = this.#context;
    const { doubles } = map;
    const ended = performance.now();
    const ns = (ended - this.#begun) * 1e6;
    this.#recorder?.reached(next, ended);
    const items = claim.reached(next);
    const row = this.#row >> 1;
    doubles[row + L.R_NS] += ns;
    doubles[row + L.R_COUNT] += items;
    doubles[(map.seat(seat) >> 1) + L.SEAT_BUSY] += ns / 1e6;
    const each = Math.max(1, ns) / Math.max(1, items);
    if (next < claim.until && ns >= TELLING_NS) claim.giveBack(each);
    const isDone = next >= claim.until;
    if (isDone) this.#recorder?.close();
    if (items === 0) return;
    if (this.#reports && isDone) this.#context.signal();
    this.#nsPerItem = Math.max(1, doubles[row + L.R_NS]) / doubles[row + L.R_COUNT];
    this.#strip = this.#watched
      ? 1
      : Math.max(1, Math.min(this.#strip * this.#growth, MOST_STRIP, Math.floor(STRIP_NS / Math.max(1, each))));
    if (doubles[row + L.R_NS] >= TELLING_NS) this.#ask();
  }

  /** Asks the caller for another runner where what is left on the board pays for one more than were invited. */
  #ask(): void {
    const { map } = this.#context;
    const tickets = map.words[this.#at + L.B_TICKETS];
    if (tickets >= map.seats || this.isParcel) return;
    const rest = this.#claim.unclaimed;
    if (rest <= 0 || rest * this.#nsPerItem <= RUNNER_NS * tickets) return;
    if (Atomics.compareExchange(map.words, this.#at + L.B_ASKS, 0, 1) !== 0) return;
    Atomics.add(map.words, L.ASKS, 1);
    this.#context.signal();
  }
}
