import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { setTimeout as sleep } from 'node:timers/promises';
import { TestEnvironment } from 'jest-environment-node';

const patience = 30_000; // ms, for threads that were told to end and are at it; one that loads may take 5 s

/** Node's environment, in which a spec file fails that leaves threads running: they would take the next one's cores. */
export default class ThreadWatch extends TestEnvironment {
  #running = new Set();
  #note = ({ worker }) => {
    this.#running.add(worker);
    worker.once('exit', () => this.#running.delete(worker));
  };

  async setup() {
    await super.setup();
    subscribe('worker_threads', this.#note);
  }

  async teardown() {
    unsubscribe('worker_threads', this.#note);
    const ends = [...this.#running].map((worker) => new Promise((resolve) => worker.once('exit', resolve)));
    await Promise.race([Promise.all(ends), sleep(patience, undefined, { ref: false })]);
    const left = [...this.#running];
    const names = left.map((worker) => worker.threadName ?? `thread ${worker.threadId}`).join(', ');
    await Promise.all(left.map((worker) => worker.terminate()));
    await super.teardown();
    if (left.length > 0) {
      throw new Error(
        `${left.length} thread(s) still ran after the last test of this file: ${names}. ` +
          'End what a test starts: `await using`, or `await pool.terminate()` in afterEach or afterAll.',
      );
    }
  }
}
