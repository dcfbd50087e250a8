/**
 * How long the managers live that this thread started. The thread of such a manager is watched by its Worker's events,
 * which tell why it ended; elsewhere all that is seen of an end is that the ports are closed.
 */
import { threadState } from '../tasks/thread-state.js';

/** Why a manager answers no more. */
export interface Ending {
  /** Goes on after "the manager was shut down" or the like. */
  readonly reason: string;
  /** The uncaught error, if one ended the thread. */
  readonly cause?: unknown;
}

/** A line to an object of the manager's that this thread holds. */
export interface Closable {
  end(ending: Ending): void;
}

/** A manager that this thread started. */
export class Lifetime {
  /** Lines from this thread that are open. */
  readonly lines = new Set<Closable>();
  /** Resolves when the manager has ended, or is being shut down. */
  readonly ended: Promise<void>;
  #ending: Ending | undefined;
  #settle: () => void = () => undefined;

  constructor() {
    this.ended = new Promise((resolve) => (this.#settle = resolve));
  }

  get ending(): Ending | undefined {
    return this.#ending;
  }

  /** The first reason counts: a thread that is shut down also exits. */
  end(ending: Ending): void {
    this.#ending ??= ending;
    this.#settle();
  }
}

const lifetimes = threadState('managers', () => new Map<number, Lifetime>());

/** `threadId` is the manager's. */
export function addLifetime(threadId: number, lifetime: Lifetime): void {
  lifetimes.set(threadId, lifetime);
}

/** Its thread has ended; whose lines know it go on to. */
export function removeLifetime(threadId: number): void {
  lifetimes.delete(threadId);
}

/** undefined for a manager that another thread started. */
export function lifetimeOf(threadId: number): Lifetime | undefined {
  return lifetimes.get(threadId);
}
