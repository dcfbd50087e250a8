/**
 * Where a call was made, for the stack of an error that comes back from a thread.
 *
 * Capturing a stack costs 2 to 6 µs, more than all the rest of a short call. So in a storm of calls only so many
 * a second are captured; for the others `withAsyncFrames` reads, when a call has failed, the async frames that
 * V8 keeps at no cost ("zero-cost async stack traces"): they show a caller that awaits.
 */

export interface Site {
  /** Formatted by V8 only when it is read. */
  readonly stack?: string | undefined;
}

/** A bucket of captures: this many at once, and another one every so many milliseconds. */
const BURST = 64;
const REFILL_MS = 0.05;
/** A site that was not captured. */
export const UNSEEN: Site = Object.freeze({ stack: undefined });

/** The time up to which captures have been paid for. */
let paid = 0;

/** The site above the function `below`. */
export function callSite(below: (...args: never[]) => unknown): Site {
  const now = performance.now();
  if (paid - now > BURST * REFILL_MS) return UNSEEN;
  paid = Math.max(paid, now) + REFILL_MS;
  const site: Site = {};
  Error.captureStackTrace(site, below);
  return site;
}

/** A site that is captured only if somebody wants it: read it, or `see` it, while the call is being made. */
export class LateSite implements Site {
  /** What was called ended well within the call: nobody will want it. */
  isMoot = false;
  readonly #below: (...args: never[]) => unknown;
  #seen: Site | undefined;

  constructor(below: (...args: never[]) => unknown) {
    this.#below = below;
  }

  see(): Site {
    return (this.#seen ??= callSite(this.#below));
  }

  get stack(): string | undefined {
    return this.see().stack;
  }
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
