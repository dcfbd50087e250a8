/** The time that a task has to end by itself once it was given up. */
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { jest } from '@jest/globals';
import { taskModule } from 'granule';
import { GRACE_MS } from '#lib/pool/stopping.js';
import { reaches, sharedWords } from './gate.js';
import { openPool } from './pools.js';

const { spin } = taskModule<typeof import('../fixtures/faults/stubborn.js')>(
  new URL('../fixtures/faults/stubborn.js', import.meta.url),
);

/**
 * Resolves when every grace that began before is over: a task that ignores its abort has lost its thread since. A grace
 * whose timer comes late is given again, so that has to happen while this thread is not held up for as long.
 */
export async function graceIsOver(): Promise<void> {
  const delay = monitorEventLoopDelay({ resolution: 10 });
  do {
    delay.reset();
    delay.enable();
    await loseThread();
    delay.disable();
  } while (delay.max / 1e6 > 0.4 * GRACE_MS);
}

async function loseThread(): Promise<void> {
  const pool = openPool(1);
  const words = sharedWords(3);
  const controller = new AbortController();
  const call = pool.apply(spin, [words], { signal: controller.signal });
  await reaches(words, 0, 1);
  controller.abort();
  await call.catch(() => undefined);
  await pool.broadcast(() => undefined);
}

/**
 * Holds back every grace that begins from here on: a task that was given up may end by itself, however long the
 * machine keeps its thread from running. What comes of those that do not is up to `pass()`.
 */
export class HeldGrace implements Disposable {
  readonly #spy;
  #held: (() => void)[] = [];

  constructor() {
    const { setTimeout } = globalThis;
    this.#spy = jest.spyOn(globalThis, 'setTimeout').mockImplementation(((
      callback: () => void,
      ms: number,
      ...args: []
    ) => {
      if (ms !== GRACE_MS) return setTimeout(callback, ms, ...args);
      this.#held.push(callback);
      return setTimeout(() => undefined, 0);
    }) as typeof setTimeout);
  }

  /** All that were held are over now; those that begin with that are held again. */
  pass(): void {
    for (const end of this.#held.splice(0)) end();
  }

  [Symbol.dispose](): void {
    this.#spy.mockRestore();
  }
}
