/**
 * A parcel on its way. Whatever is transferred can go to one thread only, and which one is known only
 * when a runner claims the ticket. So the items are posted into a port when the call is made (that is
 * when they are read, checked and detached), and the port's other end goes to the thread that asks.
 */
import { MessageChannel, type MessagePort, type Transferable } from 'node:worker_threads';
import { SerializationError } from '../errors.js';
import type { PreparedMessage } from '../tasks/codec/message.js';

/** The items of a parcel, or some of them. SerializationError for what structured clone refuses. */
export function sealLetter(items: readonly PreparedMessage[]): MessagePort {
  const { port1, port2 } = new MessageChannel();
  const messages = items.map((item) => item.load());
  try {
    const transfer = messages.flatMap((message) => message.transfer);
    port1.postMessage(messages.map(({ value }) => value), transfer as Transferable[]);
  } catch (error) {
    port1.close();
    for (const message of messages) message.undo();
    throw new SerializationError(`An item or argument cannot cross to a thread: ${(error as Error).message}`, {
      cause: error,
    });
  }
  port2.unref();
  return port2;
}
