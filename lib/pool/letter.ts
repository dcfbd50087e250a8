/**
 * A parcel on its way. Whatever is transferred can go to one thread only, and which one is known only
 * when a runner claims the ticket. So the items are posted into a port when the call is made (that is
 * when they are read, checked and detached), and the port's other end goes to the thread that asks.
 */
import { MessageChannel, type MessagePort, type Transferable } from 'node:worker_threads';
import { SerializationError } from '../errors.js';
import type { Parcel } from './job.js';

/** SerializationError for what structured clone refuses. */
export function sealLetter(parcel: Parcel): MessagePort {
  const { port1, port2 } = new MessageChannel();
  try {
    port1.postMessage(parcel.value, parcel.transfer as Transferable[]);
  } catch (error) {
    port1.close();
    throw new SerializationError(`An item or argument cannot cross to a thread: ${(error as Error).message}`, {
      cause: error,
    });
  }
  port2.unref();
  return port2;
}
