import workerpool from 'workerpool';
import { tasks } from './common.js';

interface Context {
  readonly worker: { addAbortListener(listener: () => Promise<void>): void };
}

/** Ends when its call is cancelled, and says so in the word. */
function watches(this: Context, word: Int32Array): Promise<void> {
  Atomics.store(word, 0, 1);
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, 5000);
    this.worker.addAbortListener(async () => {
      clearTimeout(timer);
      Atomics.store(word, 0, 2);
      resolve();
    });
  });
}

workerpool.worker({ ...tasks, watches, pid: () => process.pid }, { abortListenerTimeout: 1000 });
