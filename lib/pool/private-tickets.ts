/** Tickets for one seat alone (a broadcast's, a parcel's), offered one at a time through the seat's PRIVATE word. */
import type { Boards } from './boards.js';
import type { Posting } from './job.js';
import { RING_TAIL, SEAT_PRIVATE, SEAT_PRIVATE_AFTER, type ControlMap } from './layout.js';
import type { Seat } from './seats.js';
import type { Threads } from './threads.js';

interface PrivateTicket {
  readonly ticket: number;
  /** The ticket's number may since have been given to another. */
  readonly posting: Posting;
  /** The ring's tail when it was made. */
  readonly after: number;
}

export class PrivateTickets {
  readonly #map: ControlMap;
  readonly #boards: Boards;
  readonly #threads: Threads;
  /** By seat, in the order of their calls; the first is the one offered. */
  readonly #queues: PrivateTicket[][];

  constructor(map: ControlMap, boards: Boards, threads: Threads) {
    this.#map = map;
    this.#boards = boards;
    this.#threads = threads;
    this.#queues = threads.seats.map(() => []);
  }

  /** Makes a ticket to the posting's board for that seat. */
  invite(seat: number, posting: Posting): void {
    const ticket = this.#boards.ticket(posting, seat);
    const after = Atomics.load(this.#map.words, RING_TAIL);
    this.#queues[seat].push({ ticket, posting, after });
    this.offer(this.#threads.seats[seat]);
  }

  /** Offers the first ticket that is still to be had; called whenever the seat's thread may be free for it. */
  offer(seat: Seat): void {
    const queue = this.#queues[seat.index];
    if (!this.has(seat) || seat.occupant === undefined || seat.occupant.ending) return;
    const at = this.#map.seat(seat.index);
    this.#map.words[at + SEAT_PRIVATE_AFTER] = queue[0].after;
    Atomics.store(this.#map.words, at + SEAT_PRIVATE, queue[0].ticket + 1);
    this.#threads.wake(seat);
  }

  /** Whether the seat has one to come. */
  has(seat: Seat): boolean {
    const queue = this.#queues[seat.index];
    while (queue.length > 0 && !this.#isThere(queue[0])) queue.shift();
    return queue.length > 0;
  }

  #isThere({ ticket, posting }: PrivateTicket): boolean {
    return this.#boards.ofTicket(ticket) === posting && this.#boards.takenBy(ticket) < 0;
  }
}
