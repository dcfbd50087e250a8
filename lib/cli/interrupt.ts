/**
 * What SIGINT and SIGTERM do. Each has one listener, from the command's first moment to its last. With none, if only
 * between the end of one and the beginning of the next, the signal would end the process itself; and one that was
 * caught for a listener that is gone by the time it is told would be lost.
 */
import { constants } from 'node:os';

let instead: (() => void) | undefined;

/** process.exit ends the threads wherever they are, and lets the progress bar put the terminal right. */
export function listenToSignals(): void {
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => {
      const run = signal === 'SIGINT' ? instead : undefined;
      instead = undefined; // who presses Ctrl-C twice has waited long enough
      if (run === undefined) process.exit(128 + constants.signals[signal]);
      run();
    });
  }
}

/** The next SIGINT calls `run`, which is to end the command, unless what is returned has been disposed of. */
export function onInterrupt(run: () => void): Disposable {
  instead = run;
  return {
    [Symbol.dispose]: () => {
      instead = undefined;
    },
  };
}
