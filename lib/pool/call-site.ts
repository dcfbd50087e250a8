/**
 * Where a call was made, for the stack of an error that comes back from a thread.
 *
 * Capturing a stack costs 2 to 6 µs, more than all the rest of a short call. So the first few calls in a turn
 * of the event loop are captured; for the others `withAsyncFrames` reads, when a call has failed, the async
 * frames that V8 keeps at no cost ("zero-cost async stack traces"): they show a caller that awaits.
 */

export interface Site {
  /** Formatted by V8 only when it is read. */
  readonly stack?: string;
}

const CAPTURES_PER_TURN = 4;
/** A site that was not captured. */
export const UNSEEN: Site = Object.freeze({});

let left = CAPTURES_PER_TURN;

/** The site above the function `below`. */
export function callSite(below: (...args: never[]) => unknown): Site {
  if (left === 0) return UNSEEN;
  if (left-- === CAPTURES_PER_TURN) {
    setImmediate(() => {
      left = CAPTURES_PER_TURN;
    }).unref();
  }
  const site: Site = {};
  Error.captureStackTrace(site, below);
  return site;
}

/** The promise, whose rejection gets the async frames of whoever awaits it. */
export async function withAsyncFrames<R>(promise: Promise<R>): Promise<R> {
  try {
    return await promise;
  } catch (error) {
    addFrames(error);
    throw error;
  }
}

function addFrames(error: unknown): void {
  if (typeof error !== 'object' || error === null) return;
  const { stack } = error as { stack?: unknown };
  if (typeof stack !== 'string') return;
  const here: Site = {};
  Error.captureStackTrace(here, addFrames);
  const frames = (here.stack ?? '').split('\n').filter((line) => line.startsWith('    at async '));
  if (frames.length === 0) return;
  try {
    Object.defineProperty(error, 'stack', { value: [stack, ...frames].join('\n'), configurable: true, writable: true });
  } catch {
    // A frozen error keeps the stack it has.
  }
}
