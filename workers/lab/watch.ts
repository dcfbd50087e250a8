/** Watches this thread's claims and counts its messages, for lib/lab/watch.ts, which reads what is written here. */
import { threadId } from 'node:worker_threads';
import { claims } from '../../lib/pool/claim-watch.js';
import { countMessages } from '../../lib/lab/messages.js';
import { FIELDS, recordsOf } from '../../lib/lab/records.js';

let stopCounting: (() => void) | undefined;

/** Returns this thread's id. */
export function watch(memory: SharedArrayBuffer): number {
  const { words, doubles, capacity } = recordsOf(memory);
  stopCounting?.();
  stopCounting = countMessages(words, 1);
  let entry = -1;
  claims.watch = {
    begin: (serial, from, until) => {
      entry = Atomics.add(words, 0, 1);
      if (entry >= capacity) return;
      const at = entry * FIELDS;
      doubles[at] = threadId;
      doubles[at + 1] = serial;
      doubles[at + 2] = from;
      doubles[at + 3] = until;
      doubles[at + 4] = now();
      doubles[at + 5] = NaN;
    },
    cut: (until) => {
      if (entry >= 0 && entry < capacity) doubles[entry * FIELDS + 3] = until;
    },
    end: () => {
      if (entry >= 0 && entry < capacity) doubles[entry * FIELDS + 5] = now();
      entry = -1;
    },
  };
  return threadId;
}

export function unwatch(): void {
  claims.watch = undefined;
  stopCounting?.();
  stopCounting = undefined;
}

/** Milliseconds on a clock that all threads share: each has a zero of its own for performance.now(). */
function now(): number {
  const [seconds, nanoseconds] = process.hrtime();
  return seconds * 1e3 + nanoseconds / 1e6;
}
