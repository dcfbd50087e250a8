import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

/**
 * Runs a program of its own Node process, for figures that the suite's own heap would blur, and returns the JSON
 * object it prints.
 */
export async function measureInChild<T>(program: URL, args: readonly (string | number)[]): Promise<T> {
  const argv = ['--expose-gc', fileURLToPath(program), ...args.map(String)];
  try {
    const { stdout } = await promisify(execFile)(process.execPath, argv, { timeout: 600_000 });
    return JSON.parse(stdout) as T;
  } catch (error) {
    const { stderr = '' } = error as { stderr?: string };
    const itsOwn = stderr.split('\n').find((line) => /^\w*(Error|Unavailable)\b/.test(line));
    throw new Error(itsOwn ?? (error as Error).message, { cause: error });
  }
}
