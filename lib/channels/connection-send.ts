/** How a value leaves through a pipe: primitives as they are, all else packed, with what of it moves. */
import { SerializationError } from '../errors.js';
import { AT_ONCE, prepareMessage, type PreparedMessage } from '../tasks/codec/message.js';
import { isMoved, move, unmark } from '../tasks/move.js';
import { isPrimitive } from '../tasks/primitive.js';
import { broken, show } from '../tasks/show.js';
import type { Line, Packed } from './connection-line.js';

/** The pipe that a value is being packed for: its own ends cannot go through it. */
let under: ArrayBufferLike | undefined;

/** Whether what is being packed just now will be sent through the pipe of that line. */
export function isPackingFor(line: Line): boolean {
  return line.memory === under;
}

/** Throws what Connection.send() throws for a value or its `transfer`, and then nothing was sent, nor has moved. */
export function sendOn(line: Line, value: unknown, transfer: readonly object[] | undefined): void {
  if (transfer === undefined && isPrimitive(value)) line.post(value, []);
  else sendPacked(line, value, transfer ?? []);
}

function sendPacked(line: Line, value: unknown, transfer: readonly object[]): void {
  const outer = under;
  const marked = mark(transfer);
  let prepared: PreparedMessage;
  try {
    under = line.memory;
    prepared = prepareMessage(value, 'value', AT_ONCE);
    for (const object of marked) {
      if (isMoved(object) && !prepared.isMoving(object)) throw notInValue(object);
    }
  } finally {
    under = outer;
    marked.forEach(unmark);
  }
  const message = prepared.load();
  try {
    const packed: Packed = { message: message.value, transfer: message.transfer };
    line.post(packed, message.transfer);
  } catch (cause) {
    message.undo();
    throw new SerializationError(`Cannot send \`value\` through the pipe: ${(cause as Error).message}`, { cause });
  }
}

/** Those that were not marked before; those that were stay so if the value is refused. */
function mark(transfer: readonly object[]): object[] {
  if (!Array.isArray(transfer)) throw new TypeError(broken('transfer', 'an array of what is to move', transfer));
  const fresh = (transfer as readonly object[]).filter((object) => !isMoved(object));
  try {
    fresh.forEach(move);
  } catch (error) {
    fresh.forEach(unmarkAny);
    throw error;
  }
  return fresh;
}

function unmarkAny(value: unknown): void {
  if (typeof value === 'object' && value !== null) unmark(value);
}

function notInValue(object: object): TypeError {
  return new TypeError(
    `Expected \`transfer\` to list what moves with the value, got ${show(object, { depth: -1 })}, ` +
      'which is not in it, or seen only in part: such a part is copied',
  );
}
