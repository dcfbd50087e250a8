/** Shared memory that grows in place, so that threads which have it need not be told. */

import { UNIT } from './chunks.js';

/** Bytes to reserve, the first that can be had: address space, which costs nothing until it is used. */
const RESERVES = [2 ** 36, 2 ** 32, 2 ** 30, 2 ** 28, 2 ** 26];
/** Bytes that it begins with and, at least, grows by. */
const STEP = 2 ** 20;

/** Fresh growable memory. */
export function reserveMemory(): SharedArrayBuffer {
  for (const maxByteLength of RESERVES) {
    try {
      return new SharedArrayBuffer(STEP, { maxByteLength });
    } catch {
      // Node 20 takes no more than 2³², and a process may have less address space than that.
    }
  }
  throw new RangeError(
    `There is no address space for named memory, not even ${RESERVES.at(-1)} bytes: end what reserves much of it, ` +
      'or raise the limit (ulimit -v)',
  );
}

export class Growable {
  readonly memory: SharedArrayBuffer;
  #words: Int32Array<SharedArrayBuffer>;

  constructor(memory: SharedArrayBuffer) {
    this.memory = memory;
    this.#words = fixedView(memory);
  }

  /** All of it: another array after it has grown, in whichever thread. */
  get words(): Int32Array<SharedArrayBuffer> {
    if (this.#words.byteLength !== this.memory.byteLength) this.#words = fixedView(this.memory);
    return this.#words;
  }

  /** Units that there can be. */
  get most(): number {
    return Math.floor(this.memory.maxByteLength / UNIT);
  }

  /** Makes sure that there are so many units. RangeError if there cannot be. */
  reserve(units: number): void {
    const { memory } = this;
    if (units > this.most) {
      throw new RangeError(
        `There is no room for the block: all named memory together can have ${memory.maxByteLength} bytes. Blocks ` +
          'are used again once they are unlinked and closed; what needs no name can be a SharedArray, which has ' +
          'memory of its own.',
      );
    }
    const bytes = units * UNIT;
    if (bytes <= memory.byteLength) return;
    try {
      memory.grow(Math.min(Math.ceil(bytes / STEP) * STEP, memory.maxByteLength));
    } catch (cause) {
      throw new RangeError('The machine has no memory left for the block: unlink others, or end what needs much', {
        cause,
      });
    }
  }
}

/** Of fixed length: stores through a view that follows the memory as it grows are many times slower. */
function fixedView(memory: SharedArrayBuffer): Int32Array<SharedArrayBuffer> {
  return new Int32Array(memory, 0, memory.byteLength / Int32Array.BYTES_PER_ELEMENT);
}
