/**
 * Where results that are not plain numbers go: pages of shared memory that a runner fills and the
 * caller reads.
 *
 * WORDS   [0] LIVE: records in the page that the caller has not read yet, plus one while the page is
 *             its thread's current one: so from before the caller hears of it, who drops pages that are at 0
 *             and not kept. The thread adds, the caller subtracts, both atomically.
 *         [1] CURRENT: 1 while the thread appends to it; thread only, read by the caller after 'exit'.
 * A record's bytes are plain stores, published with the status of its item (layout.ts). A page is
 * written again only when LIVE is 0: nobody can still read it. Page numbers come from one counter of
 * the pool, so that the pages of a dead thread and of its replacement never meet.
 */
import { MAX_OFFSET } from './layout.js';
import { weigh } from '../memory/ballast.js';

const LIVE = 0;
const CURRENT = 1;
const HEADER = 64;
/** No offset in a page of several records is beyond what a location holds. */
const PAGE_BYTES = MAX_OFFSET;
/** A longer result goes by message. */
export const LONGEST_RECORD = (1 << 28) - HEADER;
/** A longer record gets a page of its own, which the thread forgets at once. */
const SMALL = 1 << 18;
/** Pages a thread keeps for use again; what a burst needs beyond that is used once. */
const KEPT = 8;

interface Page {
  readonly id: number;
  readonly words: Int32Array;
  readonly bytes: Uint8Array;
  used: number;
}

/** The thread's side. */
export class PageWriter {
  readonly #nextId: () => number;
  readonly #announce: (id: number, memory: SharedArrayBuffer, kept: boolean) => void;
  readonly #kept: Page[] = [];
  #current: Page | undefined;

  constructor(nextId: () => number, announce: (id: number, memory: SharedArrayBuffer, kept: boolean) => void) {
    this.#nextId = nextId;
    this.#announce = announce;
  }

  /** Copies a record; returns the page's number times MAX_OFFSET plus its offset. */
  append(record: Uint8Array, length: number): number {
    let page = this.#current;
    const isAlone = length > SMALL;
    if (isAlone) {
      page = this.#make(length + HEADER, false);
    } else if (page === undefined || page.used + length > page.bytes.length) {
      page = this.#turn();
    }
    const at = page.used;
    if (length < 64) for (let i = 0; i < length; i++) page.bytes[at + i] = record[i]!;
    else page.bytes.set(record.subarray(0, length), at);
    // Copies of what begins and lies in a record at multiples of 8 go by words (format.ts).
    page.used = (at + length + 7) & ~7;
    Atomics.add(page.words, LIVE, 1);
    if (isAlone) leave(page.words);
    return page.id * MAX_OFFSET + at;
  }

  #turn(): Page {
    if (this.#current !== undefined) leave(this.#current.words);
    let page = this.#kept.find((kept) => Atomics.load(kept.words, LIVE) === 0);
    if (page === undefined) {
      const keep = this.#kept.length < KEPT;
      page = this.#make(PAGE_BYTES, keep);
      if (keep) this.#kept.push(page);
    } else enter(page.words);
    page.used = HEADER;
    this.#current = page;
    return page;
  }

  #make(bytes: number, keep: boolean): Page {
    const memory = weigh(new SharedArrayBuffer(bytes));
    const words = new Int32Array(memory, 0, 2);
    enter(words);
    const id = this.#nextId();
    this.#announce(id, memory, keep);
    return { id, words, bytes: new Uint8Array(memory), used: HEADER };
  }
}

/** The page becomes one that its thread appends to. */
function enter(words: Int32Array): void {
  words[CURRENT] = 1;
  Atomics.add(words, LIVE, 1);
}

function leave(words: Int32Array): void {
  words[CURRENT] = 0;
  Atomics.sub(words, LIVE, 1);
}

interface KnownPage {
  readonly words: Int32Array;
  readonly bytes: Uint8Array;
  readonly owner: object;
  /** Its thread fills it again; otherwise it goes once it has been read. */
  keep: boolean;
}

/** The caller's side: every page that a thread announced and that may still be read. */
export class PageReader {
  readonly #pages = new Map<number, KnownPage>();

  add(id: number, memory: SharedArrayBuffer, keep: boolean, owner: object): void {
    // A page can have been read before its thread turned to the next one: nobody tells, so look here.
    for (const [known, page] of this.#pages) {
      if (!page.keep && Atomics.load(page.words, LIVE) === 0) this.#pages.delete(known);
    }
    const words = new Int32Array(weigh(memory), 0, 2);
    this.#pages.set(id, { words, bytes: new Uint8Array(memory), owner, keep });
  }

  /** `undefined`: the page's announcement has not been read from its thread's port yet. */
  bytes(location: number): Uint8Array | undefined {
    return this.#pages.get(Math.floor(location / MAX_OFFSET))?.bytes;
  }

  /** One record at `location` has been read, or will never be. */
  release(location: number): void {
    const id = Math.floor(location / MAX_OFFSET);
    const page = this.#pages.get(id);
    if (page === undefined) return;
    const left = Atomics.sub(page.words, LIVE, 1) - 1;
    if (left === 0 && !page.keep) this.#pages.delete(id);
  }

  /** The thread has exited: it appends no more, and what was read of its pages may go. */
  orphan(owner: object): void {
    for (const [id, page] of this.#pages) {
      if (page.owner !== owner) continue;
      page.keep = false;
      const left = page.words[CURRENT] === 1 ? Atomics.sub(page.words, LIVE, 1) - 1 : Atomics.load(page.words, LIVE);
      if (left === 0) this.#pages.delete(id);
    }
  }
}
