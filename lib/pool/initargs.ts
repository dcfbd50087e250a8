/** What the initializer is called with: every thread gets it, the replacement of a lost one too. */
import { SerializationError } from '../errors.js';
import { prepareMessage, type PreparedMessage } from '../tasks/codec/message.js';

/** SerializationError for what cannot cross, or only to one thread. */
export function prepareInitargs(initargs: readonly unknown[]): PreparedMessage {
  const toMany = 'initargs go to every thread: send it with apply()';
  const message = prepareMessage(initargs, 'initargs', { toMany, lasting: true });
  if (!message.moves) return message;
  message.restore();
  throw new SerializationError(
    '`initargs` holds something moved with move(), and goes to every thread: share it, or send it with apply()',
  );
}
