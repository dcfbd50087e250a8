/** Where items come from: any iterable, sync or async. */
import { SerializationError } from '../errors.js';
import { isDetached } from '../tasks/codec/views.js';
import { isTaskReference } from '../tasks/reference.js';
import { broken } from '../tasks/show.js';

export type Source<T> = Iterable<T> | AsyncIterable<T>;

/** TypeError for what cannot be iterated, SerializationError for a typed array whose memory is gone. */
export function checkSource(items: unknown): void {
  if (items !== null && items !== undefined) {
    const given = items as Partial<Iterable<unknown> & AsyncIterable<unknown>>;
    if (typeof given[Symbol.iterator] === 'function' || typeof given[Symbol.asyncIterator] === 'function') {
      if (ArrayBuffer.isView(items)) checkAttached(items);
      return;
    }
  }
  const message = broken('items', 'an iterable or an async iterable', items);
  const isTask = typeof items === 'function' || isTaskReference(items);
  throw new TypeError(isTask ? `${message}: the task comes first, then the items` : message);
}

/** SerializationError where the array's memory was moved away, or has shrunk away under it. */
export function checkAttached(items: ArrayBufferView): void {
  if (!isDetached(items)) return;
  throw new SerializationError(
    'Cannot send `items` to another thread: its memory is detached: it was transferred or moved before, or its ' +
      'buffer has shrunk',
  );
}

export function isAsync(items: Source<unknown>): items is AsyncIterable<unknown> {
  return typeof (items as AsyncIterable<unknown>)[Symbol.asyncIterator] === 'function';
}

/**
 * All items of an async source. When `abandoned()` turns true between two items, the source's `return()`
 * is called and the rest is not taken.
 */
export async function gather<T>(items: AsyncIterable<T>, abandoned: () => boolean): Promise<T[]> {
  const gathered: T[] = [];
  for await (const item of items) {
    if (abandoned()) break;
    gathered.push(item);
  }
  return gathered;
}

/** An iterator over either kind, whose `next` and `return` may be awaited. */
export function iterate<T>(items: Source<T>): Iterator<T> | AsyncIterator<T> {
  if (isAsync(items)) return (items as AsyncIterable<T>)[Symbol.asyncIterator]();
  return (items as Iterable<T>)[Symbol.iterator]();
}
