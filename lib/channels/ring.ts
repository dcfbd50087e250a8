/**
 * The ring: messages in shared memory, put under a lock, taken without one. README.md has the protocol.
 *
 * A record is a header of one unit and its bytes, rounded up to units:
 *
 *   META   what the bytes are: NUMBER, a float64; else 8 × their length + their Form (messages.ts)
 *   SEQ    how many messages were put before this one, modulo 2³²
 *
 * SEQ of the next record is written with this one, so that at TAIL it counts all that were put.
 */

import { AbandonedLockError } from '../errors.js';
import { Mutex } from '../sync/mutex.js';
import { ownerFor } from '../sync/owner.js';
import { now } from '../sync/wait-options.js';
import { HEAD, LOCK, MAXSIZE, TAIL } from './layout.js';
import type { Form } from './messages.js';
import { advanced, CLOSED, distance, logOf, POSITION, withLog } from './position.js';
import { FIRST_LOG, RingMemory, UNIT } from './ring-memory.js';

const META = 0;
const SEQ = 1;

/** A record whose bytes are a float64. */
const NUMBER = 7;
const FORM_BITS = 3;
const FORM_MASK = 7;
/** Bytes that are too many for META, which has 29 bits for them. */
const TOO_LONG = 2 ** 29;
/** Records up to this length are copied into memory that is kept. */
const KEPT = 1 << 20;

/** What became of a put. */
export const Put = { Done: 0, Closed: 1, Full: 2, NoRoom: 3, TooLarge: 4 } as const;
export type Put = (typeof Put)[keyof typeof Put];

/** What a take found instead of a message. */
export const EMPTY = Symbol('empty');
export const ENDED = Symbol('closed and empty');

/** Makes the message of a record's bytes. */
export type Decode = (bytes: Uint8Array, length: number, form: Form) => unknown;

export class Ring {
  readonly #words: Int32Array;
  readonly #memory: RingMemory;
  readonly #decode: Decode;
  readonly #mutex: Mutex;
  readonly #maxsize: number;
  /** Bytes that are too many for one message: in the ring at its largest there is a header before it and one after. */
  readonly tooLong: number;
  #copy = new Uint8Array(UNIT << FIRST_LOG);

  constructor(words: Int32Array, memory: SharedArrayBuffer, decode: Decode) {
    this.#words = words;
    this.#memory = new RingMemory(memory);
    this.#decode = decode;
    this.#mutex = new Mutex(words, LOCK, ownerFor(words), 'queue');
    this.#maxsize = words[MAXSIZE];
    this.tooLong = Math.min(TOO_LONG, UNIT * (this.#memory.most - 2) + 1);
    this.#memory.show(logOf(Atomics.load(words, HEAD)));
  }

  /** Words of a ring without messages. Called before they are shared. */
  static begin(words: Int32Array): void {
    words[HEAD] = withLog(0, FIRST_LOG);
  }

  /** Bytes that the ring can have, headers included. */
  get mostBytes(): number {
    return this.#memory.memory.maxByteLength;
  }

  // Counting

  get isEmpty(): boolean {
    const head = Atomics.load(this.#words, HEAD);
    return distance(head, Atomics.load(this.#words, TAIL)) === 0;
  }

  get isClosed(): boolean {
    return Atomics.load(this.#words, TAIL) < 0;
  }

  /** As many as there were when TAIL was read: HEAD was then what it is before and after. */
  get size(): number {
    for (;;) {
      const head = Atomics.load(this.#words, HEAD);
      const tail = Atomics.load(this.#words, TAIL);
      const size = this.#seq(head, tail) - this.#seq(head, head);
      if (Atomics.load(this.#words, HEAD) === head) return size >>> 0;
    }
  }

  /** Messages that were ever put, modulo 2³². */
  get puts(): number {
    for (;;) {
      const head = Atomics.load(this.#words, HEAD);
      const puts = this.#seq(head, Atomics.load(this.#words, TAIL));
      if (Atomics.load(this.#words, HEAD) === head) return puts;
    }
  }

  /** Right only if HEAD is `head` still, afterwards. */
  #seq(head: number, position: number): number {
    const memory = this.#memory;
    if (logOf(head) !== memory.log) memory.show(logOf(head));
    return Atomics.load(memory.words, 2 * (position & memory.mask) + SEQ);
  }

  get isFull(): boolean {
    return this.#maxsize > 0 && this.size >= this.#maxsize;
  }

  // Putting: everything from here to close() but publish() itself is done by the lock's holder

  /** False if `until` passes first; 0: tries once. */
  lock(until: number): boolean {
    for (;;) {
      try {
        if (this.#mutex.tryLock()) return true;
        if (until === 0) return false;
        return this.#mutex.lock(until === Infinity ? undefined : Math.max(until - now(), 0));
      } catch (error) {
        if (!(error instanceof AbandonedLockError)) throw error;
        // Nothing is half-done: what its owner had not published is not there.
        if (this.#mutex.takeOver()) return true;
      }
    }
  }

  /** Tries once. */
  tryLock(): boolean {
    return this.lock(0);
  }

  unlock(): void {
    this.#mutex.unlock();
  }

  putNumber(value: number): Put {
    const tail = Atomics.load(this.#words, TAIL);
    const room = this.#room(tail, 2);
    if (room !== Put.Done) return room;
    const { words, doubles, mask } = this.#memory;
    doubles[(tail + 1) & mask] = value;
    words[2 * (tail & mask) + META] = NUMBER;
    return this.#publish(tail, 2);
  }

  putBytes(bytes: Uint8Array, length: number, form: Form): Put {
    if (length >= this.tooLong) return Put.TooLarge;
    const units = 1 + Math.ceil(length / UNIT);
    const tail = Atomics.load(this.#words, TAIL);
    const room = this.#room(tail, units);
    if (room !== Put.Done) return room;
    const memory = this.#memory;
    memory.write(tail + 1, bytes, length);
    memory.words[2 * (tail & memory.mask) + META] = (length << FORM_BITS) | form;
    return this.#publish(tail, units);
  }

  /**
   * `tail` is what #room() was asked with: one that was loaded later could say closed, and be exchanged all the same.
   * Closed since: the message was not put.
   */
  #publish(tail: number, units: number): Put {
    const { words, mask } = this.#memory;
    const next = advanced(tail, units);
    Atomics.store(words, 2 * (next & mask) + SEQ, words[2 * (tail & mask) + SEQ] + 1);
    return Atomics.compareExchange(this.#words, TAIL, tail, next) === tail ? Put.Done : Put.Closed;
  }

  /** Makes room for a record and the header after it. */
  #room(tail: number, units: number): Put {
    if (tail < 0) return Put.Closed;
    const head = Atomics.load(this.#words, HEAD);
    const memory = this.#memory;
    if (logOf(head) !== memory.log) memory.show(logOf(head));
    // Takes since HEAD was read make it less full.
    if (this.#maxsize > 0 && this.size >= this.#maxsize) return Put.Full;
    const needed = distance(head, tail) + units + 1;
    return needed <= memory.mask + 1 ? Put.Done : this.#grow(head, tail, needed);
  }

  #grow(head: number, tail: number, needed: number): Put {
    const memory = this.#memory;
    const log = Math.ceil(Math.log2(needed));
    if (2 ** log > memory.most) return Put.NoRoom;
    memory.grow(log);
    memory.spread(head & POSITION, distance(head, tail) + 1, log);
    // Takes meanwhile only advance HEAD: what they left is there in both sizes.
    for (let seen = head; ; ) {
      const found = Atomics.compareExchange(this.#words, HEAD, seen, withLog(seen, log));
      if (found === seen) return Put.Done;
      seen = found;
    }
  }

  /** No message is put after this. False if it was closed already. */
  close(): boolean {
    return Atomics.or(this.#words, TAIL, CLOSED) >= 0;
  }

  // Taking

  /** The oldest message, or EMPTY, or ENDED. */
  take(): unknown {
    for (;;) {
      const head = Atomics.load(this.#words, HEAD);
      const tail = Atomics.load(this.#words, TAIL);
      if (distance(head, tail) === 0) return tail < 0 ? ENDED : EMPTY;
      const memory = this.#memory;
      if (logOf(head) !== memory.log) memory.show(logOf(head));
      const { mask } = memory;
      const meta = memory.words[2 * (head & mask) + META];
      if (meta === NUMBER) {
        const value = memory.doubles[(head + 1) & mask];
        if (this.#advance(head, 2)) return value;
        continue;
      }
      // Somebody else may have taken it, and its place may be in use again: until HEAD says no, this is a guess.
      const length = meta >>> FORM_BITS;
      const units = 1 + Math.ceil(length / UNIT);
      if (units > mask) continue;
      if (length > this.#copy.length && Atomics.load(this.#words, HEAD) !== head) continue;
      const copy = this.#copyOf(length);
      memory.read(head + 1, copy, length);
      if (this.#advance(head, units)) return this.#decode(copy, length, (meta & FORM_MASK) as Form);
    }
  }

  /** Takes the record at `head`, unless somebody else has. This step is the take: before it nothing has happened. */
  #advance(head: number, units: number): boolean {
    return Atomics.compareExchange(this.#words, HEAD, head, advanced(head, units)) === head;
  }

  /** Memory for a record's bytes. */
  #copyOf(length: number): Uint8Array {
    if (length <= this.#copy.length) return this.#copy;
    const copy = new Uint8Array(2 ** Math.ceil(Math.log2(length)));
    if (length <= KEPT) this.#copy = copy;
    return copy;
  }
}
