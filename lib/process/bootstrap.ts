/** What is true of a thread while it loads the module that it is to run. */
import { threadState } from '../tasks/thread-state.js';

interface Bootstrap {
  /** What the process's thread is loading; undefined once it runs, and in every other thread. */
  loading: string | undefined;
}

export const bootstrap = threadState<Bootstrap>('bootstrap', () => ({ loading: undefined }));
