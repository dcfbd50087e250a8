/**
 * A parcel on its way. Whatever is transferred can go to one thread only. Where that thread is known when the call is
 * made, the items are posted to it at once. Where it is not, since all are busy, they are posted into a port (that is
 * when they are read, checked and detached), and the port's other end goes to the thread that claims the ticket.
 */
import { MessageChannel, type MessagePort, type Transferable } from 'node:worker_threads';
import { SerializationError } from '../errors.js';
import type { PreparedMessage } from '../tasks/codec/message.js';
import type { Closeable, ParcelMail, TransferList } from './protocol.js';

type Post<M> = (message: M, transfer: TransferList) => void;

/** The items of a parcel, or some of them, by `post`. SerializationError for what structured clone refuses. */
export function postItems(items: readonly PreparedMessage[], post: Post<ParcelMail & { items: unknown }>): void {
  const messages = items.map((item) => item.load());
  const transfer = messages.flatMap((message) => message.transfer);
  const closeables = transfer.filter((object) => typeof (object as Partial<Closeable>).close === 'function');
  try {
    post(
      { items: messages.map(({ value }) => value), closeables: closeables as Closeable[] },
      transfer as Transferable[],
    );
  } catch (error) {
    for (const message of messages) message.undo();
    throw new SerializationError(`An item or argument cannot cross to a thread: ${(error as Error).message}`, {
      cause: error,
    });
  }
}

/** The same into a port, for whoever gets it. */
export function sealLetter(items: readonly PreparedMessage[]): MessagePort {
  const { port1, port2 } = new MessageChannel();
  try {
    postItems(items, (message, transfer) => {
      port1.postMessage(message, transfer);
    });
  } catch (error) {
    port1.close();
    throw error;
  }
  port2.unref();
  return port2;
}
