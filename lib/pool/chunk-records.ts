/**
 * What a thread has run, chunk by chunk, for those who listen (observers.ts): written by runners, read by the caller.
 *
 * One segment a pool, made when a call is first listened to; boards name it (B_CHUNKS, 0: not recorded). A seat has a
 * header and a ring of RECORDS records in it, all doubles but two words:
 *   HEAD   caller, Int32: how many records it has read.
 *   TAIL   runner, Int32: how many it has written. A record is written before TAIL passes it, and the caller reads TAIL
 *          before the record; a slot is written again only once HEAD has passed it. A ring that is full drops what
 *          comes, and the next record that fits says how many were dropped: a thread never waits for its observers.
 *   OPEN   runner: serial of the board whose chunk is being run, 0: none; its first item and start behind it, written
 *          before. What a thread that has exited was at; how far it came is in its board's row (layout.ts).
 * Record: board's serial, first item, the item behind the last, start and end (metrics-clock.ts), dropped before it.
 *
 * Closing a record stores OPEN = 0 and then TAIL with no call in between, at which V8 could end the thread: a chunk is
 * in the ring or open, never both.
 */
import type { Segment } from './arena.js';
import { TO_SHARED_MS } from './metrics-clock.js';

const RECORDS = 4096;
const FIELDS = 6;
/** In doubles; HEAD and TAIL a cache line apart from each other. */
const HEADER = 16;
const SEAT = HEADER + RECORDS * FIELDS;
const OPEN = 12;
const OPEN_FIRST = 13;
const OPEN_START = 14;
/** In words, from the seat's start. */
const HEAD = 0;
const TAIL = 16;

export function recordsBytes(seats: number): number {
  return 8 * SEAT * seats;
}

/** A thread's side. Items are the board's own, from 0. */
export class ChunkRecorder {
  readonly #words: Int32Array;
  readonly #doubles: Float64Array;
  readonly #at: number;
  readonly #signal: () => void;
  #tail: number;
  #dropped = 0;
  #serial = 0;
  #first = 0;
  #next = 0;
  #start = 0;
  #end = 0;

  /** `signal` lets the caller look: the ring is half full. */
  constructor({ int32, doubles }: Segment, seat: number, signal: () => void) {
    this.#words = int32;
    this.#doubles = doubles;
    this.#at = seat * SEAT;
    this.#signal = signal;
    this.#tail = Atomics.load(int32, 2 * this.#at + TAIL);
  }

  /** A strip begins at item `first`: of the chunk that is open, or of a new one. `at`: by this thread's clock. */
  begin(serial: number, first: number, at: number): void {
    if (serial === this.#serial && first === this.#next) return;
    this.close();
    const doubles = this.#doubles;
    const open = this.#at;
    this.#serial = serial;
    this.#first = this.#next = first;
    this.#start = this.#end = at + TO_SHARED_MS;
    doubles[open + OPEN_FIRST] = first;
    doubles[open + OPEN_START] = this.#start;
    doubles[open + OPEN] = serial;
  }

  /** The strip has ended before item `next`. */
  reached(next: number, at: number): void {
    this.#next = next;
    this.#end = at + TO_SHARED_MS;
  }

  /** The chunk is through, or given up. */
  close(): void {
    if (this.#serial === 0) return;
    this.#serial = 0;
    const doubles = this.#doubles;
    if (this.#next === this.#first) {
      doubles[this.#at + OPEN] = 0;
      return;
    }
    const waiting = (this.#tail - Atomics.load(this.#words, 2 * this.#at + HEAD)) | 0;
    if (waiting >= RECORDS) {
      this.#dropped++;
      doubles[this.#at + OPEN] = 0;
      return;
    }
    this.#write();
    if (waiting === RECORDS / 2) this.#signal();
  }

  #write(): void {
    const doubles = this.#doubles;
    const record = this.#at + HEADER + (this.#tail & (RECORDS - 1)) * FIELDS;
    doubles[record] = doubles[this.#at + OPEN];
    doubles[record + 1] = this.#first;
    doubles[record + 2] = this.#next;
    doubles[record + 3] = this.#start;
    doubles[record + 4] = this.#end;
    doubles[record + 5] = this.#dropped;
    this.#dropped = 0;
    this.#tail = (this.#tail + 1) | 0;
    doubles[this.#at + OPEN] = 0;
    Atomics.store(this.#words, 2 * this.#at + TAIL, this.#tail);
  }
}

/** Start and end by the caller's own performance.now(). */
export interface ChunkRecord {
  readonly serial: number;
  readonly first: number;
  readonly until: number;
  readonly start: number;
  readonly end: number;
  readonly dropped: number;
}

/** The caller's side. */
export class ChunkReader {
  readonly #words: Int32Array;
  readonly #doubles: Float64Array;

  constructor({ int32, doubles }: Segment) {
    this.#words = int32;
    this.#doubles = doubles;
  }

  /** The seat's next record; `undefined`: there is none. */
  next(seat: number): ChunkRecord | undefined {
    const at = seat * SEAT;
    const head = Atomics.load(this.#words, 2 * at + HEAD);
    if (head === Atomics.load(this.#words, 2 * at + TAIL)) return undefined;
    const record = at + HEADER + (head & (RECORDS - 1)) * FIELDS;
    const [serial, first, until, start, end, dropped] = this.#doubles.subarray(record, record + FIELDS);
    Atomics.store(this.#words, 2 * at + HEAD, (head + 1) | 0);
    return { serial, first, until, start: start - TO_SHARED_MS, end: end - TO_SHARED_MS, dropped };
  }

  /** What a thread that has exited was at. Taken once. */
  takeOpen(seat: number): Pick<ChunkRecord, 'serial' | 'first' | 'start'> | undefined {
    const at = seat * SEAT;
    const serial = this.#doubles[at + OPEN];
    if (serial === 0) return undefined;
    this.#doubles[at + OPEN] = 0;
    return { serial, first: this.#doubles[at + OPEN_FIRST], start: this.#doubles[at + OPEN_START] - TO_SHARED_MS };
  }
}
