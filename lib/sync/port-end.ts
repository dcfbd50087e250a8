import type { MessagePort } from 'node:worker_threads';

/**
 * Whether the port has read that the other end is closed, without the event loop's help: receiveMessageOnPort() takes
 * that last message as well, and answers nothing. A port that is closed, or about to be, cannot be transferred, and
 * Node says so before it looks at the value; the value refuses to be read, so that nothing is transferred in any case.
 *
 * After the port's 'close', and once this was true, the port is not to be touched: to receive from one that tells its
 * 'close' just then ends the process (Node 20 to 26).
 */
export function isShut(port: MessagePort): boolean {
  let wasRead = false;
  const value = {
    get never(): never {
      wasRead = true;
      throw NEVER;
    },
  };
  try {
    structuredClone(value, { transfer: [port as unknown as ArrayBuffer] });
  } catch {
    return !wasRead;
  }
  return true;
}
const NEVER = new Error('never sent');
