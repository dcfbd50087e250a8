/**
 * Turns a call into a job: picks the lane for its items, encodes them into one block of the arena.
 *
 * Lanes, cheapest first: shared typed array as it is; other typed array by one memcpy; numbers as a
 * Float64 column; records of the codec; a parcel, sent by message, for what only structured clone carries
 * (ports, Node's own classes, shared memory and shareables inside items, whatever was move()d).
 * Everything is encoded when the call is made: what cannot cross fails there, and later changes to the
 * items do not reach the task.
 */
import { types } from 'node:util';
import { SerializationError } from '../errors.js';
import type { Encoder } from '../tasks/codec/encoder.js';
import { prepareMessage, type PreparedMessage } from '../tasks/codec/message.js';
import type { Arena, Block } from './arena.js';
import { sharedMemory } from '../memory/ballast.js';
import { checkAttached } from './sources.js';
import { elementBytes, typedView, typeOf } from './columns.js';
import type { Feed, Work } from './engine.js';
import type { JobInput, JobSpec, Parcel, RangeSpec } from './job.js';
import * as L from './layout.js';
import { fillColumn, NOT_NUMBERS, numberLane } from './number-column.js';
import type { TypedArray } from './typed-array.js';

type ItemFeed = Omit<Extract<Feed, { kind: 'items' }>, 'kind'>;

const align = (bytes: number): number => (bytes + 7) & ~7;

export class JobMaker {
  readonly #arena: Arena;
  readonly #encoder: Encoder;
  #offsets = new Uint32Array(1024);

  constructor(arena: Arena, encoder: Encoder) {
    this.#arena = arena;
    this.#encoder = encoder;
  }

  /**
   * Items of any kind.
   * `undefined`: some of several items needs a parcel, which one thread gets: make jobs of slices, with `alone`.
   * `taken`: what slices of the same call hold of which there is only one; this one's is added.
   */
  ofItems(work: Work, tickets: number, feed: ItemFeed, alone: boolean, taken?: Set<object>): JobSpec | undefined {
    const { items, spread, path: itemPath } = feed;
    const count = items.length;
    const lane = spread ? NOT_NUMBERS : numberLane(items);
    const numbers = lane !== NOT_NUMBERS;
    this.#encoder.reset();
    let records = false;
    let parcel: Parcel | undefined;
    if (!numbers) {
      records = this.#encodeRecords(items, spread, itemPath);
      if (!records) {
        if (!alone) return undefined;
        this.#encoder.reset();
        parcel = prepareItems(work, items, itemPath, taken ?? new Set());
      }
    }
    const args = this.#encodeArgs(work);
    const stride = lane === L.INPUT_NUMBERS ? 8 : numbers || records ? 4 : 0;
    const tableBytes = align(stride * count);
    const output = align(tableBytes);
    const status = output + 8 * count;
    const data = align(status + count);
    const block = this.#allocate(data);
    const { segment, offset } = block;
    if (numbers && !fillColumn(lane, block, items, count)) {
      this.#arena.release(block);
      const read = Array.from({ length: count }, (_, index) => items[index]);
      return this.ofItems(work, tickets, { ...feed, items: read }, alone, taken);
    }
    if (records) {
      segment.uint32.set(this.#offsets.subarray(0, count), offset / 4);
    }
    this.#encoder.copyTo(segment.bytes, offset + data);
    segment.bytes.fill(L.STATUS_NONE, offset + status, offset + status + count);
    return {
      work,
      tickets,
      block,
      argsLane: args.lane,
      argsOffset: offset + data + args.at,
      argsMail: args.mail,
      kind: spread ? L.KIND_SPREAD : L.KIND_ITEM,
      count,
      input: {
        lane: numbers ? lane : records ? L.INPUT_BYTES : L.INPUT_MAIL,
        segment,
        offset,
        data: offset + data,
        type: 0,
        stride,
      },
      output: { lane: L.OUTPUT_MIXED, segment, offset: offset + output, type: 0, stride: 8, array: undefined },
      status: offset + status,
      parcel,
      range: undefined,
      itemsPerUnit: 1,
    };
  }

  /** A typed array: results go into one of the same type over fresh shared memory, which is the user's. */
  ofTyped(work: Work, tickets: number, items: TypedArray): JobSpec {
    checkAttached(items);
    const type = typeOf(items);
    const size = elementBytes(type);
    const count = items.length;
    const shared = types.isSharedArrayBuffer(items.buffer);
    this.#encoder.reset();
    const args = this.#encodeArgs(work);
    const data = shared ? 0 : align(size * count);
    const block = this.#allocate(data);
    this.#encoder.copyTo(block.segment.bytes, block.offset + data);
    let input: JobInput;
    if (shared) {
      const segment = this.#arena.attach(items.buffer);
      input = { lane: L.INPUT_TYPED, segment, offset: items.byteOffset, data: 0, type, stride: size };
    } else {
      const { segment, offset } = block;
      const bytes = new Uint8Array(items.buffer, items.byteOffset, items.byteLength);
      segment.bytes.set(bytes, offset);
      input = { lane: L.INPUT_TYPED, segment, offset, data: 0, type, stride: size };
    }
    const segment = this.#arena.attach(sharedMemory(size * count));
    const array = typedView(segment.memory, type, 0, count);
    return {
      work,
      tickets,
      block,
      argsLane: args.lane,
      argsOffset: block.offset + data + args.at,
      argsMail: args.mail,
      kind: L.KIND_ITEM,
      count,
      input,
      output: { lane: L.OUTPUT_TYPED, segment, offset: 0, type, stride: size, array },
      status: block.offset,
      parcel: undefined,
      range: undefined,
      itemsPerUnit: 1,
    };
  }

  /** Consecutive ranges: the task's first two arguments. */
  ofRanges(work: Work, tickets: number, range: RangeSpec, count: number, keepResults: boolean): JobSpec {
    this.#encoder.reset();
    const args = this.#encodeArgs(work);
    const status = keepResults ? 8 * count : 0;
    const data = align(status + (keepResults ? count : 0));
    const block = this.#allocate(data);
    const { segment, offset } = block;
    this.#encoder.copyTo(segment.bytes, offset + data);
    if (keepResults) segment.bytes.fill(L.STATUS_NONE, offset + status, offset + status + count);
    const lane = keepResults ? L.OUTPUT_MIXED : L.OUTPUT_NONE;
    return {
      work,
      tickets,
      block,
      argsLane: args.lane,
      argsOffset: offset + data + args.at,
      argsMail: args.mail,
      kind: L.KIND_RANGE,
      count,
      input: { lane: L.INPUT_NONE, segment, offset, data: offset, type: 0, stride: 0 },
      output: { lane, segment, offset, type: 0, stride: keepResults ? 8 : 0, array: undefined },
      status: offset + status,
      parcel: undefined,
      range,
      itemsPerUnit: range.size,
    };
  }

  /** Appends a record an item. False: an item needs a message. */
  #encodeRecords(items: readonly unknown[], spread: boolean, itemPath: ItemFeed['path']): boolean {
    const count = items.length;
    if (this.#offsets.length < count) this.#offsets = new Uint32Array(2 ** Math.ceil(Math.log2(count)));
    let index = 0;
    const path = (): string => itemPath(index);
    for (; index < count; index++) {
      this.#offsets[index] = this.#encoder.extent;
      const item = items[index];
      const isIn = spread
        ? this.#encoder.writeArguments(item as readonly unknown[], path)
        : this.#encoder.write(item, path);
      if (!isIn) return false;
    }
    return true;
  }

  #encodeArgs(work: Work): ArgsPlace {
    if (work.args.length === 0) return NO_ARGS;
    const at = this.#encoder.extent;
    if (this.#encoder.writeArguments(work.args, 'args')) return { lane: L.ARGS_BYTES, at, mail: undefined };
    return { lane: L.ARGS_MAIL, at: 0, mail: prepareForMany(work.args, 'args', work.method) };
  }

  /** For `data` bytes and the records after them, which are complete. */
  #allocate(data: number): Block {
    this.#encoder.check();
    return this.#arena.allocate(Math.max(8, data + this.#encoder.extent));
  }
}

interface ArgsPlace {
  readonly lane: number;
  readonly at: number;
  readonly mail: PreparedMessage | undefined;
}
const NO_ARGS: ArgsPlace = { lane: L.ARGS_NONE, at: 0, mail: undefined };

/** What several threads get: nothing in it may be one thread's alone. */
export function prepareForMany(value: unknown, path: string, method: string): PreparedMessage {
  const toMany = `the args of ${method}() go to several: pass it in an item or to apply()`;
  const message = prepareMessage(value, path, { toMany, lasting: true });
  if (!message.moves) return message;
  message.restore();
  throw new SerializationError(
    `\`args\` of ${method}() holds something moved with move(), and goes to several threads: ` +
      'only one could have it. Share it (a SharedArrayBuffer, a SharedArray), or pass it in an item or to apply().',
  );
}

function prepareItems(work: Work, items: readonly unknown[], path: ItemFeed['path'], taken: Set<object>): Parcel {
  // A thread's own job is one of several: every thread gets the same.
  if (work.pinned >= 0) return items.map((item, index) => prepareForMany(item, path(index), work.method));
  const prepared: PreparedMessage[] = [];
  try {
    // Lasting: where a thread ends before it has begun them, they are sent again.
    for (const [index, item] of items.entries()) {
      prepared.push(prepareMessage(item, path(index), { taken, lasting: true }));
    }
  } catch (error) {
    for (const message of prepared) message.restore();
    throw error;
  }
  return prepared;
}
