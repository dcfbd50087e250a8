/**
 * The arena: shared memory that every thread of a pool knows, cut into blocks by the caller alone.
 *
 * Segment 0 comes with the thread's start, later ones by mail, once. Blocks come in powers of two from
 * free lists, so that a call costs an array pop; a job has one block for its arguments, items, results
 * and statuses. Fresh shared memory costs 2.9 ms for 8 MB (the kernel zeroes pages), reused memory 0.6 ms:
 * hence blocks are reused, and only those handed to the user (results of typed maps) never are.
 */
import { sharedMemory, weigh } from '../memory/ballast.js';

export class Segment {
  readonly id: number;
  readonly memory: SharedArrayBuffer;
  readonly bytes: Uint8Array;
  readonly doubles: Float64Array;
  readonly uint32: Uint32Array;
  readonly int32: Int32Array;
  /** Known to every thread until the pool ends; others are dropped with their job. */
  readonly lasting: boolean;

  constructor(id: number, memory: SharedArrayBuffer, lasting: boolean) {
    this.id = id;
    this.memory = memory;
    this.lasting = lasting;
    // Over memory of the user's that is not a multiple of 8 the wider views end earlier.
    this.bytes = new Uint8Array(memory, 0, memory.byteLength);
    this.doubles = new Float64Array(memory, 0, Math.floor(memory.byteLength / 8));
    this.uint32 = new Uint32Array(memory, 0, Math.floor(memory.byteLength / 4));
    this.int32 = new Int32Array(memory, 0, Math.floor(memory.byteLength / 4));
  }
}

export interface Block {
  readonly segment: Segment;
  /** Bytes; a multiple of 64. */
  readonly offset: number;
  readonly sizeClass: number;
}

const LEAST_CLASS = 6;
/** Blocks above 32 MB get a segment of their own, dropped with the job. */
const GREATEST_CLASS = 25;
const FIRST_SEGMENT = 1 << 18;
const GREATEST_SEGMENT = 1 << 26;
const LAST_ID = -(2 ** 31);

export class Arena {
  readonly first: Segment;
  readonly #free: Block[][] = Array.from({ length: GREATEST_CLASS + 1 }, () => []);
  #current: Segment;
  #used = 0;
  /** Segments that last count up. */
  #nextId = 1;
  /** The others, of which a pool may see billions, count down, and around: an id has to fit a word. */
  #passingId: number;

  /** `passingId`: of the first segment that does not last. */
  constructor(passingId = -1) {
    this.#passingId = passingId;
    this.first = new Segment(0, new SharedArrayBuffer(FIRST_SEGMENT), true);
    this.#current = this.first;
  }

  allocate(bytes: number): Block {
    const sizeClass = Math.max(LEAST_CLASS, 32 - Math.clz32(Math.max(bytes, 1) - 1));
    if (bytes > 2 ** GREATEST_CLASS) {
      return { segment: this.attach(sharedMemory(bytes)), offset: 0, sizeClass: -1 };
    }
    const block = this.#free[sizeClass].pop();
    if (block !== undefined) return block;
    const size = 2 ** sizeClass;
    if (this.#used + size > this.#current.memory.byteLength) {
      const room = Math.min(GREATEST_SEGMENT, this.#current.memory.byteLength * 4);
      this.#current = new Segment(this.#nextId++, new SharedArrayBuffer(Math.max(room, size)), true);
      this.#used = 0;
    }
    const offset = this.#used;
    this.#used += size;
    return { segment: this.#current, offset, sizeClass };
  }

  release(block: Block): void {
    if (block.sizeClass >= 0) this.#free[block.sizeClass].push(block);
  }

  /** A segment for one purpose, as long as the pool lives. */
  reserve(bytes: number): Segment {
    return new Segment(this.#nextId++, sharedMemory(bytes), true);
  }

  /** Memory that is not the arena's: the user's own, or a result that will be the user's. */
  attach(memory: SharedArrayBuffer): Segment {
    const id = this.#passingId;
    this.#passingId = id === LAST_ID ? -1 : id - 1;
    return new Segment(id, weigh(memory), false);
  }
}
