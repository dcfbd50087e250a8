/**
 * A runner's side of the tickets: the next that is for its seat, whether others wait, and how one goes back.
 *
 * A ticket's state   QUEUED → TAKEN + seat and PINNED + seat → TAKEN + seat, by compare-exchange: who makes it, has it.
 * PRIVATE            of the seat: ticket + 1, stored by the caller; 0 by exchange here.
 * DONE_TAIL          of the seat, this runner only: tickets put into the seat's completion ring, which the caller
 *                    drains. Entries are plain stores before it.
 *
 * Invariant: a ticket that is TAKEN + seat is being run, held, or in the completion ring. One store of DONE_TAIL moves
 * it there: a death leaves no half.
 */
import * as L from './layout.js';
import { claimTicket, someoneWaits } from './ticket-ring.js';

export class RunnerTickets {
  readonly #map: L.ControlMap;
  readonly #isHeld: (board: number) => boolean;

  /** `isHeld`: the runner has a ticket of this board already, and takes no second one. */
  constructor(map: L.ControlMap, isHeld: (board: number) => boolean) {
    this.#map = map;
    this.#isHeld = isHeld;
  }

  /** The ring's next. */
  takeNext(seat: number): number | undefined {
    const ticket = claimTicket(this.#map, seat, this.#isHeld);
    return ticket < 0 ? undefined : ticket;
  }

  /** What is for this seat alone, once what was posted before it has been taken. */
  takePrivate(seat: number): number | undefined {
    const { words } = this.#map;
    const at = this.#map.seat(seat);
    if (Atomics.load(words, at + L.SEAT_PRIVATE) === 0) return undefined;
    const earlier = claimTicket(this.#map, seat, this.#isHeld, words[at + L.SEAT_PRIVATE_AFTER]);
    if (earlier >= 0) return earlier;
    const ticket = Atomics.exchange(words, at + L.SEAT_PRIVATE, 0) - 1;
    if (ticket < 0) return undefined;
    const mine = L.PINNED + seat;
    const state = Atomics.compareExchange(words, this.#map.ticket(ticket), mine, L.TAKEN + seat);
    return state === mine ? ticket : undefined;
  }

  /** Somebody waits for this seat or any; the board that is being run does not wait for itself. */
  someoneWaits(seat: number, running: number): boolean {
    const { words } = this.#map;
    if (words[this.#map.seat(seat) + L.SEAT_PRIVATE] !== 0) return true;
    if (Atomics.load(words, L.RING_TAIL) === Atomics.load(words, L.RING_HEAD)) return false;
    return someoneWaits(this.#map, (board) => board === running || this.#isHeld(board));
  }

  /** The board that it invites to. */
  boardOf(ticket: number): number {
    return this.#map.words[this.#map.ticket(ticket) + L.TICKET_BOARD];
  }

  /** This runner is through with the ticket, whatever became of its board. */
  giveBack(seat: number, ticket: number): void {
    const { words } = this.#map;
    const at = this.#map.seat(seat);
    const tail = words[at + L.SEAT_DONE_TAIL];
    words[this.#map.doneEntry(seat, tail)] = ticket;
    Atomics.store(words, at + L.SEAT_DONE_TAIL, (tail + 1) | 0);
  }
}
