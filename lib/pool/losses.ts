/**
 * What becomes of the work of a thread that has exited. Only then is it judged: until its Worker's 'exit' a
 * thread may go on writing (a native call runs on for half a second), and its answers may still be unread.
 *
 * The item that CURRENT names was being run: it fails with WorkerLostError, or is run again if the call has
 * `retries` left. What comes after it in the claimed range had not begun, and is posted again.
 */
import { WorkerLostError } from '../errors.js';
import { ANONYMOUS } from '../tasks/evaluate.js';
import type { Boards } from './boards.js';
import type { Work } from './engine.js';
import { withEntry, type Job, type Posting } from './job.js';
import * as L from './layout.js';
import { placed } from '../tasks/placed.js';
import type { TaskEntry } from './task-table.js';
import type { Exit, Seat } from './threads.js';

export class Losses {
  readonly #map: L.ControlMap;
  readonly #boards: Boards;
  readonly #again: (job: Job, from: number, until: number) => void;

  /** `again` posts a range of a job's items once more. */
  constructor(map: L.ControlMap, boards: Boards, again: (job: Job, from: number, until: number) => void) {
    this.#map = map;
    this.#boards = boards;
    this.#again = again;
  }

  /** Settles what the seat's thread was running of the ticket's board; its range then holds only what had not begun. */
  judge(seat: Seat, posting: Posting, exit: Exit): void {
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
      for (let i = from; i < until; i++) this.failHere(posting, i, lostError(job, base + i, exit, when));
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
  judgeLoading(seat: Seat, exit: Exit, fail: (job: Job, error: unknown) => void): void {
    const loading = Atomics.load(this.#map.words, this.#map.seat(seat.index) + L.SEAT_LOADING);
    for (const ticket of this.#boards.ticketsOf(seat.index)) {
      const { job, board } = this.#boards.ofTicket(ticket)!;
      const isReading = loading === L.READING + board;
      if ((loading !== board + 1 && !isReading) || ++job.lostLoading < 2) continue;
      const { entry, method, callSite } = job.spec.work;
      const { label } = entry.spec;
      const doing = isReading ? `it read the arguments of ${describeCall(method, entry)}` : `it loaded ${label}`;
      fail(job, placed(lostWhile(exit, doing), callSite));
    }
  }

  /**
   * A thread ran out of memory while it was at nothing: it may have been as it received a message. The calls of which
   * it was sent one are suspected, and fail where that happens again.
   */
  judgeReceiving(seat: Seat, jobs: Iterable<Job>, exit: Exit, fail: (job: Job, error: unknown) => void): void {
    const { code } = (exit.cause ?? {}) as { readonly code?: unknown };
    if (code !== 'ERR_WORKER_OUT_OF_MEMORY' || this.#boards.ticketsOf(seat.index).length > 0) return;
    const ahead = this.#boards.parcelsFor(seat.index).map((ticket) => this.#boards.ofTicket(ticket)!.job);
    for (const job of [...jobs]) {
      if (!seat.occupant!.args.has(job.id) && !ahead.includes(job)) continue;
      if (++job.lostLoading < 2) continue;
      const { entry, method, callSite } = job.spec.work;
      fail(job, placed(lostWhile(exit, `it received the arguments of ${describeCall(method, entry)}`), callSite));
    }
  }

  /** The item failed, and the error is known on this side only. */
  failHere(posting: Posting, index: number, error: unknown): void {
    const { job, base } = posting;
    job.failedHere = withEntry(job.failedHere, base + index, error);
    this.#lowerMinFail(posting, index);
  }

  /** True: the item is settled, as a failure. False: it will be run again. */
  #loseItem(posting: Posting, index: number, exit: Exit): boolean {
    const { job, base } = posting;
    if (job.failedHere.has(base + index)) return true;
    if (job.errors.has(base + index)) {
      this.#lowerMinFail(posting, index);
      return true;
    }
    const losses = job.losses.get(base + index) ?? 0;
    if (losses < job.spec.work.retries && job.state === 'posted' && !isMovedAway(job)) {
      job.losses = withEntry(job.losses, base + index, losses + 1);
      this.#again(job, base + index, base + index + 1);
      return false;
    }
    this.failHere(posting, index, lostError(job, base + index, exit));
    return true;
  }

  /** The thread ended between the item's status and the next item's CURRENT. */
  #hasResult({ job, base }: Posting, index: number): boolean {
    const { output, block, status } = job.spec;
    return output.lane === L.OUTPUT_MIXED && block.segment.bytes[status + base + index] !== L.STATUS_NONE;
  }

  #lowerMinFail(posting: Posting, index: number): void {
    posting.job.notNumbers = true;
    const { words } = this.#map;
    const at = this.#map.board(posting.board) + L.B_MIN_FAIL;
    for (let least = Atomics.load(words, at); index < least; ) {
      const seen = Atomics.compareExchange(words, at, least, index);
      if (seen === least) return;
      least = seen;
    }
  }
}

/** Its items were moved into a letter that a thread has taken: nobody can send them again. */
function isMovedAway({ spec, letter }: Job): boolean {
  return letter === undefined && spec.parcel?.some((item) => item.leaves) === true;
}

/** 'Item 3 of map(square)', or 'The task of apply(square)'. */
export function describeItem(work: Work, index: number): string {
  const call = describeCall(work.method, work.entry);
  return work.indexed ? `Item ${work.firstIndex + index} of ${call}` : `The task of ${call}`;
}

/** 'map(square)', or 'map()' of an anonymous function. */
export function describeCall(method: string, { spec }: TaskEntry): string {
  return `${method}(${spec.label === ANONYMOUS ? '' : spec.label})`;
}

export function lostWhile(exit: Exit, doing: string): WorkerLostError {
  return new WorkerLostError(`Thread ${exit.threadId} ended with exit code ${exit.exitCode} while ${doing}`, exit);
}

function lostError(job: Job, index: number, exit: Exit, when = 'while it ran'): WorkerLostError {
  const { work } = job.spec;
  const end = `thread ${exit.threadId} ended with exit code ${exit.exitCode} ${when}`;
  const error = new WorkerLostError(`${describeItem(work, index)} was lost: ${end}`, exit);
  return placed(error, work.callSite, job.info(index, exit.threadId));
}
