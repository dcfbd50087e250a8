import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { Unavailable } from '../harness/suite.js';
import type { OpenSubject } from '../harness/suite.js';

/**
 * A program that times itself by its own clock and waits between its samples, so that it takes turns with the other
 * subjects: it makes one call, prints a line with its result, unless it has checked that by itself, then answers every
 * line on stdin, a number of seconds, with `{"seconds": …, "calls": …}` as it measured them in about that time.
 */
export function answeringProgram(command: string, args: readonly string[], units: number): OpenSubject {
  const child = spawn(command, args, { stdio: ['pipe', 'pipe', 'inherit'] });
  const failed = once(child, 'error').then(([error]) => {
    const { code } = error as NodeJS.ErrnoException;
    throw new Unavailable(code === 'ENOENT' ? `no ${command} here` : `${command} does not start (${String(code)})`);
  });
  failed.catch(() => undefined);
  const ended = once(child, 'close');
  const answers = createInterface(child.stdout)[Symbol.asyncIterator]();
  // A write to a program that has ended fails here too; the answer that does not come says so better.
  child.stdin.on('error', () => undefined);
  const answer = async () => {
    const line = await Promise.race([answers.next(), failed]);
    if (line.done) throw new Error(`${command} ended early; its own message is above`);
    return JSON.parse(line.value) as { seconds: number; calls: number; result?: unknown };
  };
  return {
    async once() {
      return (await answer()).result;
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
}
