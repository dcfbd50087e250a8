import { ReadableStream, TransformStream, WritableStream } from 'node:stream/web';
import { types } from 'node:util';
import { MessagePort } from 'node:worker_threads';
import { shown } from './show.js';
import { threadState } from './thread-state.js';

const marks = threadState('moved', () => new WeakSet<object>());

/**
 * Marks a value whose memory moves instead of being copied: an ArrayBuffer, a typed array, a
 * MessagePort, any transferable, at any depth of an argument or of a task's return value. The
 * sender's view is detached. A view of part of a buffer (a pooled Buffer, a subarray) would detach
 * its neighbours: its part is copied instead. Shared memory is never copied, and needs no mark.
 *
 * @returns the value itself
 * @throws TypeError if the value is nothing that can move
 */
export function move<T extends object>(value: T): T {
  if (isShared(value)) return value;
  if (!isTransferable(value)) {
    throw new TypeError(
      'Expected an ArrayBuffer, a view of one, a MessagePort or another transferable, got ' +
        `${shown(value)}. ` +
        'Mark the parts of a value that can move, as in { pixels: move(pixels), width }',
    );
  }
  marks.add(value);
  return value;
}

/** Whether `value` itself was marked; what it holds has marks of its own. */
export function isMoved(value: unknown): boolean {
  return typeof value === 'object' && value !== null && marks.has(value);
}

/** Takes the mark off: for a value that was sent. */
export function unmark(value: object): void {
  marks.delete(value);
}

function isShared(value: unknown): boolean {
  return types.isSharedArrayBuffer(value) || (ArrayBuffer.isView(value) && types.isSharedArrayBuffer(value.buffer));
}

/** Node's own objects have one realm, so instanceof is safe for them, where memory may come from any. */
function isTransferable(value: unknown): boolean {
  return (
    types.isArrayBuffer(value) ||
    ArrayBuffer.isView(value) ||
    value instanceof MessagePort ||
    value instanceof ReadableStream ||
    value instanceof WritableStream ||
    value instanceof TransformStream ||
    value instanceof AbortSignal || // of util.transferableAbortController(); no other can be told from it
    isFileHandle(value)
  );
}

/** What fs.promises.open() gives: Node exports no class for it. */
function isFileHandle(value: unknown): boolean {
  return (
    typeof value === 'object' &&
    value !== null &&
    value.constructor?.name === 'FileHandle' &&
    typeof (value as { fd?: unknown }).fd === 'number'
  );
}
