import { inspect } from 'node:util';
import { Mutex, MUTEX_WORDS } from '../sync/mutex.js';
import { ownerFor } from '../sync/owner.js';
import { readOptions } from '../tasks/option-names.js';
import { broken } from '../tasks/show.js';
import { allocate, HEADER } from '../sync/words.js';
import { registerShareable, SHARE, type Shared } from '../tasks/shareable.js';
import { homeHeap } from './home-heap.js';
import { isIterable, placeOf } from './places.js';
import { checkName, SharedMemory } from './shared-memory.js';
import { ALIGNMENT, CAPACITY, capacityOf, isSame, read, SLOT_WORDS, slotOf, START, write } from './slots.js';

// The block: a header as primitives have it (words.ts), and
const LOCK = HEADER; // a mutex, held for the length of one read or write of a slot
const MAGIC = LOCK + MUTEX_WORDS; // says that the block is a list; written first, with COUNT
const COUNT = MAGIC + 1;
const SLOTS = COUNT + 2; // an even word; slots.ts
// The values follow, each at a multiple of 8.

const MARK = 0x4c495354; // 'LIST'
const WORD = Int32Array.BYTES_PER_ELEMENT;

/** A list over a block that is one already. */
class Over {
  readonly shm: SharedMemory;
  constructor(shm: SharedMemory) {
    this.shm = shm;
  }
}

/**
 * A list of fixed length in one block of shared memory. A slot holds null, a boolean, a number, a bigint
 * of 64 bits, a string or bytes (Uint8Array), and may change from one to another. It has room for 8
 * bytes; one that began with a string or bytes for those in UTF-8, rounded up to the next greater
 * multiple of 8. Python: multiprocessing.shared_memory.ShareableList.
 *
 *     const list = new ShareableList(['idle', 0, null], { name: 'status' });
 *     const there = new ShareableList(undefined, { name: 'status' });   // in any thread
 *
 * at() and set() are one step each: no thread sees half a string. A thread that ends within a set() may
 * leave null there. Call `list.shm.close()` and `list.shm.unlink()` as for any SharedMemory.
 */
export class ShareableList {
  /** The block. */
  readonly shm: SharedMemory;
  readonly length: number;
  readonly #words: Int32Array<SharedArrayBuffer>;
  readonly #mutex: Mutex;

  /**
   * @param initial what the slots hold at first, and how large they are; without it, `name` says which
   *   list to attach to
   * @throws TypeError for a value of another kind, for neither of both, and for a block that is no list;
   *   RangeError for a bigint of more than 64 bits; what SharedMemory throws
   */
  constructor(initial?: Iterable<unknown>, options?: { name?: string | undefined });
  /** @internal */
  constructor(initial: undefined, over: Over);
  constructor(initial?: Iterable<unknown>, options: { name?: string | undefined } | Over = {}) {
    this.shm = options instanceof Over ? options.shm : blockFor(initial, options);
    const { buffer, byteOffset, length } = this.shm.buf;
    const head = new Int32Array(buffer, byteOffset, Math.min(Math.floor(length / WORD), SLOTS));
    if (head.length < SLOTS || head[MAGIC] !== MARK) {
      if (!(options instanceof Over)) this.shm.close();
      throw new TypeError(`Expected \`name\` to be that of a ShareableList, got '${this.shm.name}', which is none`);
    }
    this.length = head[COUNT];
    this.#words = new Int32Array(buffer, byteOffset, SLOTS + this.length * SLOT_WORDS);
    this.#mutex = new Mutex(this.#words, LOCK, ownerFor(this.#words), 'ShareableList');
  }

  /** The value at `index`, from the end if it is negative; bytes are a copy. RangeError outside. */
  at(index: number): unknown {
    const place = placeOf(index, this.length, 'ShareableList');
    const { buf } = this.shm;
    return this.#locked(() => read(buf, this.#words, slotAt(place)));
  }

  /**
   * Changes the value at `index`, from the end if it is negative. RangeError outside, for a string or
   * bytes larger than the slot, and for a bigint of more than 64 bits; TypeError for values of other kinds.
   */
  set(index: number, value: unknown): void {
    const place = placeOf(index, this.length, 'ShareableList');
    const { buf } = this.shm;
    const slot = slotOf(value, 'value');
    const capacity = this.#words[slotAt(place) + CAPACITY];
    if (slot.bytes > capacity) {
      throw new RangeError(
        `Expected \`value\` to fit into slot ${place}, which has room for ${capacity} bytes, got a ${slot.kind} of ` +
          `${slot.bytes} bytes: slots keep the size that they began with`,
      );
    }
    this.#locked(() => { write(buf, this.#words, slotAt(place), value, slot); });
  }

  /** How many slots hold that value: the same kind and, of bytes, the same content. NaN is NaN. */
  count(value: unknown): number {
    let count = 0;
    for (const each of this) if (isSame(each, value)) count++;
    return count;
  }

  /** The first index of that value; -1 if no slot holds it. */
  indexOf(value: unknown): number {
    let index = 0;
    for (const each of this) {
      if (isSame(each, value)) return index;
      index++;
    }
    return -1;
  }

  /** The values from first to last, as they are when it comes to them. */
  *[Symbol.iterator](): IterableIterator<unknown> {
    for (let i = 0; i < this.length; i++) yield this.at(i);
  }

  #locked<T>(step: () => T): T {
    // From a thread that ended holding it there is nothing to set right: write() leaves null until it is done.
    this.#mutex.lockOrTakeOver();
    try {
      return step();
    } finally {
      this.#mutex.unlock();
    }
  }

  // Sharing and showing

  /** @internal */
  [SHARE](): Shared {
    return { type: 'ShareableList', data: { shm: this.shm } };
  }

  /** @internal */
  static arrive(shm: SharedMemory): ShareableList {
    return new ShareableList(undefined, new Over(shm));
  }

  /** @internal */
  [inspect.custom](): string {
    const items = this.shm.isOpen ? inspect([...this], { maxArrayLength: 20 }) : 'closed';
    return `ShareableList { name: ${inspect(this.shm.name)}, length: ${this.length}, ${items} }`;
  }
}

registerShareable('ShareableList', ({ shm }: { shm: SharedMemory }) => ShareableList.arrive(shm));

function blockFor(initial: Iterable<unknown> | undefined, options: { name?: string | undefined }): SharedMemory {
  const { name } = readOptions(options, "{ name: 'status' }", 'name');
  if (initial === undefined) {
    if (name === undefined) {
      throw new TypeError('Expected `initial`, or the `name` of a list to attach to, got neither of them');
    }
    return new SharedMemory({ name });
  }
  if (!isIterable(initial)) throw new TypeError(broken('initial', 'an iterable of values', initial));
  if (name !== undefined) checkName(name);
  return create([...initial], name);
}

function slotAt(place: number): number {
  return SLOTS + place * SLOT_WORDS;
}

function create(values: readonly unknown[], name: string | undefined): SharedMemory {
  const slots = values.map((value, i) => slotOf(value, `initial[${i}]`));
  const capacities = slots.map(capacityOf);
  const start = slotAt(values.length) * WORD;
  const size = capacities.reduce((sum, capacity) => sum + capacity, start);
  const heap = homeHeap();
  const block = heap.create(name, size, (bytes) => {
    const words = new Int32Array(bytes.buffer, bytes.byteOffset, slotAt(values.length));
    words.set(allocate(0));
    words[MAGIC] = MARK;
    words[COUNT] = values.length;
    let next = start;
    for (const [i, value] of values.entries()) {
      words[slotAt(i) + START] = next / ALIGNMENT;
      words[slotAt(i) + CAPACITY] = capacities[i];
      write(bytes, words, slotAt(i), value, slots[i]);
      next += capacities[i];
    }
  });
  return SharedMemory.over(heap, block);
}
