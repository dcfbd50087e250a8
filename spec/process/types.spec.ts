/** What compiles and what must not: the compiler runs these specs (tsc -p spec), Jest only loads them. */
import { expect, test } from '@jest/globals';
import { activeChildren, currentProcess, parentProcess, Process, taskModule, type ProcessInfo } from 'granule';

const { add } = taskModule<typeof import('../fixtures/process/targets.js')>(
  new URL('../fixtures/process/targets.js', import.meta.url),
);

// Never called: what is in it is only compiled.
async function processes(words: Int32Array): Promise<void> {
  new Process({ target: add, args: [1, 2, words], name: 'x', daemon: true }).start();
  new Process({ target: (text: string) => text.length, args: ['abc'] }).start();
  new Process().start();
  // @ts-expect-error: too few arguments
  new Process({ target: add, args: [1, 2] }).start();
  // @ts-expect-error: an argument of another type
  new Process({ target: (text: string) => text.length, args: [1] }).start();

  const process: Process<[number, number, Int32Array]> = new Process({ target: add, args: [1, 2, words] });
  // @ts-expect-error: a name is given once
  process.name = 'other';
  process.daemon = false;
  const ends: Promise<void>[] = [process.join(), process.join(1), process.sentinel];
  const code: number | undefined = process.exitcode;
  const error: Error | undefined = process.error;
  const infos: (ProcessInfo | undefined)[] = [currentProcess(), parentProcess()];
  const children: Process[] = activeChildren();
  await Promise.all(ends);
  void [code, error, infos, children];
}

export class Located extends Process {
  static override readonly module = import.meta.url;
  override async run(): Promise<string> {
    return `${this.name} ${this.pid}`;
  }
}

test('types are checked by the compiler', () => {
  expect([processes, Located]).toHaveLength(2);
});
