/**
 * Cuts growable shared memory into chunks and takes them back.
 *
 * Sizes and places are counted in *units* of 64 bytes, so that they fit in an Int32 in memory of up to
 * 128 GB. The chunks follow one another from `first` to END without a gap; each opens with one unit:
 *
 *   SIZE    units, this one included
 *   STATE   FREE or USED
 *   NEXT    a free chunk's next in the free list (0: none); a used one's next of the same name's hash
 *   …       the owner's (blocks.ts, attachments.ts)
 *
 * Everything here is called under the heap's lock. A thread may end in the middle of it, so there is one
 * truth: SIZE, STATE and END, of which each step changes one, by one atomic store, after it has written
 * everything that this makes valid. The free list is derived: merge() makes it anew.
 *
 * Fresh memory is all zeros; what comes from the free list is not.
 */

/** Bytes. */
export const UNIT = 64;
const WORDS_PER_UNIT = UNIT / Int32Array.BYTES_PER_ELEMENT;

const SIZE = 0;
const STATE = 1;
export const NEXT = 2;
/** The first word of a chunk's header that is its owner's; the last is 15. */
export const OWN = 3;

const FREE = 0;
const USED = 1;

/** A free chunk smaller than this has no room for anything but its header. */
const LEAST = 2;

/** The memory that is cut up. */
export interface Space {
  /** All of it; another array after it has grown. */
  readonly words: Int32Array;
  /** Makes sure that there are so many units; RangeError if there cannot be. */
  reserve(units: number): void;
}

/** Where things are. */
export interface Places {
  /** The first chunk, in units. */
  readonly first: number;
  /** Indices of words: END, which is `first` at the start; the first free chunk; units freed since the last merge(). */
  readonly end: number;
  readonly free: number;
  readonly freed: number;
}

export class Chunks {
  readonly #space: Space;
  readonly #places: Places;

  constructor(space: Space, places: Places) {
    this.#space = space;
    this.#places = places;
  }

  /** The index of a chunk's header word. */
  static word(chunk: number, word: number): number {
    return chunk * WORDS_PER_UNIT + word;
  }

  /** All chunks, in their order. */
  *[Symbol.iterator](): IterableIterator<number> {
    const { words } = this.#space;
    const { first, end } = this.#places;
    for (let chunk = first; chunk < words[end]; chunk += this.size(chunk)) yield chunk;
  }

  size(chunk: number): number {
    return this.#space.words[Chunks.word(chunk, SIZE)];
  }

  isUsed(chunk: number): boolean {
    return this.#space.words[Chunks.word(chunk, STATE)] === USED;
  }

  /** Units freed since the last merge(). */
  get freed(): number {
    return this.#space.words[this.#places.freed];
  }

  /**
   * A chunk of `units` from the free list, or undefined. It is in no list, but FREE until use() is
   * called: should this thread end before, the next merge() finds it.
   */
  reuse(units: number): number | undefined {
    const { words } = this.#space;
    const { free } = this.#places;
    let link = free;
    for (let chunk = words[free]; chunk !== 0; chunk = words[link]) {
      const left = this.size(chunk) - units;
      if (left >= 0) {
        words[link] = words[Chunks.word(chunk, NEXT)];
        if (left >= LEAST) this.#split(chunk, units, link);
        return chunk;
      }
      link = Chunks.word(chunk, NEXT);
    }
    return undefined;
  }

  /** The rest takes the chunk's place in the free list. */
  #split(chunk: number, units: number, link: number): void {
    const { words } = this.#space;
    const rest = chunk + units;
    words[Chunks.word(rest, NEXT)] = words[link];
    Atomics.store(words, Chunks.word(rest, STATE), FREE);
    Atomics.store(words, Chunks.word(rest, SIZE), this.size(chunk) - units);
    Atomics.store(words, Chunks.word(chunk, SIZE), units);
    words[link] = rest;
  }

  /** A chunk of fresh memory, after the last. As reuse() otherwise. RangeError if there is no room. */
  extend(units: number): number {
    const { end } = this.#places;
    const chunk = this.#space.words[end];
    this.#space.reserve(chunk + units);
    const { words } = this.#space;
    Atomics.store(words, Chunks.word(chunk, STATE), FREE);
    Atomics.store(words, Chunks.word(chunk, SIZE), units);
    Atomics.store(words, end, chunk + units);
    return chunk;
  }

  /** From here on the chunk is its owner's: what is in its header is valid. */
  use(chunk: number): void {
    Atomics.store(this.#space.words, Chunks.word(chunk, STATE), USED);
  }

  release(chunk: number): void {
    const { words } = this.#space;
    const { free, freed } = this.#places;
    Atomics.store(words, Chunks.word(chunk, STATE), FREE);
    words[Chunks.word(chunk, NEXT)] = words[free];
    words[free] = chunk;
    // More than an Int32 holds is as good as a great many.
    words[freed] = Math.min(words[freed] + this.size(chunk), 2 ** 31 - 1);
  }

  /** Makes one of free chunks side by side, and the free list anew, in the order of memory. */
  merge(): void {
    const { words } = this.#space;
    const { end, free, freed } = this.#places;
    let link = free;
    for (const chunk of this) {
      if (this.isUsed(chunk)) continue;
      let size = this.size(chunk);
      while (chunk + size < words[end] && !this.isUsed(chunk + size)) size += this.size(chunk + size);
      Atomics.store(words, Chunks.word(chunk, SIZE), size);
      words[link] = chunk;
      link = Chunks.word(chunk, NEXT);
    }
    words[link] = 0;
    words[freed] = 0;
  }
}
