/** What a turn leaves behind in the process: it should be nothing. */
import { setTimeout as sleep } from 'node:timers/promises';
import { threadTable } from '#lib/sync/threads.js';
import { ThreadWatch } from '../../fixtures/faults/watch-threads.js';
import { isOwn } from '../fuzz/attempt.js';

const PATIENCE = 20_000; // ms, for threads and handles that are at their end

export interface Memory {
  readonly rss: number;
  readonly heap: number;
  /** Beside the heap, as V8 counts it: buffers and their like. */
  readonly external: number;
}

export class Remains implements Disposable {
  readonly #threads = new ThreadWatch();
  #kept = new Map<string, number>();
  readonly #troubles: string[] = [];
  readonly #note = (what: string) => (error: Error): void => {
    this.#troubles.push(`${what}: ${error.stack ?? String(error)}`);
  };
  readonly #listeners = {
    uncaughtException: (error: Error): void => {
      // A callback that throws is meant to end there, and so is a value of the fuzz that throws in one.
      if (!isOwn(error)) this.#note('an uncaught error')(error);
    },
    unhandledRejection: this.#note('an unhandled rejection'),
    warning: this.#note('a warning'),
  };

  constructor() {
    for (const [event, listener] of Object.entries(this.#listeners)) process.on(event, listener);
    this.#kept = handles();
  }

  /** Threads that were started so far. */
  get threadsStarted(): number {
    return this.#threads.started;
  }

  /** What is there that was not there at first, once all that is ending has ended; [] for nothing. */
  async left(): Promise<string[]> {
    const deadline = performance.now() + PATIENCE;
    for (;;) {
      const left = this.#look();
      if (left.length === 0 || performance.now() > deadline) return [...this.#troubles, ...left];
      await sleep(10);
    }
  }

  #look(): string[] {
    const left: string[] = [];
    const { alive } = this.#threads;
    if (alive.size > 0) left.push(`${alive.size} threads run on`);
    const entered = threadsInTable();
    if (entered !== 1) left.push(`the thread table has ${entered} threads instead of this one`);
    for (const [name, count] of handles()) {
      const kept = this.#kept.get(name) ?? 0;
      if (count > kept) left.push(`${count - kept} more of ${name}`);
    }
    return left;
  }

  /** After a first round: what Node itself has kept by then is no leak of a turn. */
  settle(): void {
    this.#kept = handles();
  }

  [Symbol.dispose](): void {
    this.#threads[Symbol.dispose]();
    for (const [event, listener] of Object.entries(this.#listeners)) process.off(event, listener);
  }
}

function handles(): Map<string, number> {
  const counts = new Map<string, number>();
  for (const name of process.getActiveResourcesInfo()) {
    counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  return counts;
}

/** Slots of the table of living threads that are taken; its layout stands in lib/sync/threads.ts. */
function threadsInTable(): number {
  const words = new Int32Array(threadTable());
  let taken = 0;
  for (let slot = 2; slot < words.length; slot += 2) if (words[slot] !== 0) taken++;
  return taken;
}

/** After collecting, where the process was started with --expose-gc. */
export async function memory(): Promise<Memory> {
  for (let round = 0; round < 3; round++) {
    globalThis.gc?.();
    await sleep(20); // finalizers, and threads that give their memory back
  }
  const { rss, heapUsed, external } = process.memoryUsage();
  return { rss, heap: heapUsed, external };
}
