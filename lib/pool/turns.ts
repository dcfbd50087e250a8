/** When a pool thread's event loop turns while it has work: for the task's timers, its sockets and its output. */
import { setImmediate as turn } from 'node:timers/promises';

/** A full turn of the event loop at least this often. */
export const TURN_MS = 10;

export class Turns {
  #last = 0;

  /** The event loop has just turned. */
  turned(now: number): void {
    this.#last = now;
  }

  isDue(now: number): boolean {
    return now - this.#last > TURN_MS || process.stdout.writableLength > 0 || process.stderr.writableLength > 0;
  }

  /** Between boards: microtasks run, and when it is time the whole event loop. */
  async breathe(): Promise<void> {
    if (this.isDue(performance.now())) await this.take();
  }

  async take(): Promise<void> {
    await turn();
    this.#last = performance.now();
  }

  /** What the task printed is out before the caller may end this thread. */
  async flush(): Promise<void> {
    for (const stream of [process.stdout, process.stderr]) {
      if (stream.writableLength > 0) await new Promise<void>((resolve) => stream.write('', () => { resolve(); }));
    }
  }
}
