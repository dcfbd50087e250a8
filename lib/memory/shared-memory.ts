import { inspect } from 'node:util';
import { readOptions } from '../tasks/option-names.js';
import { broken } from '../tasks/show.js';
import { registerShareable, SHARE, type Shared } from '../tasks/shareable.js';
import type { Block, Heap } from './heap.js';
import { heapOver, homeHeap } from './home-heap.js';

const LONGEST_NAME = 255;

/** Which block, and whether to make it. */
export interface SharedMemoryOptions {
  /** 1 to 255 UTF-16 units. Needed to attach; to create, one is made up by default. */
  name?: string | undefined;
  /** true: makes a block. Default false: attaches to one. */
  create?: boolean | undefined;
  /** Bytes, from 1 up, of a block that is made. It gets exactly so many, all 0. */
  size?: number | undefined;
}

/** A block that has been attached, and where. */
class Attached {
  readonly heap: Heap;
  readonly block: Block;
  constructor(heap: Heap, block: Block) {
    this.heap = heap;
    this.block = block;
  }
}

/** What a handle says. */
interface Data {
  readonly heap: SharedArrayBuffer;
  readonly id: number;
  readonly name: string;
}

/**
 * A named block of shared memory. Any thread that granule started attaches to it by name, also while
 * the main thread is blocked; a Worker started without granule gets it as a toShared() handle.
 * Python: multiprocessing.shared_memory.SharedMemory.
 *
 *     const block = new SharedMemory({ create: true, name: 'frame', size: 1 << 20 });
 *     const there = new SharedMemory({ name: 'frame' });   // in any thread
 *
 * The name lasts until unlink(), whatever becomes of the thread that made it. The memory is used again,
 * for another block, when the name is gone and every thread that was attached has closed it or ended:
 * views of `buf` that a program keeps beyond its close() then show another block's bytes. Memory goes
 * back to the heap that all blocks share (64 GB of address space, 4 GB on Node 20), not to the machine.
 * At most 256 threads at a time can use named memory, whichever blocks: GranuleError for one more.
 */
export class SharedMemory implements Disposable {
  readonly #heap: Heap;
  readonly #block: Block;
  #isOpen = true;

  /**
   * @throws SharedMemoryExistsError, SharedMemoryNotFoundError; TypeError for a missing or wrong option;
   *   RangeError for a size that is none or for which there is no room, and for a name of a wrong length
   */
  constructor(options: SharedMemoryOptions);
  /** @internal */
  constructor(attached: Attached);
  constructor(how: SharedMemoryOptions | Attached) {
    if (how instanceof Attached) {
      this.#heap = how.heap;
      this.#block = how.block;
      return;
    }
    const { name, create = false, size } = readOptions(how, "{ name: 'frame' }", 'name', 'create', 'size');
    if (typeof create !== 'boolean') throw new TypeError(broken('create', 'true or false', create));
    if (name !== undefined) checkName(name);
    if (create) {
      checkSize(size);
      this.#heap = homeHeap();
      this.#block = this.#heap.create(name, size);
    } else {
      if (name === undefined) {
        throw new TypeError(broken('name', 'the name of a block to attach to, or `create` to be true', name));
      }
      this.#heap = homeHeap();
      this.#block = this.#heap.attach(name);
    }
  }

  /** How other threads find the block. */
  get name(): string {
    return this.#block.name;
  }

  /** Bytes. */
  get size(): number {
    return this.#block.bytes.length;
  }

  /** @internal */
  get isOpen(): boolean {
    return this.#isOpen;
  }

  /** The bytes, which begin at a multiple of 64. An Error after close(). */
  get buf(): Uint8Array<SharedArrayBuffer> {
    if (!this.#isOpen) {
      throw new Error(`The SharedMemory '${this.name}' was closed in this thread: attach to it again by its name`);
    }
    return this.#block.bytes;
  }

  /** This object is done with the block; others, here and in other threads, are not. May be called again. */
  close(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    const passed = SharedMemory.#passedOf(this.#heap);
    if (passed.get(this.#block.id) === this) passed.delete(this.#block.id);
    this.#heap.close(this.#block);
  }

  /**
   * Takes the name away: nobody finds the block any more, and a new one may have its name. Who is
   * attached stays so. May be called again, in any thread, also after close().
   */
  unlink(): void {
    this.#heap.unlink(this.#block);
  }

  /** close(), for `using`. */
  [Symbol.dispose](): void {
    this.close();
  }

  // Sharing and showing

  /**
   * Objects that have been passed on or have arrived, until they are closed: a block that arrives again is
   * the same object again. So tasks that get a block need not close it each time, only the last time.
   */
  static readonly #passed = new Map<Heap, Map<number, SharedMemory>>();

  static #passedOf(heap: Heap): Map<number, SharedMemory> {
    let passed = SharedMemory.#passed.get(heap);
    if (passed === undefined) SharedMemory.#passed.set(heap, (passed = new Map<number, SharedMemory>()));
    return passed;
  }

  /** @internal */
  static over(heap: Heap, block: Block): SharedMemory {
    return new SharedMemory(new Attached(heap, block));
  }

  /** @internal */
  static arrive({ heap: memory, id, name }: Data): SharedMemory {
    const heap = heapOver(memory);
    const passed = SharedMemory.#passedOf(heap);
    let arrived = passed.get(id);
    if (arrived === undefined) {
      arrived = new SharedMemory(new Attached(heap, heap.attachTo(id, name)));
      passed.set(id, arrived);
    }
    return arrived;
  }

  /** @internal */
  [SHARE](): Shared {
    void this.buf; // an Error if it is closed
    const { id, name } = this.#block;
    const passed = SharedMemory.#passedOf(this.#heap);
    if (!passed.has(id)) passed.set(id, this);
    return { type: 'SharedMemory', data: { heap: this.#heap.memory, id, name } satisfies Data };
  }

  /** @internal */
  [inspect.custom](): string {
    const state = this.#isOpen ? 'open' : 'closed';
    return `SharedMemory { name: ${inspect(this.name)}, size: ${this.size}, ${state} }`;
  }
}

registerShareable('SharedMemory', (data: Data) => SharedMemory.arrive(data));

export function checkName(name: unknown): void {
  const rule = `a string of 1 to ${LONGEST_NAME} characters`;
  if (typeof name !== 'string') throw new TypeError(broken('name', rule, name));
  if (name.length === 0 || name.length > LONGEST_NAME) throw new RangeError(broken('name', rule, name));
}

function checkSize(size: unknown): asserts size is number {
  const rule = 'a number of bytes from 1 up';
  if (typeof size !== 'number') throw new TypeError(broken('size', rule, size));
  if (!Number.isSafeInteger(size) || size < 1) throw new RangeError(broken('size', rule, size));
}
