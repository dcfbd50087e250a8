/**
 * How a thread that blocks sees the end of those that it has started: their 'exit' reaches it only when its event loop
 * turns, and until then a lock that they held would stay theirs.
 *
 * A *lifeline* is a MessageChannel with one end in the thread and the other with its starter. Node closes the thread's
 * end as it takes the thread's environment down, when no line of JavaScript and no native call of its runs any more; it
 * puts that as a message into the starter's end, where it can be read at any time. A starter that sleeps looks once a
 * slow tick, and writes to the table what a thread that ends by process.exit() writes there itself.
 */

import { receiveMessageOnPort, type MessagePort } from 'node:worker_threads';
import { isShut } from './port-end.js';
import { threadIsOver } from './threads.js';
import { now } from './wait-options.js';

/** By thread id. */
const lines = new Map<number, MessagePort>();

/** The other end of `line` lies in that thread, which this one has started. */
export function watchThread(id: number, line: MessagePort): void {
  lines.set(id, line);
  line.on('close', () => {
    lines.delete(id);
  });
}

/** Milliseconds between two looks: asking Node takes 2 to 80 µs a thread. */
const LOOK_AGAIN = 100;
let lookedAt = 0;

/** Called in a thread that has slept for a while. */
export function noticeEnds(): void {
  if (lines.size === 0) return;
  const time = now();
  if (time - lookedAt < LOOK_AGAIN) return;
  lookedAt = time;
  for (const [id, line] of lines) {
    receiveMessageOnPort(line);
    if (!isShut(line)) continue;
    lines.delete(id);
    threadIsOver(id);
  }
}
