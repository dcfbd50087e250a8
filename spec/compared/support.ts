import { MessagePort, Worker } from 'node:worker_threads';
import type { Cell, Library, OpenPool, Opening } from './library.js';

export type Outcome =
  | { readonly state: 'resolves'; readonly value: unknown }
  | { readonly state: 'rejects' | 'throws'; readonly error: unknown }
  | { readonly state: 'hangs' };

/** What a call comes to; 'hangs' after so many milliseconds. */
export async function outcomeOf(call: () => PromiseLike<unknown>, withinMs = 8000): Promise<Outcome> {
  let promise: PromiseLike<unknown>;
  try {
    promise = call();
  } catch (error) {
    return { state: 'throws', error };
  }
  return new Promise((resolve) => {
    const timer = setTimeout(() => { resolve({ state: 'hangs' }); }, withinMs);
    const settle = (outcome: Outcome): void => {
      clearTimeout(timer);
      resolve(outcome);
    };
    promise.then(
      (value) => { settle({ state: 'resolves', value }); },
      (error: unknown) => { settle({ state: 'rejects', error }); },
    );
  });
}

export const words = (...values: number[]): Int32Array => {
  const shared = new Int32Array(new SharedArrayBuffer(4 * values.length));
  shared.set(values);
  return shared;
};

export async function until(condition: () => boolean, withinMs = 8000): Promise<boolean> {
  for (const end = performance.now() + withinMs; performance.now() < end; ) {
    if (condition()) return true;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  return condition();
}

export const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Does the pool run as many tasks at once as it has threads? Tried thrice: on a busy machine threads start late. */
export async function isAtFullSize(pool: OpenPool, threads = 2): Promise<boolean> {
  for (let attempt = 0; attempt < 3; attempt++) {
    const present = words(0, threads);
    const met = await Promise.all(
      Array.from({ length: threads }, () => outcomeOf(() => pool.run('meets', present), 8000)),
    );
    if (met.every((outcome) => outcome.state === 'resolves' && outcome.value === true)) return true;
  }
  return false;
}

/** A name and a message, or what else was thrown. */
export function described(error: unknown): string {
  if (typeof error !== 'object' || error === null) return String(error);
  const { name, message } = error as Partial<Error>;
  if (name === undefined && message === undefined) return JSON.stringify(error);
  return `${name}: ${message === '' ? '(no message)' : message?.split('\n')[0].slice(0, 160)}`;
}

/** The cell of a call that should fail: how it settles, and whether the pool has all its threads afterwards. */
export async function failureCell(pool: OpenPool, outcome: Outcome, threads = 2): Promise<Cell> {
  const full = await isAtFullSize(pool, threads);
  const verb = outcome.state === 'throws' ? 'throws at the call' : outcome.state;
  const detail = 'error' in outcome ? described(outcome.error) : undefined;
  return { cell: full ? verb : `${verb}, a thread short`, ...(detail === undefined ? {} : { detail }) };
}

/** A pool whose threads have all worked already: what befalls a start is another claim. */
export async function warmPool(library: Library, opening?: Opening): Promise<OpenPool> {
  const pool = await library.open(opening);
  await Promise.all(Array.from({ length: 2 * (opening?.threads ?? 2) }, (_, i) => pool.run('sleeps', 50 + i)));
  return pool;
}

const alive = new Set<Worker>();
process.on('worker', (worker) => {
  alive.add(worker);
  worker.on('exit', () => alive.delete(worker));
});

/** The threads that this process has now, whoever started them. */
export const threadsAlive = (): readonly Worker[] => [...alive];

/** Counts what is posted to threads from here on. */
export function messagesPosted(): () => number {
  let count = 0;
  for (const { prototype } of [Worker, MessagePort]) {
    const post = prototype.postMessage;
    prototype.postMessage = function (this: never, ...args: Parameters<typeof post>) {
      count++;
      return post.apply(this, args);
    } as typeof post;
  }
  return () => count;
}
