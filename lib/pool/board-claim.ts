/**
 * The range of a board's items that a runner has claimed and not finished.
 *
 * CURSOR       the first item that nobody has claimed. Any runner, by compare-exchange: up with a claim, back over the
 *              end of its own claim while nobody has claimed behind it.
 * FROM, UNTIL  in the seat's row, this runner only: the range; empty where they are equal.
 * CURRENT      in the seat's row, this runner only: its loop stores each item, 0 is stored here between strips.
 * DONE         items finished, added by each runner.
 * CONTROL (caller) and MIN_FAIL (anybody, failures.ts) are only read.
 *
 * Invariant: every item below CURSOR is in the range of one row, or was in one and is finished or not wanted any more.
 * What moves CURSOR stores FROM and UNTIL next, with no call in between at which V8 could end the thread: what is
 * claimed is always on record (losses.ts).
 */
import { claims } from './claim-watch.js';
import * as L from './layout.js';
import type { RunnerContext } from './runner-context.js';
import { CLAIM_TARGET_NS, claimSize, SCHEDULES } from './schedules.js';

/** A claim that turns out to last so many times as long as a claim should is given back in part. */
const TOO_LONG = 2;
const AUTO = SCHEDULES.indexOf('auto');

export class BoardClaim {
  /** The range. */
  from = 0;
  until = 0;
  readonly #context: RunnerContext;
  readonly #words: Int32Array;
  readonly #at: number;
  readonly #row: number;
  readonly #count: number;
  readonly #schedule: number;
  readonly #chunk: number;
  readonly #settled: boolean;
  #lastClaim = 0;

  /** Of the board at word `at`, for the seat whose row is at word `row`. */
  constructor(context: RunnerContext, at: number, row: number) {
    const { words } = context.map;
    this.#context = context;
    this.#words = words;
    this.#at = at;
    this.#row = row;
    this.#count = words[at + L.B_ITEMS];
    this.#schedule = words[at + L.B_SCHEDULE];
    this.#chunk = words[at + L.B_CHUNK];
    this.#settled = (words[at + L.B_FLAGS] & L.FLAG_SETTLED) !== 0;
  }

  /** Items that nobody has claimed. */
  get unclaimed(): number {
    return this.#count - Atomics.load(this.#words, this.#at + L.B_CURSOR);
  }

  /** Nothing is left for this runner: the result must not wait for a turn of the event loop. */
  get isThrough(): boolean {
    return this.from >= this.until && (this.unclaimed <= 0 || this.stopsAt(this.from));
  }

  /** Aborted, or an item below `index` has failed and the call wants no more than that. */
  stopsAt(index: number): boolean {
    if (Atomics.load(this.#words, this.#at + L.B_CONTROL) !== L.GO) return true;
    return !this.#settled && Atomics.load(this.#words, this.#at + L.B_MIN_FAIL) <= index;
  }

  /** Claims the next range. False: there is none for this runner. `nsPerItem` 0: not known. */
  take(nsPerItem: number): boolean {
    const words = this.#words;
    const context = this.#context;
    if (context.allowance <= 0) return false;
    const at = this.#at + L.B_CURSOR;
    for (let cursor = Atomics.load(words, at); cursor < this.#count; ) {
      if (this.stopsAt(cursor)) return false;
      const rest = this.#count - cursor;
      const wanted = claimSize(this.#schedule, rest, this.#sharers(), this.#chunk, this.#lastClaim, nsPerItem);
      const size = Math.min(wanted, context.allowance);
      const seen = Atomics.compareExchange(words, at, cursor, cursor + size);
      if (seen === cursor) {
        words[this.#row + L.R_FROM] = cursor;
        words[this.#row + L.R_UNTIL] = cursor + size;
        context.allowance -= size;
        this.#lastClaim = size;
        this.from = cursor;
        this.until = cursor + size;
        claims.watch?.begin(words[this.#at + L.B_SERIAL], cursor, cursor + size);
        return true;
      }
      cursor = seen;
    }
    return false;
  }

  /** Items before `next` are finished; returns how many those are. */
  reached(next: number): number {
    const words = this.#words;
    const items = next - this.from;
    this.from = next;
    words[this.#row + L.R_FROM] = next;
    words[this.#row + L.R_CURRENT] = 0;
    Atomics.add(words, this.#at + L.B_DONE, items);
    if (next >= this.until) claims.watch?.end();
    return items;
  }

  /** The claim was made by what items were foreseen to take: where they take longer, others may have its end. */
  giveBack(nsPerItem: number): void {
    const words = this.#words;
    const left = this.until - this.from;
    if (this.#schedule !== AUTO || left * nsPerItem < TOO_LONG * CLAIM_TARGET_NS) return;
    const keep = Math.max(this.#chunk, Math.floor(CLAIM_TARGET_NS / nsPerItem));
    if (keep >= left) return;
    const cursor = this.until;
    const until = this.from + keep;
    const at = this.#at + L.B_CURSOR;
    const row = this.#row + L.R_UNTIL;
    if (Atomics.compareExchange(words, at, cursor, until) !== cursor) return;
    words[row] = until;
    this.until = until;
    this.#lastClaim = keep;
    this.#context.allowance += cursor - until;
    claims.watch?.cut(until);
  }

  /** Among how many the rest is shared. autoSize leaves half of its share to later claims; who is alone takes all. */
  #sharers(): number {
    if (this.#schedule !== AUTO) return this.#context.map.seats;
    const tickets = this.#words[this.#at + L.B_TICKETS];
    return tickets === 1 ? 0.5 : tickets;
  }
}
