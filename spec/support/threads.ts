/** Threads that live, whoever started them. */
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { Worker } from 'node:worker_threads';
import { afterAll, beforeAll } from '@jest/globals';

const living = new Set<Worker>();

const note = (message: unknown): void => {
  const { worker } = message as { worker: Worker };
  living.add(worker);
  worker.once('exit', () => living.delete(worker));
};
beforeAll(() => {
  subscribe('worker_threads', note);
});
afterAll(() => {
  unsubscribe('worker_threads', note);
});

/** How many threads live now. */
export function threads(): number {
  return living.size;
}
