/**
 * Which threads are attached to a block: a bit a thread in the block's header.
 *
 * A thread's bit is that of its *seat*, a word in the heap that holds its Owner, which it takes when it
 * first attaches and keeps while it lives. Called under the heap's lock.
 */

import { GranuleError } from '../errors.js';
import { hasEnded, ownerFor, type Owner } from '../sync/owner.js';
import { Chunks } from './chunks.js';

/** Threads that can attach to named memory at a time. */
const MAX_SEATS = 256;
/** Words of the seats. */
export const SEAT_WORDS = MAX_SEATS;

/** The words of a block's header that hold the bits: the second half. */
const BITS = 8;
const BITS_WORDS = MAX_SEATS / 32;

export class Attachments {
  readonly #space: { readonly words: Int32Array };
  readonly #seats: number;
  readonly #me: Owner;
  #mySeat: number | undefined;

  /** `seats` is the index of the first seat. */
  constructor(space: { readonly words: Int32Array }, seats: number) {
    this.#space = space;
    this.#seats = seats;
    this.#me = ownerFor(space.words);
  }

  /** As a new block begins: nobody is attached but this thread. */
  begin(chunk: number): void {
    const from = Chunks.word(chunk, BITS);
    this.#space.words.fill(0, from, from + BITS_WORDS);
    this.attach(chunk);
  }

  attach(chunk: number): void {
    const seat = this.#seat();
    Atomics.or(this.#space.words, wordFor(chunk, seat), bitOf(seat));
  }

  detach(chunk: number): void {
    this.#detach(chunk, this.#seat());
  }

  #detach(chunk: number, seat: number): void {
    Atomics.and(this.#space.words, wordFor(chunk, seat), ~bitOf(seat));
  }

  /** Whether any thread is attached. */
  has(chunk: number): boolean {
    const from = Chunks.word(chunk, BITS);
    return this.#space.words.subarray(from, from + BITS_WORDS).some((bits) => bits !== 0);
  }

  #seat(): number {
    if (this.#mySeat !== undefined) return this.#mySeat;
    const { words } = this.#space;
    const seat = words.subarray(this.#seats, this.#seats + MAX_SEATS).indexOf(0);
    if (seat === -1) {
      throw new GranuleError(`At most ${MAX_SEATS} threads can use named memory at a time, and do: end some first`);
    }
    words[this.#seats + seat] = this.#me;
    this.#mySeat = seat;
    return seat;
  }

  /** The seats of threads that have ended. They are taken off each block, and then the seats are given up. */
  dead(): readonly number[] {
    const { words } = this.#space;
    const dead: number[] = [];
    for (let seat = 0; seat < MAX_SEATS; seat++) {
      const owner = words[this.#seats + seat];
      if (owner !== 0 && hasEnded(words, owner)) dead.push(seat);
    }
    return dead;
  }

  detachAll(chunk: number, seats: readonly number[]): void {
    for (const seat of seats) this.#detach(chunk, seat);
  }

  giveUp(seats: readonly number[]): void {
    for (const seat of seats) this.#space.words[this.#seats + seat] = 0;
  }
}

function wordFor(chunk: number, seat: number): number {
  return Chunks.word(chunk, BITS + (seat >> 5));
}

function bitOf(seat: number): number {
  return 1 << (seat & 31);
}
