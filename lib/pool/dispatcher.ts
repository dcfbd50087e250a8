/**
 * Wakes as many threads as the tickets need that nobody has claimed.
 *
 * `dispatch` is called after everything that can leave a ticket without a runner: a post, a runner's return, a
 * thread's seating, a thread's end. It reads the ring (RING_TAIL, RING_HEAD, the tickets' states) and then the seats'
 * STATE. Invariant: it takes a seat for a runner to come only if it is LINGERING or STARTING, which will look at the
 * ring once more after this look at its STATE; every other ticket gets a thread that is woken, as long as one is idle.
 * README.md has the argument. Written here are the boards' TICKETS and ASKS (through `Boards.invite`) and, by waking,
 * a seat's STATE from GONE to STARTING.
 */
import type { Boards } from './boards.js';
import { describeWork } from './call-names.js';
import { RUNNER_NS } from './cost-model.js';
import { debug, DEBUGS } from './events.js';
import * as L from './layout.js';
import type { PrivateTickets } from './private-tickets.js';
import type { Threads } from './threads.js';

export class Dispatcher {
  readonly #map: L.ControlMap;
  readonly #boards: Boards;
  readonly #threads: Threads;
  readonly #privates: PrivateTickets;
  readonly #name: string;
  /** Of the pool's ASKS, those that were answered. */
  #asks = 0;

  /** `name`: the pool's. */
  constructor(map: L.ControlMap, boards: Boards, threads: Threads, privates: PrivateTickets, name: string) {
    this.#map = map;
    this.#boards = boards;
    this.#threads = threads;
    this.#privates = privates;
    this.#name = name;
  }

  dispatch(): void {
    const { seats } = this.#threads;
    let need = this.#boards.waiting(seats.length);
    if (need === 0) return;
    const { words } = this.#map;
    for (const seat of seats) {
      if (!seat.running || seat.occupant?.ending === true || this.#privates.has(seat)) continue;
      const state = Atomics.load(words, this.#map.seat(seat.index) + L.SEAT_STATE);
      if (state === L.LINGERING || state === L.STARTING) need--;
    }
    for (const seat of seats) {
      if (need <= 0) return;
      if (this.#privates.has(seat) || !this.#threads.wake(seat)) continue;
      if (DEBUGS) debug('%s: seat %d is woken', this.#name, seat.index);
      need--;
    }
  }

  /**
   * A call is about to be encoded and posted. Where every thread is asleep the first is woken now: that takes
   * longer than the encoding, and a runner that finds no ticket yet lingers for it.
   */
  rouse(): void {
    const { seats } = this.#threads;
    const idle = seats.find((seat) => !seat.running && seat.occupant !== undefined);
    if (idle !== undefined && !seats.some((seat) => seat.running)) this.#threads.run(idle);
  }

  /** Runners that have found work to be dearer than was foreseen when they were invited get more, if they `may`. */
  answerAsks(may: boolean): void {
    const asks = Atomics.load(this.#map.words, L.ASKS);
    if (asks === this.#asks) return;
    this.#asks = asks;
    if (!may) return;
    for (const { posting, more } of this.#boards.asking(RUNNER_NS, this.#threads.seats.length)) {
      if (more <= 0 || !this.#boards.hasRoom(more)) continue;
      const { work } = posting.job.spec;
      if (DEBUGS) debug('%s: %s is dearer than foreseen: %d more invited', this.#name, describeWork(work), more);
      this.#boards.invite(posting, more);
    }
    this.dispatch();
  }

  /** A thread runs tasks or lingers: what is posted now is begun within microseconds. */
  get someoneIsAwake(): boolean {
    for (const { index } of this.#threads.seats) {
      const state = Atomics.load(this.#map.words, this.#map.seat(index) + L.SEAT_STATE);
      if (state === L.RUNNING || state === L.LINGERING) return true;
    }
    return false;
  }
}
