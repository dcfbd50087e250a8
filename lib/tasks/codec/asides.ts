/**
 * Large memory in records, which is copied from where it lies to where the records go, and not into the writer between:
 * there is one copy less, and the writer stays small.
 */
import { SerializationError } from '../../errors.js';

interface Aside {
  /** Where among the writer's bytes it belongs. */
  readonly at: number;
  readonly bytes: Uint8Array;
  readonly size: number;
}

export class Asides {
  /** Of all together. */
  size = 0;
  readonly #pieces: Aside[] = [];

  add(at: number, bytes: Uint8Array): void {
    const size = bytes.length;
    this.#pieces.push({ at, bytes, size });
    this.size += size;
  }

  /** Forgets those beyond `length`. One at `length` ends the record before. */
  cut(length: number): void {
    while (this.#pieces.length > 0 && this.#pieces.at(-1)!.at > length) this.size -= this.#pieces.pop()!.size;
  }

  clear(): void {
    if (this.#pieces.length === 0) return;
    this.#pieces.length = 0;
    this.size = 0;
  }

  /** SerializationError if what was set aside is not there any more: a getter of another value took it away. */
  check(): void {
    for (const { bytes, size } of this.#pieces) {
      if (bytes.length === size) continue;
      throw new SerializationError(
        `A getter of a value that was being sent detached the memory (${size} bytes) of another value in the same ` +
          'call: read it beforehand',
      );
    }
  }

  /** Copies `written`, and what was set aside to where it belongs in it, to `at` in `target`. */
  weave(written: Uint8Array, target: Uint8Array, at: number): void {
    let from = 0;
    let to = at;
    for (const { at: place, bytes, size } of this.#pieces) {
      target.set(written.subarray(from, place), to);
      to += place - from;
      target.set(bytes, to);
      to += size;
      from = place;
    }
    target.set(written.subarray(from), to);
  }
}
