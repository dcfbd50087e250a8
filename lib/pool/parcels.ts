/**
 * Where a parcel goes. A parcel is posted to the seat that can begin at once, ahead of its ticket, which is then that
 * seat's alone: nothing is asked for, so the call is under way before the caller's event loop turns. Where others wait
 * or every thread is busy, the ticket goes into the ring, and whoever claims it asks for the items (`want`).
 *
 * A seat can begin at once if nobody waits in the ring, no ticket is meant for it alone, and it has none out. Of such,
 * in this order: one that lingers, one that is coming, one that sleeps, one that is between two boards, one whose
 * runner has left and is not heard to have returned.
 */
import type { Boards } from './boards.js';
import type { Equipment } from './equipment.js';
import type { Posting } from './job.js';
import { GONE, LINGERING, SEAT_STATE, SPENT, STARTING, type ControlMap } from './layout.js';
import type { PrivateTickets } from './private-tickets.js';
import type { Seat } from './seats.js';
import type { Threads } from './threads.js';

export class Parcels {
  readonly #map: ControlMap;
  readonly #boards: Boards;
  readonly #threads: Threads;
  readonly #privates: PrivateTickets;
  readonly #equipment: Equipment;

  constructor(
    map: ControlMap,
    boards: Boards,
    threads: Threads,
    privates: PrivateTickets,
    equipment: Equipment,
  ) {
    this.#map = map;
    this.#boards = boards;
    this.#threads = threads;
    this.#privates = privates;
    this.#equipment = equipment;
  }

  /** The seat that can begin at once; undefined: none. */
  seat(): Seat | undefined {
    if (this.#boards.waiting(1) > 0) return undefined;
    let best: Seat | undefined;
    let bestRank = BUSY;
    for (const seat of this.#threads.seats) {
      const rank = this.#rank(seat);
      if (rank >= bestRank) continue;
      best = seat;
      bestRank = rank;
    }
    return best;
  }

  /** Posts the items to the seat, and then offers it the ticket. A SerializationError leaves nothing sent. */
  send(seat: Seat, posting: Posting): void {
    this.#equipment.sendAhead(seat, posting);
    this.#privates.invite(seat.index, posting);
  }

  /** Takes back what nobody has claimed. */
  withdraw(posting: Posting): void {
    for (const ticket of [...posting.tickets]) {
      const index = this.#boards.pinnedTo(ticket);
      if (this.#boards.withdraw(ticket) && index >= 0) this.#equipment.recall(this.#threads.seats[index], posting);
    }
  }

  #rank(seat: Seat): number {
    if (seat.occupant === undefined || seat.occupant.ending || this.#privates.has(seat)) return BUSY;
    if (!seat.running) return 2;
    switch (Atomics.load(this.#map.words, this.#map.seat(seat.index) + SEAT_STATE)) {
      case LINGERING:
        return 0;
      case STARTING:
        return 1;
      case GONE:
        return 4;
      case SPENT:
        return BUSY;
      default:
        return this.#boards.ticketsOf(seat.index).length === 0 ? 3 : BUSY;
    }
  }
}

const BUSY = 5;
