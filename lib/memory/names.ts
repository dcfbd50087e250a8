/**
 * Finds chunks by name: a hash table of lists, which go on from chunk to chunk by their NEXT words.
 *
 * Called under the heap's lock. Which chunk has which name is said by its header (blocks.ts); the table is
 * derived from that, and made anew whenever the heap is swept.
 */

import { Chunks, NEXT } from './chunks.js';

const BUCKETS = 1024;

/** Words of the table. */
export const NAME_WORDS = BUCKETS;

export class Names {
  readonly #space: { readonly words: Int32Array };
  readonly #table: number;
  readonly #nameOf: (chunk: number) => string;

  /** `table` is the index of its first word. */
  constructor(space: { readonly words: Int32Array }, table: number, nameOf: (chunk: number) => string) {
    this.#space = space;
    this.#table = table;
    this.#nameOf = nameOf;
  }

  find(name: string): number | undefined {
    const { words } = this.#space;
    for (let chunk = words[this.#bucket(name)]; chunk !== 0; chunk = words[Chunks.word(chunk, NEXT)]) {
      if (this.#nameOf(chunk) === name) return chunk;
    }
    return undefined;
  }

  add(name: string, chunk: number): void {
    const { words } = this.#space;
    const bucket = this.#bucket(name);
    words[Chunks.word(chunk, NEXT)] = words[bucket];
    words[bucket] = chunk;
  }

  remove(name: string, chunk: number): void {
    const { words } = this.#space;
    let link = this.#bucket(name);
    while (words[link] !== chunk) link = Chunks.word(words[link], NEXT);
    words[link] = words[Chunks.word(chunk, NEXT)];
  }

  clear(): void {
    this.#space.words.fill(0, this.#table, this.#table + BUCKETS);
  }

  /** FNV-1a over the UTF-16 units. */
  #bucket(name: string): number {
    let hash = 0x811c9dc5;
    for (let i = 0; i < name.length; i++) hash = Math.imul(hash ^ name.charCodeAt(i), 0x01000193);
    return this.#table + ((hash >>> 0) % BUCKETS);
  }
}
