/**
 * How the caller hears of what runners have done: SIGNAL and ARMED (layout.ts).
 *
 * A runner bumps SIGNAL, then exchanges ARMED to 0 and notifies if it was 1. The caller reads SIGNAL,
 * collects, stores ARMED = 1, and sleeps by waitAsync only while SIGNAL is what it read. A bump before
 * the sleep makes waitAsync refuse; a bump after it finds ARMED = 1 and notifies: none is missed.
 */
import { changed, wake } from '../sync/futex.js';
import { ARMED, SIGNAL } from './layout.js';

/** The caller looks at SIGNAL for so long at most, all looks in a turn of its event loop together. */
const LOOK_MS = 0.5;
/** And so long at a time: what has not come by then is not coming soon. */
const ONE_LOOK_MS = 0.1;

export class Hearing {
  readonly #words: Int32Array;
  readonly #collect: () => void;
  readonly #isWaiting: () => boolean;
  #asleep = false;
  #lookPlanned = false;
  #lookLeft = LOOK_MS;
  #resetPlanned = false;

  /** `collect` takes in what runners have done; `isWaiting`: there is something to wait for. */
  constructor(words: Int32Array, collect: () => void, isWaiting: () => boolean) {
    this.#words = words;
    this.#collect = collect;
    this.#isWaiting = isWaiting;
  }

  /** It sleeps, or is about to look. */
  get #isHeard(): boolean {
    return this.#asleep || this.#lookPlanned;
  }

  /** Sleeps on SIGNAL unless it does already, or nothing is waited for. */
  sleep(): void {
    const words = this.#words;
    while (!this.#isHeard && this.#isWaiting()) {
      const seen = Atomics.load(words, SIGNAL);
      this.#collect();
      // What it settled may have led here again: two that sleep would be two for good.
      if (this.#isHeard) return;
      Atomics.store(words, ARMED, 1);
      const woken = changed(words, SIGNAL, seen);
      if (woken === undefined) continue;
      this.#asleep = true;
      void woken.then(() => {
        this.#asleep = false;
        this.#collect();
        this.sleep();
      });
    }
  }

  /** The threads have ended: nothing more is heard. A wait that nobody wakes would keep the pool's memory for ever. */
  end(): void {
    Atomics.add(this.#words, SIGNAL, 1);
    wake(this.#words, SIGNAL);
  }

  /**
   * After a short call: its runner answers sooner than the event loop would tell, so look for a bounded
   * moment, in a microtask, when the caller's own code has run on. `worthIt` is asked then, and after
   * every change.
   */
  look(worthIt: () => boolean): void {
    if (this.#lookPlanned || this.#lookLeft <= 0) {
      this.sleep();
      return;
    }
    this.#lookPlanned = true;
    queueMicrotask(() => {
      this.#watch(worthIt);
      this.#lookPlanned = false;
      this.sleep();
    });
  }

  #watch(worthIt: () => boolean): void {
    const words = this.#words;
    const began = performance.now();
    const limit = Math.min(this.#lookLeft, ONE_LOOK_MS);
    let seen = Atomics.load(words, SIGNAL) - 1;
    for (let now = began; now - began < limit && worthIt(); now = performance.now()) {
      for (let i = 0; i < 32; i++) {
        const signal = Atomics.load(words, SIGNAL);
        if (signal === seen) continue;
        seen = signal;
        this.#collect();
        break;
      }
    }
    this.#lookLeft -= performance.now() - began;
    if (this.#resetPlanned) return;
    this.#resetPlanned = true;
    setImmediate(() => {
      this.#resetPlanned = false;
      this.#lookLeft = LOOK_MS;
    }).unref();
  }
}
