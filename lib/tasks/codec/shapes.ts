/**
 * The keys of objects. Objects of one program have few key lists, so the bytes of a list (its *block*, see
 * format.ts) are made once and copied from then on, and the reader that meets known bytes has the keys at hand.
 */
import { MAX_KEYS } from './format.js';

const MAX_NODES = 4096;
const KNOWN_BLOCKS = 1024;
/** Longer blocks are not worth keeping. */
const MAX_BLOCK = 4096;

/** The writer's side: a tree in which the keys of an object, in their order, are the way to its node. */
export class KeyPath {
  /** Where the last object went from here: objects come in runs of one class. */
  lastKey = '';
  last: KeyPath | undefined = undefined;
  readonly depth: number;
  /** The keys' bytes, from the second object on. */
  block: Uint8Array | undefined = undefined;
  met = false;
  /** The record that spells this list out, and the list's number in it. */
  record = -1;
  number = 0;
  readonly #tree: KeyTree;
  readonly #parent: KeyPath | undefined;
  readonly #key: string;
  #children: Map<string, KeyPath> | undefined = undefined;

  constructor(tree: KeyTree, parent: KeyPath | undefined, key: string) {
    this.#tree = tree;
    this.#parent = parent;
    this.#key = key;
    this.depth = parent === undefined ? 0 : parent.depth + 1;
  }

  /** The node one key further. */
  step(key: string): KeyPath {
    let child = this.#children?.get(key);
    if (child === undefined) {
      if (this.depth >= MAX_KEYS || !this.#tree.grow()) return this.#tree.endless;
      child = new KeyPath(this.#tree, this, key);
      (this.#children ??= new Map()).set(key, child);
    }
    this.lastKey = key;
    this.last = child;
    return child;
  }

  keys(): string[] {
    const keys: string[] = [];
    for (let at: KeyPath = this; at.#parent !== undefined; at = at.#parent) keys.push(at.#key);
    return keys.reverse();
  }
}

export class KeyTree {
  root: KeyPath;
  /** Where too long a list ends up: it leads nowhere but to itself. */
  readonly endless: KeyPath;
  #nodes = 0;

  constructor() {
    this.root = new KeyPath(this, undefined, '');
    this.endless = new Endless(this);
  }

  /** Room for one more node. When the tree is full, objects that serve as dictionaries filled it: it starts anew. */
  grow(): boolean {
    if (this.#nodes++ < MAX_NODES) return true;
    this.#nodes = 0;
    this.root = new KeyPath(this, undefined, '');
    return false;
  }
}

class Endless extends KeyPath {
  constructor(tree: KeyTree) {
    super(tree, undefined, '');
  }
  override step(): KeyPath {
    return this;
  }
}

/** What a reader knows of one block. */
export interface Keys {
  readonly names: readonly string[];
  /** Whether every key may be assigned: none is `__proto__`, or otherwise at home in Object.prototype. */
  readonly plain: boolean;
  /** The block's words. */
  readonly words: Int32Array;
}

/** The bytes of a block. `texts` are the keys in the format of their values. */
export function makeBlock(texts: Uint8Array, count: number): Uint8Array | undefined {
  const words = Math.ceil((8 + texts.length) / 4);
  if (words * 4 > MAX_BLOCK) return undefined;
  const block = new Uint8Array(words * 4);
  block.set(texts, 8);
  const view = new DataView(block.buffer);
  view.setUint16(4, words, true);
  view.setUint16(6, count, true);
  let hash = 0x811c9dc5;
  for (let i = 4; i < block.length; i += 4) hash = Math.imul(hash ^ view.getInt32(i, true), 0x01000193);
  hash ^= hash >>> 15;
  view.setInt32(0, hash, true);
  return block;
}

/** The reader's side: blocks by their hash. */
export class KnownKeys {
  readonly #table: (Keys | undefined)[] = new Array<Keys | undefined>(KNOWN_BLOCKS).fill(undefined);

  /** The keys of the block at `at`, if these very bytes were met before. */
  find(view: DataView, at: number): Keys | undefined {
    const hash = view.getInt32(at, true);
    const known = this.#table[hash & (KNOWN_BLOCKS - 1)];
    if (known === undefined) return undefined;
    const { words } = known;
    if (words[0] !== hash || words.length !== view.getUint16(at + 4, true)) return undefined;
    for (let i = 1; i < words.length; i++) {
      if (view.getInt32(at + i * 4, true) !== words[i]) return undefined;
    }
    return known;
  }

  /** Keeps what was read from the block at `at`. */
  learn(view: DataView, at: number, names: readonly string[]): Keys {
    const words = new Int32Array(view.getUint16(at + 4, true));
    for (let i = 0; i < words.length; i++) words[i] = view.getInt32(at + i * 4, true);
    const keys = { names, plain: names.every(isAssignable), words };
    this.#table[words[0]! & (KNOWN_BLOCKS - 1)] = keys;
    return keys;
  }
}

/** Assigning `__proto__` changes the prototype, and a frozen Object.prototype refuses its own names. */
export function isAssignable(key: string): boolean {
  return !(key in Object.prototype);
}

