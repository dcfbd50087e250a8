/**
 * Squares in a thread that counts the messages it posts, in a word of shared memory that each call brings along:
 * whichever library posts them, they all go through here.
 */
import { MessagePort } from 'node:worker_threads';

let posted: Int32Array | undefined;
const { postMessage } = MessagePort.prototype;
MessagePort.prototype.postMessage = function (this: MessagePort, ...args: unknown[]): void {
  if (posted !== undefined) Atomics.add(posted, 0, 1);
  Reflect.apply(postMessage, this, args);
};

/** From now on this thread's messages are counted there. */
export function countIn(word: Int32Array): void {
  posted = word;
}

export const square = (x: number): number => x * x;
export const squares = (items: readonly number[]): number[] => items.map(square);
