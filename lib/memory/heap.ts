/**
 * The heap: one growable SharedArrayBuffer for all named blocks of the process, which every thread
 * that granule starts gets in its workerData. So a thread attaches to a block without a message, also
 * while the others are blocked.
 *
 *   header       words.ts: which table of threads tells who is alive
 *   LOCK         a mutex: whoever reads or writes anything but a block's bytes holds it
 *   END … FREED  chunks.ts
 *   SWEPT        endings() when the heap was last swept
 *   IDS, NAMES   counters: ids of blocks, names made up
 *   SEATS        attachments.ts
 *   NAME_TABLE   names.ts
 *   chunks       blocks.ts: a block each
 *
 * A block stays while it has a name or somebody alive is attached. close() and unlink() free what they
 * leave without either; what a thread leaves that ended, #sweep() frees, before the next step on the heap.
 *
 * A thread may end while it holds the lock. Whoever finds that takes the lock over and sweeps: the sweep
 * needs nothing but the chunks' own headers, where each step changes one truth by one store (chunks.ts,
 * blocks.ts). A bare Worker, whose end nobody is told of, keeps what it has attached, and the lock if it
 * ended within those microseconds.
 */

import { SharedMemoryExistsError, SharedMemoryNotFoundError } from '../errors.js';
import { Mutex, MUTEX_WORDS } from '../sync/mutex.js';
import { endings, ownerFor } from '../sync/owner.js';
import { allocate, HEADER } from '../sync/words.js';
import { Attachments, SEAT_WORDS } from './attachments.js';
import { Blocks, unitsFor } from './blocks.js';
import { Chunks, UNIT } from './chunks.js';
import { Growable, reserveMemory } from './growable.js';
import { Names, NAME_WORDS } from './names.js';

const LOCK = HEADER;
const END = LOCK + MUTEX_WORDS;
const FREE = END + 1;
const FREED = END + 2;
const SWEPT = END + 3;
const IDS = END + 4;
const NAMES = END + 5;
const SEATS = END + 6;
const NAME_TABLE = SEATS + SEAT_WORDS;
const WORDS = NAME_TABLE + NAME_WORDS;
const FIRST = Math.ceil((WORDS * Int32Array.BYTES_PER_ELEMENT) / UNIT);

/** A block to which this thread is attached. */
export interface Block {
  readonly id: number;
  readonly name: string;
  readonly bytes: Uint8Array<SharedArrayBuffer>;
}

type Fill = (bytes: Uint8Array<SharedArrayBuffer>) => void;

export class Heap {
  readonly #growable: Growable;
  readonly #mutex: Mutex;
  readonly #chunks: Chunks;
  readonly #blocks: Blocks;
  readonly #names: Names;
  readonly #attachments: Attachments;
  /** Attachments of this thread's objects, by block: in the block's header the thread is attached once. */
  readonly #mine = new Map<number, { readonly chunk: number; count: number }>();

  constructor(memory: SharedArrayBuffer) {
    const growable = new Growable(memory);
    this.#growable = growable;
    this.#mutex = new Mutex(growable.words, LOCK, ownerFor(growable.words), 'heap');
    this.#chunks = new Chunks(growable, { first: FIRST, end: END, free: FREE, freed: FREED });
    this.#blocks = new Blocks(growable);
    this.#names = new Names(growable, NAME_TABLE, (chunk) => this.#blocks.nameOf(chunk));
    this.#attachments = new Attachments(growable, SEATS);
  }

  /** A heap without blocks. */
  static create(): Heap {
    const memory = reserveMemory();
    const words = new Int32Array(memory, 0, WORDS);
    words.set(allocate(0));
    words[END] = FIRST;
    return new Heap(memory);
  }

  get memory(): SharedArrayBuffer {
    return this.#growable.memory;
  }

  // Making

  /**
   * A block of so many bytes, all 0, to which this thread is attached; without a `name`, one is made up.
   * `fill` writes what is in it before anybody can find it. SharedMemoryExistsError if there is one of
   * that name; RangeError if there is no room.
   */
  create(name: string | undefined, bytes: number, fill?: Fill): Block {
    for (;;) {
      const chosen = name ?? `shm-${Atomics.add(this.#words, NAMES, 1) + 1}`;
      try {
        return this.#create(chosen, bytes, fill);
      } catch (error) {
        // A name that was made up may be one that somebody has chosen.
        if (name !== undefined || !(error instanceof SharedMemoryExistsError)) throw error;
      }
    }
  }

  #create(name: string, bytes: number, fill: Fill | undefined): Block {
    const { chunk, isFresh } = this.#locked(() => {
      this.#assertUnknown(name);
      return this.#allot(name, bytes);
    });
    try {
      // Not under the lock: it may take seconds.
      const content = this.#blocks.bytesOf(chunk);
      if (!isFresh) content.fill(0);
      fill?.(content);
      return this.#locked(() => {
        this.#assertUnknown(name);
        this.#blocks.giveName(chunk, name);
        this.#names.add(name, chunk);
        return this.#block(chunk, name);
      });
    } catch (error) {
      this.#locked(() => { this.#detach(chunk); });
      throw error;
    }
  }

  #assertUnknown(name: string): void {
    if (this.#names.find(name) === undefined) return;
    throw new SharedMemoryExistsError(
      `There is a shared memory block '${name}' already: attach to it without \`create\`, or unlink() it first`,
    );
  }

  /** A block with all but its name, which stands there, but has no length yet. */
  #allot(name: string, bytes: number): { chunk: number; isFresh: boolean } {
    const units = unitsFor(bytes, name);
    const chunks = this.#chunks;
    let chunk = chunks.reuse(units);
    if (chunk === undefined && (chunks.freed >= units || this.#words[END] + units > this.#growable.most)) {
      chunks.merge();
      chunk = chunks.reuse(units);
    }
    const isFresh = chunk === undefined;
    chunk ??= chunks.extend(units);

    this.#blocks.begin(chunk, Atomics.add(this.#words, IDS, 1) + 1, bytes, name);
    this.#attachments.begin(chunk);
    chunks.use(chunk);
    return { chunk, isFresh };
  }

  // Attaching

  /** Attaches to the block of that name. SharedMemoryNotFoundError if there is none. */
  attach(name: string): Block {
    return this.#locked(() => {
      const chunk = this.#names.find(name);
      if (chunk !== undefined) return this.#attach(chunk, name);
      throw new SharedMemoryNotFoundError(
        `There is no shared memory block '${name}': it was not created, or was unlinked. A Worker started without ` +
          'granule knows no names: send it the SharedMemory with toShared().',
      );
    });
  }

  /** Attaches to that very block, which may have lost its name. SharedMemoryNotFoundError if it is gone. */
  attachTo(id: number, name: string): Block {
    return this.#locked(() => {
      const chunk = this.#mine.get(id)?.chunk ?? this.#find(id, name);
      if (chunk !== undefined) return this.#attach(chunk, name);
      throw new SharedMemoryNotFoundError(
        `The shared memory block '${name}' was unlinked and closed before it arrived here: ` +
          'keep it open in one thread until the others have it',
      );
    });
  }

  #find(id: number, name: string): number | undefined {
    const named = this.#names.find(name);
    if (named !== undefined && this.#blocks.idOf(named) === id) return named;
    for (const chunk of this.#chunks) if (this.#chunks.isUsed(chunk) && this.#blocks.idOf(chunk) === id) return chunk;
    return undefined;
  }

  #attach(chunk: number, name: string): Block {
    this.#attachments.attach(chunk);
    return this.#block(chunk, name);
  }

  #block(chunk: number, name: string): Block {
    const id = this.#blocks.idOf(chunk);
    const mine = this.#mine.get(id);
    if (mine === undefined) this.#mine.set(id, { chunk, count: 1 });
    else mine.count++;
    return { id, name, bytes: this.#blocks.bytesOf(chunk) };
  }

  // Leaving

  /** Takes one attachment of this thread back. */
  close({ id }: Block): void {
    const mine = this.#mine.get(id);
    if (mine === undefined || --mine.count > 0) return;
    this.#mine.delete(id);
    this.#locked(() => { this.#detach(mine.chunk); });
  }

  #detach(chunk: number): void {
    this.#attachments.detach(chunk);
    this.#releaseUnlessWanted(chunk);
  }

  /** Takes the block's name, if it still has it. */
  unlink({ id, name }: Block): void {
    this.#locked(() => {
      const chunk = this.#names.find(name);
      if (chunk === undefined || this.#blocks.idOf(chunk) !== id) return;
      this.#names.remove(name, chunk);
      this.#blocks.takeName(chunk);
      this.#releaseUnlessWanted(chunk);
    });
  }

  #releaseUnlessWanted(chunk: number): void {
    if (!this.#blocks.isNamed(chunk) && !this.#attachments.has(chunk)) this.#chunks.release(chunk);
  }

  get #words(): Int32Array<SharedArrayBuffer> {
    return this.#growable.words;
  }

  // The lock, and the dead

  #locked<T>(step: () => T): T {
    const how = this.#mutex.lockOrTakeOver();
    try {
      if (how === 'taken over') this.#sweep();
      // 0 where nobody is told of ends: others will sweep.
      const ended = endings(this.#words);
      if (ended !== 0 && ended !== this.#words[SWEPT]) this.#sweep();
      return step();
    } finally {
      this.#mutex.unlock();
    }
  }

  /** Takes the dead off the blocks, frees what nobody wants any more, and makes anew what is derived. */
  #sweep(): void {
    const swept = endings(this.#words);
    const dead = this.#attachments.dead();
    this.#names.clear();
    for (const chunk of this.#chunks) {
      if (!this.#chunks.isUsed(chunk)) continue;
      this.#attachments.detachAll(chunk, dead);
      if (this.#blocks.isNamed(chunk)) this.#names.add(this.#blocks.nameOf(chunk), chunk);
      else this.#releaseUnlessWanted(chunk);
    }
    this.#chunks.merge();
    // Last: should this thread end in here, the next one finds the same dead again.
    this.#attachments.giveUp(dead);
    this.#words[SWEPT] = swept;
  }
}
