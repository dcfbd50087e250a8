/**
 * What a call's items, arguments and results go through that runs on the caller as if it ran in a thread: encoded or
 * cloned when they leave, decoded where they arrive, moved where they say so.
 */
import { types } from 'node:util';
import { SerializationError } from '../errors.js';
import { sharedMemory } from '../memory/ballast.js';
import { Decoder } from '../tasks/codec/decoder.js';
import { Encoder } from '../tasks/codec/encoder.js';
import { unpackMessage, type LoadedMessage, type PreparedMessage } from '../tasks/codec/message.js';
import { elementBytes, typedView, typeOf } from './columns.js';
import type { Feed } from './engine.js';
import { checkAttached } from './sources.js';
import type { TypedArray } from './typed-array.js';

type Prepare = (value: unknown, path: string) => PreparedMessage;

export class InlineCrossing {
  readonly #encoder = new Encoder();
  readonly #decoder = new Decoder();

  departures(feed: Feed & { kind: 'items' }, prepare: Prepare): (() => () => unknown)[] {
    // Not items.map: it leaves out holes.
    const { items, path } = feed;
    return Array.from({ length: items.length }, (_, i) => this.departure(items[i], path(i), prepare));
  }

  /** Encodes a value now; the returned function sends it, and gives a function that receives it, once. */
  departure(value: unknown, path: string, prepare: Prepare): () => () => unknown {
    this.#encoder.reset();
    if (this.#encoder.write(value, path)) {
      // Not `slice`: the encoder's bytes are a Buffer, whose slice is a view.
      const bytes = new Uint8Array(this.#encoder.bytes.subarray(0, this.#encoder.length));
      return () => () => this.#decoder.read(bytes, 0);
    }
    const message = prepare(value, path);
    return () => {
      const cloned = crossed(message.load());
      return () => unpackMessage(cloned);
    };
  }
}

/** What a thread would receive. */
export function crossed({ value, transfer, undo }: LoadedMessage): unknown {
  try {
    return structuredClone(value, { transfer: transfer as ArrayBuffer[] });
  } catch (error) {
    undo();
    const what = error as Error;
    throw new SerializationError(`An item or argument cannot cross to a thread: ${what.message}`, { cause: error });
  }
}

/** A typed array over memory of its own is copied when the call is made; shared memory is shared. */
export function ownCopy(items: TypedArray): TypedArray {
  checkAttached(items);
  if (types.isSharedArrayBuffer(items.buffer)) return items;
  // Not `slice`: a Buffer's is a view.
  const copy = sharedLike(items);
  (copy as Uint8Array).set(items as Uint8Array);
  return copy;
}

/** Room for the results, which may be shared. */
export function sharedLike(items: TypedArray): TypedArray {
  const type = typeOf(items);
  return typedView(sharedMemory(elementBytes(type) * items.length), type, 0, items.length);
}
