/**
 * A runner without work: it watches for more for a moment, and then leaves.
 *
 * Written here are LINGERERS, which runners add to and subtract from, and the seat's STATE: RUNNING → LINGERING →
 * RUNNING or GONE. Invariant: GONE is stored before the last look at the ring and at PRIVATE, which the caller writes
 * before it looks at STATE: a ticket is seen by the one or the other.
 *
 * LINGERERS counts the seats whose STATE is LINGERING: the two are changed one after the other, with no call in between
 * at which V8 could end the thread, so that the caller can take a dead one off (seats.ts).
 */
import * as L from './layout.js';
import type { PoolThreadData } from './protocol.js';
import { someoneWaits } from './ticket-ring.js';
import type { Turns } from './turns.js';

const SPIN_MS = 0.02;
const LEAST_LINGER_MS = 0.01;

export class Lingering {
  readonly #map: L.ControlMap;
  readonly #turns: Turns;
  /** The longest linger, in ms, and how many runners may linger at once. */
  readonly #full: number;
  readonly #most: number;
  #linger: number;
  #idleSince = 0;

  constructor(map: L.ControlMap, { linger, lingerers }: PoolThreadData, turns: Turns) {
    this.#map = map;
    this.#turns = turns;
    this.#full = this.#linger = linger;
    this.#most = lingerers;
  }

  /** The runner has begun: called back so soon, the last linger was too short. */
  begun(now: number): void {
    if (now - this.#idleSince < this.#full) this.#linger = this.#full;
  }

  /**
   * Nothing to do: watches the ring for a moment before it returns to piscina, as OpenMP's threads do
   * (GOMP_SPINCOUNT, KMP_BLOCKTIME), since a call that comes just then is begun in 0.2 µs instead of
   * 50. A linger that catches nothing halves the next one; being called back within a full linger makes
   * it full again. Full is four times a wake-up by message: the caller that was told of the last result
   * by its event loop must find us still here, or it would never get out of that mode. False: we left.
   */
  async forMore(seat: number): Promise<boolean> {
    const { words } = this.#map;
    const at = this.#map.seat(seat);
    const lingers = Atomics.add(words, L.LINGERERS, 1) < this.#most;
    if (lingers) Atomics.store(words, at + L.SEAT_STATE, L.LINGERING);
    else Atomics.sub(words, L.LINGERERS, 1);
    const caught = lingers && (await this.#watch(at));
    if (!caught) await this.#turns.flush();
    // The caller posts, then reads STATE; we store STATE, then read the ring: one of us sees the other.
    Atomics.store(words, at + L.SEAT_STATE, caught ? L.RUNNING : L.GONE);
    if (lingers) Atomics.sub(words, L.LINGERERS, 1);
    if (caught) return true;
    if (Atomics.load(words, at + L.SEAT_PRIVATE) !== 0 || someoneWaits(this.#map, never)) {
      Atomics.store(words, at + L.SEAT_STATE, L.RUNNING);
      return true;
    }
    return false;
  }

  async #watch(at: number): Promise<boolean> {
    const { words } = this.#map;
    const tail = Atomics.load(words, L.RING_TAIL);
    const began = (this.#idleSince = performance.now());
    for (let now = began; now - began < this.#linger; now = performance.now()) {
      for (const until = now + SPIN_MS; now < until; now = performance.now()) {
        for (let look = 0; look < 64; look++) {
          if (Atomics.load(words, L.RING_TAIL) !== tail || words[at + L.SEAT_PRIVATE] !== 0) {
            this.#linger = this.#full;
            return true;
          }
        }
      }
      await this.#turns.take();
      if (Atomics.load(words, L.RING_TAIL) !== tail) break;
    }
    this.#linger = Math.max(Math.min(LEAST_LINGER_MS, this.#full), this.#linger / 2);
    return false;
  }
}

const never = (): boolean => false;
