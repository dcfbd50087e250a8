/** The built command, run as a child process. */
import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

const main = fileURLToPath(new URL('../../../dist/lib/cli/main.js', import.meta.url));

export interface Outcome {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A command under way. */
export class Command implements Disposable {
  readonly child: ChildProcessWithoutNullStreams;
  readonly #outcome: Promise<Outcome>;
  #stdout = '';
  #stderr = '';

  constructor(...words: string[]) {
    this.child = spawn(process.execPath, [main, ...words]);
    this.child.stdout.setEncoding('utf8').on('data', (text: string) => (this.#stdout += text));
    this.child.stderr.setEncoding('utf8').on('data', (text: string) => (this.#stderr += text));
    this.#outcome = once(this.child, 'close').then((values) => {
      const [code, signal] = values as [Outcome['code'], Outcome['signal']];
      return { code, signal, stdout: this.#stdout, stderr: this.#stderr };
    });
  }

  /** Resolves once stderr matches; rejects if the command ends before. */
  async shows(pattern: RegExp): Promise<void> {
    const ended = this.#outcome.then((outcome) => {
      throw new Error(`Ended before it showed ${pattern}: ${JSON.stringify(outcome)}`);
    });
    while (!pattern.test(this.#stderr)) await Promise.race([once(this.child.stderr, 'data'), ended]);
  }

  end(): Promise<Outcome> {
    return this.#outcome;
  }

  [Symbol.dispose](): void {
    this.child.kill('SIGKILL');
  }
}

export async function granule(...words: string[]): Promise<Outcome> {
  using command = new Command(...words);
  return await command.end();
}
