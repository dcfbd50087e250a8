/** What threads print, until it is out of the program. */
import type { Readable } from 'node:stream';
import { isMainThread, type Worker } from 'node:worker_threads';

/** How often output that does not flow is looked at, in milliseconds. */
const OUTPUT_TICK = 250;

/**
 * Resolves when all that a Worker that exits has printed is passed on, by Node's pipes from its streams to this
 * thread's own: they end after its exit, so that a program that ends there and then would lose the last of it.
 */
export async function outputPassedOn({ stdout, stderr }: Worker): Promise<void> {
  await Promise.all([passedOn(stdout, process.stdout), passedOn(stderr, process.stderr)]);
}

/**
 * Resolves when nothing more comes out of the stream, and what came is written: on the main thread, out of the program.
 * (A thread's own stdout is passed on by its starter, which may be blocked until this thread goes on.)
 */
function passedOn(stream: Readable, destination: NodeJS.WriteStream): Promise<void> {
  const isOut = (): boolean =>
    !(isMainThread && stream.readableDidRead) || destination.writableLength === 0 || destination.destroyed;
  return new Promise((resolve) => {
    const look = (): void => {
      if (stream.readableEnded || stream.destroyed) {
        if (!isOut()) return; // a pipe whose reader is slow
        clearInterval(tick);
        resolve();
      } else if (stream.isPaused() && !destination.writableNeedDrain) {
        // A destination that has failed takes nothing any more, and then the pipe lies still.
        stream.resume();
      }
    };
    const tick = setInterval(look, OUTPUT_TICK);
    stream.once('end', look);
    stream.once('close', look);
    look();
  });
}
