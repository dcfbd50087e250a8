/**
 * How threads are ended, which is not safe at any time: ending a thread in the midst of a top-level await kills the
 * whole process on Node 22 to 26. So a thread is left alone for a while that says in its seat's LOADING, which it alone
 * writes, that it loads a module of the user's.
 */
import inspector from 'node:inspector';
import { debug, DEBUGS } from './events.js';
import { IN_INITIALIZER, READING, SEAT_LOADING, type ControlMap } from './layout.js';
import type { Occupant, Seat } from './seats.js';

/** How long a thread that loads a user's module may go on loading before it is ended all the same. */
const LOADING_GRACE = 5_000;
const LOADING_LOOK = 10;

/** Ends it now. */
export function endThread(occupant: Occupant): void {
  occupant.ending = true;
  // Once: each time adds a listener, and a thread in a native call stays for as long as that takes.
  if (occupant.terminated) return;
  occupant.terminated = true;
  void occupant.worker.terminate();
}

export class ThreadEnds {
  readonly #map: ControlMap;
  readonly #seats: readonly Seat[];
  readonly #name: string;

  /** `name`: the pool's. */
  constructor(map: ControlMap, seats: readonly Seat[], name: string) {
    this.#map = map;
    this.#seats = seats;
    this.#name = name;
  }

  /**
   * Ends the seat's thread, after a while and if `stillWanted` where it loads a module. Never while a debugger is
   * attached: a breakpoint is not a hang.
   */
  kill(seat: Seat, stillWanted: () => boolean): void {
    const { occupant } = seat;
    if (occupant === undefined || inspector.url() !== undefined) return;
    if (DEBUGS) debug('%s: thread %d of seat %d did not stop: it is ended', this.#name, occupant.threadId, seat.index);
    if (!this.#isLoading(seat)) {
      endThread(occupant);
      return;
    }
    const timer = setTimeout(() => {
      if (seat.occupant === occupant && stillWanted()) endThread(occupant);
    }, LOADING_GRACE);
    timer.unref();
  }

  /**
   * Resolves when no thread loads a module, within a bound. No word of a thread wakes us here: this is rare, and
   * looked at by a timer.
   */
  async loadingSettled(): Promise<void> {
    for (let waited = 0; waited < LOADING_GRACE; waited += LOADING_LOOK) {
      if (!this.#seats.some((seat) => this.#isLoading(seat))) return;
      await new Promise((resolve) => setTimeout(resolve, LOADING_LOOK));
    }
  }

  #isLoading({ index, occupant }: Seat): boolean {
    const loading = Atomics.load(this.#map.words, this.#map.seat(index) + SEAT_LOADING);
    return occupant !== undefined && loading !== 0 && loading !== IN_INITIALIZER && loading < READING;
  }
}
