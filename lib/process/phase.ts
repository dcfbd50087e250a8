/**
 * How far a process's thread is, in one word of shared memory. Ending a thread while it evaluates a module with a
 * top-level await kills the whole program (Node 22 to 26), so a thread that still loads is asked to end itself:
 *
 *   LOADING → RUNNING   by the thread, when all is loaded: from here on it may be ended at any moment
 *   LOADING → ENDING    by the starter: the thread exits when it has loaded what it was at
 *
 * Both by compare-exchange, so one of them loses and obeys.
 */
import { threadState } from '../tasks/thread-state.js';

export const LOADING = 0;
export const RUNNING = 1;
export const ENDING = 2;

interface Bootstrap {
  /** The module that this thread, a process's, is loading in order to run it; undefined once it runs. */
  loading: string | undefined;
}

/** What the thread itself knows of it, for code of that module. */
export const bootstrap = threadState<Bootstrap>('bootstrap', () => ({ loading: undefined }));
