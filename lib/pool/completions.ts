/**
 * Takes back what runners are through with: the tickets in the seats' completion rings, then the boards that no
 * ticket is out to.
 *
 * A runner writes its ring's entries and DONE_TAIL; the caller alone moves `seat.doneHead`. What a board's words and
 * its seats' rows say is read after DONE_TAIL has named the ticket, or after the thread's 'exit': before, they may
 * still change. Invariants: a ticket's row is judged and zeroed before the ticket may be used again; a board is freed
 * only after everything that it says is in its job.
 */
import type { Boards } from './boards.js';
import type { ChunkTeller } from './chunk-teller.js';
import { failsUpTo } from './failures.js';
import { remove, type Job, type Posting } from './job.js';
import * as L from './layout.js';
import type { Seat } from './seats.js';
import type { Threads } from './threads.js';

export class Completions {
  readonly #map: L.ControlMap;
  readonly #boards: Boards;
  readonly #threads: Threads;
  readonly #chunks: ChunkTeller;
  readonly #again: (job: Job, from: number, until: number) => void;
  readonly #boardBack: (job: Job, now: number | undefined) => void;

  /** `again` posts a range of a job's items once more; `boardBack` is told that the job has one board fewer. */
  constructor(
    map: L.ControlMap,
    boards: Boards,
    threads: Threads,
    chunks: ChunkTeller,
    again: (job: Job, from: number, until: number) => void,
    boardBack: (job: Job, now: number | undefined) => void,
  ) {
    this.#map = map;
    this.#boards = boards;
    this.#threads = threads;
    this.#chunks = chunks;
    this.#again = again;
    this.#boardBack = boardBack;
  }

  /** Takes in what the seat's thread has finished since the last look. False: nothing. */
  collect(seat: Seat): boolean {
    if (seat.occupant === undefined) return false;
    const { words } = this.#map;
    const tail = this.#map.seat(seat.index) + L.SEAT_DONE_TAIL;
    if (seat.doneHead === Atomics.load(words, tail)) {
      this.#chunks.collect(seat);
      return false;
    }
    // One look at the clock for all that is there. The tail is read anew each time: what settles a call may lead
    // back here, and move the head.
    const now = performance.now();
    while (seat.doneHead !== Atomics.load(words, tail)) {
      this.#chunks.collect(seat);
      const ticket = words[this.#map.doneEntry(seat.index, seat.doneHead)];
      seat.doneHead = (seat.doneHead + 1) | 0;
      this.ticketBack(seat, ticket, now);
    }
    return true;
  }

  /** The seat's thread is through with the ticket, or has exited with it. */
  ticketBack(seat: Seat, ticket: number, now?: number): void {
    const posting = this.#boards.returned(ticket);
    const { words } = this.#map;
    const row = this.#map.row(posting.board, seat.index);
    const from = words[row + L.R_FROM];
    const until = words[row + L.R_UNTIL];
    words[row + L.R_FROM] = words[row + L.R_UNTIL] = words[row + L.R_CURRENT] = 0;
    if (from < until) this.#leave(posting, from, until);
    if (posting.tickets.length > 0 && this.#isExhausted(posting)) {
      // Invitations that nobody has taken, to a board where nothing is left to do.
      for (const other of [...posting.tickets]) this.#boards.withdraw(other);
    }
    if (posting.tickets.length === 0) this.postingBack(posting, now);
  }

  /** No ticket is out to the posting's board. */
  postingBack(posting: Posting, now?: number): void {
    const { job, base, board } = posting;
    const { words } = this.#map;
    const at = this.#map.board(board);
    // First of all: what is read below may end the job, and with it what it still has out.
    remove(job.postings, posting);
    if (words[at + L.B_NOT_NUMBERS] === 1) {
      job.notNumbers = true;
      for (const seat of this.#threads.seats) this.#threads.drain(seat);
    }
    job.done += Atomics.load(words, at + L.B_DONE);
    job.started = Math.min(job.started, this.#boards.startOf(board));
    const least = Atomics.load(words, at + L.B_MIN_FAIL);
    if (least !== L.NO_FAILURE) job.minFail = Math.min(job.minFail, base + least);
    const { work, itemsPerUnit } = job.spec;
    const { ns, items } = this.#boards.measured(board);
    if (items > 0) work.entry.cost.observe(items * itemsPerUnit, ns, words[at + L.B_ASYNC_SEEN] === 1);
    const cursor = Atomics.load(words, at + L.B_CURSOR);
    const rest = cursor < posting.count && job.state === 'posted' && job.broken === undefined;
    const again = rest && (work.settled || job.minFail > base + cursor);
    this.#boards.free(posting);
    // Every runner left though items were unclaimed: they had done their maxTasksPerThread, or died.
    if (again) this.#again(job, base + cursor, base + posting.count);
    this.#boardBack(job, now);
  }

  /** Nothing is left to claim on the posting's board. */
  #isExhausted(posting: Posting): boolean {
    const cursor = Atomics.load(this.#map.words, this.#map.board(posting.board) + L.B_CURSOR);
    return cursor >= posting.count || (!posting.job.spec.work.settled && failsUpTo(this.#map, posting, cursor));
  }

  /** A range that its thread gave back or took with it: posted again, unless the call has failed. */
  #leave(posting: Posting, from: number, until: number): void {
    const { job, base } = posting;
    if (job.state !== 'posted') return;
    if (!job.spec.work.settled && failsUpTo(this.#map, posting, from)) return;
    this.#again(job, base + from, base + until);
  }
}
