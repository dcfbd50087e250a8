/**
 * What a named block is made of: a chunk's header of one unit, the block's bytes, its name in UTF-16.
 *
 *   ID           never used again
 *   WHOLE, REST  the bytes, in units, and those beyond whole units
 *   NAME_LENGTH  in UTF-16 units; 0: it has no name, or not yet
 *   bits         who is attached (attachments.ts)
 *
 * They follow the chunk's own words (chunks.ts) and are valid while the chunk is in use. Written under the heap's lock;
 * of a block in use only NAME_LENGTH and the bits change, each by one atomic store.
 */

import { Chunks, OWN, UNIT } from './chunks.js';
import type { Growable } from './growable.js';

const ID = OWN;
const WHOLE = OWN + 1;
const REST = OWN + 2;
const NAME_LENGTH = OWN + 3;

/** Units of a block with so many bytes and such a name. */
export function unitsFor(bytes: number, name: string): number {
  return 1 + Math.ceil((bytes + 2 * name.length) / UNIT);
}

export class Blocks {
  readonly #growable: Growable;

  constructor(growable: Growable) {
    this.#growable = growable;
  }

  /** Writes all but who is attached and the length of the name, which stands there from the start. */
  begin(chunk: number, id: number, bytes: number, name: string): void {
    this.#set(chunk, ID, id);
    this.#set(chunk, WHOLE, Math.floor(bytes / UNIT));
    this.#set(chunk, REST, bytes % UNIT);
    this.#set(chunk, NAME_LENGTH, 0);
    this.#nameBytes(chunk, name.length).write(name, 'utf16le');
  }

  /** From here on the name that was given to begin() is valid. */
  giveName(chunk: number, name: string): void {
    this.#set(chunk, NAME_LENGTH, name.length);
  }

  takeName(chunk: number): void {
    this.#set(chunk, NAME_LENGTH, 0);
  }

  isNamed(chunk: number): boolean {
    return this.#get(chunk, NAME_LENGTH) !== 0;
  }

  nameOf(chunk: number): string {
    return this.#nameBytes(chunk, this.#get(chunk, NAME_LENGTH)).toString('utf16le');
  }

  idOf(chunk: number): number {
    return this.#get(chunk, ID);
  }

  bytesOf(chunk: number): Uint8Array<SharedArrayBuffer> {
    const length = this.#get(chunk, WHOLE) * UNIT + this.#get(chunk, REST);
    return new Uint8Array(this.#growable.memory, (chunk + 1) * UNIT, length);
  }

  #nameBytes(chunk: number, length: number): Buffer {
    const { byteOffset, byteLength } = this.bytesOf(chunk);
    return Buffer.from(this.#growable.memory, byteOffset + byteLength, 2 * length);
  }

  #get(chunk: number, word: number): number {
    return this.#growable.words[Chunks.word(chunk, word)];
  }

  #set(chunk: number, word: number, value: number): void {
    Atomics.store(this.#growable.words, Chunks.word(chunk, word), value);
  }
}
