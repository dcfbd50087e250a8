/**
 * What becomes of the work of a thread that has exited. Only then is it judged: until its Worker's 'exit' a
 * thread may go on writing (a native call runs on for half a second), and its answers may still be unread.
 *
 * The item that CURRENT names was being run: it fails with WorkerLostError, or is run again if the call has
 * `retries` left. What comes after it in the claimed range had not begun, and is posted again.
 */
import { WorkerLostError } from '../errors.js';
import { placed } from '../tasks/placed.js';
import type { Boards } from './boards.js';
import { describeItem, describeWork } from './call-names.js';
import type { Completions } from './completions.js';
import { failHere, noteFailure } from './failures.js';
import { withEntry, type Job, type Posting } from './job.js';
import * as L from './layout.js';
import type { Exit, Seat } from './seats.js';

/** What a loss leads to; the scheduler does it. */
export interface LossEvents {
  /** Posts a range of a job's items once more. */
  again(job: Job, from: number, until: number): void;
  /** No item of the job can run. */
  fail(job: Job, error: unknown): void;
  /** No job can run. */
  cancelAll(error: () => unknown): void;
}

export class Losses {
  readonly #map: L.ControlMap;
  readonly #boards: Boards;
  readonly #completions: Completions;
  readonly #jobs: Iterable<Job>;
  readonly #events: LossEvents;

  /** `jobs`: those that are not over. */
  constructor(
    map: L.ControlMap,
    boards: Boards,
    completions: Completions,
    jobs: Iterable<Job>,
    events: LossEvents,
  ) {
    this.#map = map;
    this.#boards = boards;
    this.#completions = completions;
    this.#jobs = jobs;
    this.#events = events;
  }

  /** The seat's thread has exited; its words are still as it left them. */
  judge(seat: Seat, exit: Exit): void {
    if (!exit.expected) this.#judgeCause(seat, exit);
    const failure = seat.occupant?.failure;
    if (failure !== undefined) {
      // A fault of ours would meet the same ticket again.
      for (const ticket of this.#boards.ticketsOf(seat.index)) {
        this.#events.fail(this.#boards.ofTicket(ticket)!.job, failure);
      }
    }
    for (const ticket of this.#boards.ticketsOf(seat.index)) this.#lose(seat, ticket, exit);
    for (const ticket of this.#boards.parcelsFor(seat.index)) this.#lose(seat, ticket, exit);
  }

  /** Whether calls are at fault as a whole, by what the thread was at beside any item. */
  #judgeCause(seat: Seat, exit: Exit): void {
    const loading = Atomics.load(this.#map.words, this.#map.seat(seat.index) + L.SEAT_LOADING);
    if (loading > 0) this.#judgeLoading(seat, loading, exit);
    else if (loading === 0) this.#judgeReceiving(seat, exit);
    else this.#events.cancelAll(() => lostWhile(exit, 'it ran the initializer of the pool'));
  }

  /** The thread exited with this ticket. */
  #lose(seat: Seat, ticket: number, exit: Exit): void {
    const posting = this.#boards.ofTicket(ticket)!;
    const { job } = posting;
    this.#judgeItems(seat, posting, exit);
    this.#completions.ticketBack(seat, ticket);
    // One runner fewer: what is unclaimed gets another as soon as there is a thread.
    if (posting.tickets.length === 0 || job.state !== 'posted' || !this.#boards.hasRoom(1)) return;
    const cursor = Atomics.load(this.#map.words, this.#map.board(posting.board) + L.B_CURSOR);
    if (cursor < posting.count) this.#boards.push(this.#boards.ticket(posting));
  }

  /** Settles what the seat's thread was running of the ticket's board; its range then holds only what had not begun. */
  #judgeItems(seat: Seat, posting: Posting, exit: Exit): void {
    const { job, base, board } = posting;
    const { words } = this.#map;
    const row = this.#map.row(board, seat.index);
    const atBoard = this.#map.board(board);
    const current = words[row + L.R_CURRENT] - 1;
    if (current >= 0) {
      const finished = current - words[row + L.R_FROM];
      const isSettled = this.#hasResult(posting, current) || this.#loseItem(posting, current, exit);
      Atomics.add(words, atBoard + L.B_DONE, finished + (isSettled ? 1 : 0));
      words[row + L.R_FROM] = current + 1;
    }
    // The parcel went down with the thread, and what was moved cannot be sent twice.
    if (!isMovedAway(job)) return;
    const fail = (from: number, until: number): void => {
      const when = 'after what was moved had gone there';
      for (let i = from; i < until; i++) failHere(this.#map, posting, i, lostError(job, base + i, exit, when));
      Atomics.add(words, atBoard + L.B_DONE, Math.max(0, until - from));
    };
    fail(words[row + L.R_FROM], words[row + L.R_UNTIL]);
    words[row + L.R_FROM] = words[row + L.R_UNTIL];
    fail(Atomics.load(words, atBoard + L.B_CURSOR), posting.count);
    Atomics.store(words, atBoard + L.B_CURSOR, posting.count);
  }

  /**
   * A thread ended while it loaded a task or read a call's arguments: a callback of another task may have done that,
   * so the next thread may try. Where that one ends too it is the module, or the arguments are too large for a
   * thread's heap, and the calls that need them fail for good.
   */
  #judgeLoading(seat: Seat, loading: number, exit: Exit): void {
    for (const ticket of this.#boards.ticketsOf(seat.index)) {
      const { job, board } = this.#boards.ofTicket(ticket)!;
      const isReading = loading === L.READING + board;
      if ((loading !== board + 1 && !isReading) || ++job.lostLoading < 2) continue;
      const { work } = job.spec;
      const doing = isReading ? `it read the arguments of ${describeWork(work)}` : `it loaded ${work.entry.spec.label}`;
      this.#events.fail(job, placed(lostWhile(exit, doing), work.callSite));
    }
  }

  /**
   * A thread ran out of memory while it was at nothing: it may have been as it received a message. The calls of which
   * it was sent one are suspected, and fail where that happens again.
   */
  #judgeReceiving(seat: Seat, exit: Exit): void {
    const { code } = (exit.cause ?? {}) as { readonly code?: unknown };
    if (code !== 'ERR_WORKER_OUT_OF_MEMORY' || this.#boards.ticketsOf(seat.index).length > 0) return;
    const ahead = this.#boards.parcelsFor(seat.index).map((ticket) => this.#boards.ofTicket(ticket)!.job);
    for (const job of [...this.#jobs]) {
      if (!seat.occupant!.args.has(job.id) && !ahead.includes(job)) continue;
      if (++job.lostLoading < 2) continue;
      const { work } = job.spec;
      const doing = `it received the arguments of ${describeWork(work)}`;
      this.#events.fail(job, placed(lostWhile(exit, doing), work.callSite));
    }
  }

  /** True: the item is settled, as a failure. False: it will be run again. */
  #loseItem(posting: Posting, index: number, exit: Exit): boolean {
    const { job, base } = posting;
    if (job.failedHere.has(base + index)) return true;
    if (job.errors.has(base + index)) {
      noteFailure(this.#map, posting, index);
      return true;
    }
    const losses = job.losses.get(base + index) ?? 0;
    if (losses < job.spec.work.retries && job.state === 'posted' && !isMovedAway(job)) {
      job.losses = withEntry(job.losses, base + index, losses + 1);
      this.#events.again(job, base + index, base + index + 1);
      return false;
    }
    failHere(this.#map, posting, index, lostError(job, base + index, exit));
    return true;
  }

  /** The thread ended between the item's status and the next item's CURRENT. */
  #hasResult({ job, base }: Posting, index: number): boolean {
    const { output, block, status } = job.spec;
    return output.lane === L.OUTPUT_MIXED && block.segment.bytes[status + base + index] !== L.STATUS_NONE;
  }
}

/** Its items were moved into a letter that a thread has taken: nobody can send them again. */
function isMovedAway({ spec, letter }: Job): boolean {
  return letter === undefined && spec.parcel?.some((item) => item.leaves) === true;
}

function lostWhile(exit: Exit, doing: string): WorkerLostError {
  return new WorkerLostError(`Thread ${exit.threadId} ended with exit code ${exit.exitCode} while ${doing}`, exit);
}

function lostError(job: Job, index: number, exit: Exit, when = 'while it ran'): WorkerLostError {
  const { work } = job.spec;
  const end = `thread ${exit.threadId} ended with exit code ${exit.exitCode} ${when}`;
  const error = new WorkerLostError(`${describeItem(work, index)} was lost: ${end}`, exit);
  return placed(error, work.callSite, job.info(index, exit.threadId));
}
