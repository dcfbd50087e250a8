import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { projectFile } from '../harness/project.js';
import { Unavailable } from '../harness/suite.js';
import type { Subject } from '../harness/suite.js';
import { THREADS } from './threads.js';

/** The works that pool.py knows. */
export type PythonWork =
  | { readonly work: 'squares'; readonly items: number; readonly chunksize?: number }
  | { readonly work: 'pi'; readonly samples: number };

/**
 * CPython's multiprocessing.Pool, in a Python of its own that waits between its samples: it is timed by its own
 * clock and interleaved with the others.
 */
export function python(name: string, work: PythonWork, units = 1): Subject {
  return {
    name,
    async open() {
      const script = fileURLToPath(projectFile('perf/peers/pool.py'));
      const child = spawn('python3', [script, String(THREADS), JSON.stringify(work)], {
        stdio: ['pipe', 'pipe', 'inherit'],
      });
      const failed = once(child, 'error').then(([error]) => {
        throw new Unavailable(`python3 does not start (${(error as NodeJS.ErrnoException).code})`);
      });
      failed.catch(() => undefined);
      const ended = once(child, 'close');
      const answers = createInterface(child.stdout)[Symbol.asyncIterator]();
      // A write to a Python that has ended fails here too; the answer that does not come says so better.
      child.stdin.on('error', () => undefined);
      const answer = async () => {
        const line = await Promise.race([answers.next(), failed]);
        if (line.done) throw new Error('python3 ended early; its own message is above');
        return JSON.parse(line.value) as { seconds: number; calls: number };
      };
      return {
        async once() {
          await answer(); // it has checked its result against a loop
        },
        async sample(seconds) {
          child.stdin.write(`${seconds}\n`);
          const { seconds: elapsed, calls } = await answer();
          return elapsed / calls / units;
        },
        async close() {
          child.stdin.end();
          await Promise.race([ended, failed]).catch(() => undefined);
        },
      };
    },
  };
}
