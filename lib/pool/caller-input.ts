/**
 * Items and arguments for a task on the caller, which must not tell that they never left: what is not a primitive
 * is encoded when the call is made, and decoded item by item. Primitives are what they are.
 */
import { types } from 'node:util';
import type { Encoder } from '../tasks/codec/encoder.js';
import type { Decoder } from '../tasks/codec/decoder.js';
import { isPrimitive } from '../tasks/primitive.js';
import type { Feed, Work } from './engine.js';
import { checkAttached } from './sources.js';
import * as L from './layout.js';
import { rangeStart, rangeStop } from './schedules.js';
import { typeOf } from './columns.js';
import { ownCopy } from './inline-crossing.js';

type Ranges = Extract<Feed, { kind: 'ranges' }>['range'];

export interface CallerInput {
  /** KIND_… of layout.ts */
  readonly kind: number;
  /** What the loop sees: one loop for each, so that what V8 learns in it stays true. */
  readonly shape: number;
  /** `undefined`: ranges, or records. */
  readonly items: { readonly [index: number]: unknown } | undefined;
  readonly args: readonly unknown[];
  readonly range: Ranges | undefined;
  /** The record of an item. */
  decode(index: number): unknown;
}

const NUMBERS = 0;
const PRIMITIVES = 1;
const RECORDS = 2;
const RANGES = 3;
const LISTS = 4;
const TYPED = 5;

const NOTHING: readonly unknown[] = Object.freeze([]);

export class CallerInputs {
  readonly #encoder: Encoder;
  readonly #decoder: Decoder;
  #offsets = new Float64Array(64);

  constructor(encoder: Encoder, decoder: Decoder) {
    this.#encoder = encoder;
    this.#decoder = decoder;
  }

  /**
   * Stays valid until the next call. Throws a SerializationError for what cannot cross.
   * `undefined`: something moved, or that only a message carries; it is for a thread.
   */
  of(work: Work, feed: Feed): CallerInput | undefined {
    const args = work.args.length === 0 ? NOTHING : this.#arguments(work.args, 'args');
    if (args === undefined) return undefined;
    if (feed.kind === 'ranges') {
      return { kind: L.KIND_RANGE, shape: RANGES, items: undefined, args, range: feed.range, decode: nothing };
    }
    if (feed.kind === 'typed') {
      checkAttached(feed.items);
      const shape = TYPED + typeOf(feed.items);
      return { kind: L.KIND_ITEM, shape, items: feed.items, args, range: undefined, decode: nothing };
    }
    const { items, spread } = feed;
    const kind = spread ? L.KIND_SPREAD : L.KIND_ITEM;
    const shape = spread ? shapeOfLists(items) : shapeOf(items);
    if (shape !== RECORDS) return { kind, shape, items, args, range: undefined, decode: nothing };
    if (spread && items.length === 1) {
      const list = this.#arguments(items[0] as readonly unknown[], feed.path(0));
      return list && { kind, shape: LISTS, items: [list], args, range: undefined, decode: nothing };
    }
    if (!this.#encode(feed)) return undefined;
    return { kind, shape, items: undefined, args, range: undefined, decode: this.#decode };
  }

  /**
   * The feed as it is now, whatever becomes of what the user holds. `sent`: an item as the task would get it. Valid as
   * long as the last input is.
   */
  keep(feed: Feed, sent: (index: number) => unknown): Feed {
    if (feed.kind === 'ranges') return feed;
    if (feed.kind === 'typed') return { kind: 'typed', items: ownCopy(feed.items) };
    return { ...feed, items: Array.from({ length: feed.items.length }, (_, index) => sent(index)) };
  }

  /** Arguments of a call that can be run here. Ends the last input. */
  copy(args: readonly unknown[]): readonly unknown[] {
    return [...(this.#arguments(args, 'args') ?? args)];
  }

  readonly #decode = (index: number): unknown => this.#decoder.read(this.#encoder.bytes, this.#offsets[index]);

  /** Copies of a list of arguments. Shared memory, and views of it, are shared. */
  #arguments(list: readonly unknown[], path: string): readonly unknown[] | undefined {
    if (list.every(isPrimitive)) return list;
    this.#encoder.reset();
    if (this.#encoder.writeArguments(list, path)) {
      return this.#decoder.read(this.#encoder.bytes, 0) as unknown[];
    }
    return list.every((value) => isPrimitive(value) || isShared(value)) ? structuredClone(list) : undefined;
  }

  #encode({ items, spread, path }: Extract<Feed, { kind: 'items' }>): boolean {
    this.#encoder.reset();
    if (this.#offsets.length < items.length) this.#offsets = new Float64Array(2 * items.length);
    for (let i = 0; i < items.length; i++) {
      this.#offsets[i] = this.#encoder.length;
      const name = (): string => path(i);
      const isIn = spread
        ? this.#encoder.writeArguments(items[i] as readonly unknown[], name)
        : this.#encoder.write(items[i], name);
      if (!isIn) return false;
    }
    return true;
  }
}

export function startOf({ start, size }: Ranges, index: number): number {
  return rangeStart(start, size, index);
}
export function stopOf({ start, stop, size }: Ranges, index: number): number {
  return rangeStop(start, stop, size, index);
}

function shapeOf(items: readonly unknown[]): number {
  let i = 0;
  while (i < items.length && typeof items[i] === 'number') i++;
  if (i === items.length) return NUMBERS;
  while (i < items.length && isPrimitive(items[i])) i++;
  return i === items.length ? PRIMITIVES : RECORDS;
}

function shapeOfLists(items: readonly unknown[]): number {
  for (const list of items as readonly (readonly unknown[])[]) {
    for (let i = 0; i < list.length; i++) if (!isPrimitive(list[i])) return RECORDS;
  }
  return LISTS;
}

/** Memory that both sides have. Not a Buffer: cloning one makes a Uint8Array of it. */
function isShared(value: unknown): boolean {
  if (types.isSharedArrayBuffer(value)) return true;
  return ArrayBuffer.isView(value) && types.isSharedArrayBuffer(value.buffer) && !Buffer.isBuffer(value);
}

const nothing = (): unknown => undefined;
