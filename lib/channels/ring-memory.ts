/**
 * The ring's bytes: shared memory that grows in place, and one thread's views of as much of it as the
 * ring has now.
 */

import { MOST_LOG } from './position.js';

/** Bytes of a unit: a record begins at a multiple of it. */
export const UNIT = 8;

/** A new ring: 4 KiB. */
export const FIRST_LOG = 9;

/** What to reserve, the first that can be had: address space, which costs nothing until it is used. */
const RESERVES = [MOST_LOG, 25, 23, 20];

/** Memory for a ring that grows, so far of 2 ** FIRST_LOG units. */
export function reserveRing(): SharedArrayBuffer {
  for (const log of RESERVES) {
    try {
      return new SharedArrayBuffer(UNIT << FIRST_LOG, { maxByteLength: UNIT * 2 ** log });
    } catch {
      // A process may have less address space than that.
    }
  }
  throw new RangeError(
    `There is no address space for a queue, not even ${UNIT * 2 ** RESERVES.at(-1)!} bytes: end what reserves much ` +
      'of it, or raise the limit (ulimit -v)',
  );
}

export class RingMemory {
  readonly memory: SharedArrayBuffer;
  /** log₂ of the units that the views show. */
  log = -1;
  mask = 0;
  /** Of fixed length: access through a view that follows the memory as it grows is many times slower. */
  words: Int32Array = new Int32Array(0);
  doubles: Float64Array = new Float64Array(0);
  bytes: Uint8Array = new Uint8Array(0);

  constructor(memory: SharedArrayBuffer) {
    this.memory = memory;
  }

  /** Makes views of 2 ** log units, which the memory has. */
  show(log: number): void {
    const units = 2 ** log;
    this.words = new Int32Array(this.memory, 0, 2 * units);
    this.doubles = new Float64Array(this.memory, 0, units);
    this.bytes = new Uint8Array(this.memory, 0, UNIT * units);
    this.mask = units - 1;
    this.log = log;
  }

  /** Units that there can be. */
  get most(): number {
    return this.memory.maxByteLength / UNIT;
  }

  /** Makes sure that there are 2 ** log units. RangeError if the machine has no memory left. */
  grow(log: number): void {
    const bytes = UNIT * 2 ** log;
    if (this.memory.byteLength >= bytes) return;
    try {
      this.memory.grow(bytes);
    } catch (cause) {
      throw new RangeError('The machine has no memory left for the queue: take items, or end what needs much', {
        cause,
      });
    }
  }

  /**
   * Copies the units from `from` up to `to`, which lie in a ring of the size shown, to where a ring of
   * 2 ** log units has them, beyond the smaller one: there they all still are. Then shows the larger one.
   */
  spread(from: number, units: number, log: number): void {
    const { mask } = this;
    this.show(log);
    for (let done = 0; done < units; ) {
      const old = (from + done) & mask;
      const place = (from + done) & this.mask;
      const run = Math.min(units - done, mask + 1 - old);
      if (place !== old) this.bytes.copyWithin(UNIT * place, UNIT * old, UNIT * (old + run));
      done += run;
    }
  }

  /** Copies bytes to the ring, from that unit on, around its end. */
  write(unit: number, from: Uint8Array, length: number): void {
    const { bytes } = this;
    const start = UNIT * (unit & this.mask);
    const run = bytes.length - start;
    if (length <= BY_HAND && length <= run) {
      for (let i = 0; i < length; i++) bytes[start + i] = from[i];
    } else if (length <= run) {
      bytes.set(from.subarray(0, length), start);
    } else {
      bytes.set(from.subarray(0, run), start);
      bytes.set(from.subarray(run, length), 0);
    }
  }

  /** Copies bytes from the ring, from that unit on, around its end. */
  read(unit: number, to: Uint8Array, length: number): void {
    const { bytes } = this;
    const start = UNIT * (unit & this.mask);
    const run = bytes.length - start;
    if (length <= BY_HAND && length <= run) {
      for (let i = 0; i < length; i++) to[i] = bytes[start + i];
    } else if (length <= run) {
      to.set(bytes.subarray(start, start + length));
    } else {
      to.set(bytes.subarray(start));
      to.set(bytes.subarray(0, length - run), run);
    }
  }
}

/** Up to so many bytes, a loop is faster than the views that set() needs. */
const BY_HAND = 64;
