/**
 * The keys of objects. A program's objects have few key lists, so the bytes of a list (its *block*, see format.ts) are
 * made once and copied from then on, and a reader that has met a list takes its keys from memory.
 */
import { threadId } from 'node:worker_threads';
import { threadState } from '../thread-state.js';
import { MAX_KEYS } from './format.js';

/** Nodes of a tree, and branches of a node. Objects that serve as dictionaries would have no end of them. */
const MOST_NODES = 4096;
const MOST_BRANCHES = 64;
/** Longer blocks are not worth keeping. */
const MOST_BYTES = 4096;
const HEADER = 12;

/** With the thread's id a name for each list that no other list of the program has. */
const counter = threadState('key lists', () => ({ count: 0 }));

/** A tree whose branches are keys: the keys of an object, in their order, lead to the node of its key list. */
export class KeyList {
  /** Where the last object went from here: objects come in runs of one class. */
  lastKey = '';
  last: KeyList | undefined = undefined;
  /** How many keys led here. */
  readonly size: number;
  /** Without keys, or with a first key '0', an object may be no plain one, whatever its prototype says: `arguments`. */
  readonly odd: boolean;
  /** Whether an object had these keys before. One that has them alone is not worth a block. */
  met = false;
  block: Uint8Array | undefined = undefined;
  /** The keys of a list that has a block. */
  names: readonly string[] = [];
  /** The record that spells the list out, and the list's number there. */
  record = -1;
  number = 0;
  readonly #parent: KeyList | undefined;
  readonly #key: string;
  #next: Map<string, KeyList> | undefined = undefined;

  constructor(parent?: KeyList, key = '') {
    this.#parent = parent;
    this.#key = key;
    this.size = parent === undefined ? 0 : parent.size + 1;
    this.odd = parent === undefined || (parent.size === 0 ? key === '0' : parent.odd);
  }

  /** The list with one key more, or undefined where the tree shall not grow. */
  step(key: string, tree: KeyLists): KeyList | undefined {
    let next = this.#next?.get(key);
    if (next === undefined) {
      if (!tree.mayGrow(this.size, this.#next?.size ?? 0)) return undefined;
      next = new KeyList(this, key);
      (this.#next ??= new Map()).set(key, next);
    }
    this.lastKey = key;
    this.last = next;
    return next;
  }

  path(): string[] {
    return this.#parent === undefined ? [] : [...this.#parent.path(), this.#key];
  }
}

/** The key lists that a writer met. */
export class KeyLists {
  root = new KeyList();
  #nodes = 0;
  #refused = 0;

  /** Whether a list of `size` keys may be followed by one key more, beside `branches` others. */
  mayGrow(size: number, branches: number): boolean {
    if (size < MAX_KEYS && branches < MOST_BRANCHES && this.#nodes < MOST_NODES) {
      this.#nodes++;
      return true;
    }
    // Lists that nobody uses any more may hold the place of those in use: starting anew costs little if it is rare.
    if (++this.#refused >= MOST_NODES) {
      this.root = new KeyList();
      this.#nodes = 0;
      this.#refused = 0;
    }
    return false;
  }
}

/** A key list's block; `texts` are the keys in the format of their values. Undefined if it is too long to keep. */
export function makeBlock(texts: Uint8Array, keys: number): Uint8Array | undefined {
  const size = HEADER + texts.length;
  if (size > MOST_BYTES) return undefined;
  const block = new Uint8Array(size);
  const view = new DataView(block.buffer);
  view.setUint32(0, threadId, true);
  view.setUint32(4, counter.count++, true);
  view.setUint16(8, size, true);
  view.setUint16(10, keys, true);
  block.set(texts, HEADER);
  return block;
}

/** What a reader knows of a block. */
export interface Keys {
  readonly thread: number;
  readonly count: number;
  /** In bytes. */
  readonly size: number;
  readonly names: readonly string[];
  /** Whether each may be assigned. */
  readonly plain: boolean;
}

const TABLE = 1024;

/** The blocks that a reader met. Two that fall on one place take turns: the table only saves time. */
export class KnownKeys {
  readonly #table: (Keys | undefined)[] = new Array<Keys | undefined>(TABLE).fill(undefined);

  /** The keys of the block at `at`; `readName` reads one where they must be read. */
  read(view: DataView, at: number, readNames: (from: number, count: number) => string[]): Keys {
    const thread = view.getUint32(at, true);
    const count = view.getUint32(at + 4, true);
    const place = (count + Math.imul(thread, 0x9e37_79b1)) & (TABLE - 1);
    const known = this.#table[place];
    if (known !== undefined && known.count === count && known.thread === thread) return known;
    const names = readNames(at + HEADER, view.getUint16(at + 10, true));
    const keys = { thread, count, size: view.getUint16(at + 8, true), names, plain: names.every(isAssignable) };
    this.#table[place] = keys;
    return keys;
  }
}

const inherited = new Set(Object.getOwnPropertyNames(Object.prototype));

/** Assigning `__proto__` changes the prototype, and a frozen Object.prototype refuses all its own names. */
export function isAssignable(key: string): boolean {
  return !inherited.has(key);
}
