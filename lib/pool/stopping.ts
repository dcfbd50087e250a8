/**
 * How a call that nobody waits for any more is brought to an end: its boards say ABORT, tickets nobody took
 * are withdrawn, and threads that are still at it after the grace are ended.
 */
import type { Boards } from './boards.js';
import type { Job, Posting } from './job.js';
import * as L from './layout.js';
import type { Parcels } from './parcels.js';
import type { Seat } from './seats.js';
import type { Threads } from './threads.js';

/** How long a task has to end by itself once `currentTask().aborted` is true, in ms. */
export const GRACE_MS = 500;

/** However late they come: a caller that never has time must not keep a stuck thread for ever. */
const MOST_GRACES = 4;

/**
 * Looks once the grace is over. A timer that comes late says that the process stood still, or the machine is
 * overloaded: the threads may not have run either, and get another grace.
 */
function afterGrace(look: () => void, graces = 1): void {
  const began = performance.now();
  const timer = setTimeout(() => {
    if (graces < MOST_GRACES && performance.now() - began > 1.5 * GRACE_MS) afterGrace(look, graces + 1);
    else look();
  }, GRACE_MS);
  timer.unref();
}

/** A seat's thread, and how often it had been woken and what it had got done when it was suspected. */
interface Suspect {
  readonly seat: Seat;
  readonly occupant: Seat['occupant'];
  readonly wakes: number;
  readonly progress: number;
}

export class Stopping {
  readonly #map: L.ControlMap;
  readonly #boards: Boards;
  readonly #threads: Threads;
  readonly #parcels: Parcels;
  #suspecting = false;

  constructor(map: L.ControlMap, boards: Boards, threads: Threads, parcels: Parcels) {
    this.#map = map;
    this.#boards = boards;
    this.#threads = threads;
    this.#parcels = parcels;
  }

  /** Tells runners to stop, and takes back the tickets that none has claimed. */
  announce(posting: Posting): void {
    Atomics.store(this.#map.words, this.#map.board(posting.board) + L.B_CONTROL, L.ABORT);
    this.#parcels.withdraw(posting);
  }

  /**
   * After the grace, ends the threads that are still at the job: at an item of it, at loading its task, or at
   * nothing that we know of and no further than at the last look (a timer of the user's that does not return).
   * A thread that merely holds the board while it runs another call's item is left alone, and looked at again.
   */
  enforce(job: Job, seen = new Map<number, number>()): void {
    afterGrace(() => {
      for (const posting of job.postings) {
        for (const ticket of posting.tickets) {
          const seat = this.#boards.takenBy(ticket);
          if (seat < 0) continue;
          const progress = this.#progressOf(seat);
          const isStuck = !this.#isAtAnything(seat) && seen.get(seat) === progress;
          seen.set(seat, progress);
          if (!isStuck && !this.#isAt(posting, seat)) continue;
          const isStillAtIt = (): boolean => posting.tickets.includes(ticket) && (isStuck || this.#isAt(posting, seat));
          this.#threads.kill(this.#threads.seats[seat], isStillAtIt);
        }
      }
      if (job.postings.length > 0) this.enforce(job, seen);
    });
  }

  /** Ends the seat's thread after the grace if it is still at that item. */
  enforceItem(posting: Posting, seat: number, index: number): void {
    const isStillAtIt = (): boolean =>
      this.#map.words[this.#map.row(posting.board, seat) + L.R_CURRENT] === index + 1 &&
      this.#boards.posting(posting.serial) === posting;
    afterGrace(() => {
      if (isStillAtIt()) this.#threads.kill(this.#threads.seats[seat], isStillAtIt);
    });
  }

  /**
   * Ends threads that hold up calls though they are at nothing that we know of: a callback that a finished task
   * left behind and that never returns. They are known by making no progress within the grace.
   */
  suspect(): void {
    if (this.#suspecting) return;
    this.#watch(this.#threads.seats.filter((seat) => seat.running && !this.#isAtAnything(seat.index)));
  }

  #watch(seats: readonly Seat[]): void {
    this.#suspecting = seats.length > 0;
    if (!this.#suspecting) return;
    const suspects = seats.map((seat): Suspect => {
      return { seat, occupant: seat.occupant, wakes: seat.wakes, progress: this.#progressOf(seat.index) };
    });
    // What the threads have sent in the meantime is heard first.
    afterGrace(() => setImmediate(() => {
      const stuck = suspects.filter((suspect) => this.#isStuck(suspect));
      // One that was woken since had come to an end before, and one that is stuck is woken once at most.
      const again = stuck.filter(({ seat, wakes }) => seat.wakes !== wakes);
      this.#watch(again.map(({ seat }) => seat));
      for (const suspect of stuck) {
        if (!again.includes(suspect)) this.#threads.kill(suspect.seat, () => this.#isStuck(suspect));
      }
    }));
  }

  #isStuck({ seat, occupant, progress }: Suspect): boolean {
    return (
      seat.running &&
      seat.occupant === occupant &&
      !this.#isAtAnything(seat.index) &&
      this.#progressOf(seat.index) === progress
    );
  }

  /** The seat's thread is at an item of this board, loads its task or reads its arguments. A held one is not run. */
  #isAt({ board }: Posting, seat: number): boolean {
    const { words } = this.#map;
    if (words[this.#map.row(board, seat) + L.R_CURRENT] !== 0) return true;
    const loading = Atomics.load(words, this.#map.seat(seat) + L.SEAT_LOADING);
    return loading === board + 1 || loading === L.READING + board;
  }

  #isAtAnything(seat: number): boolean {
    if (Atomics.load(this.#map.words, this.#map.seat(seat) + L.SEAT_LOADING) !== 0) return true;
    return this.#boards.some(({ board }) => this.#map.words[this.#map.row(board, seat) + L.R_CURRENT] !== 0);
  }

  /** Changes whenever the seat's thread has got anything done. */
  #progressOf(seat: number): number {
    const at = this.#map.seat(seat);
    return this.#map.doubles[(at >> 1) + L.SEAT_BUSY] + this.#map.words[at + L.SEAT_DONE_TAIL];
  }
}
