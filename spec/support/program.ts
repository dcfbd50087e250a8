import { fileURLToPath } from 'node:url';
import { run, type Outcome } from '../package/folder.js';

/** Runs a program of fixtures/pool/programs in a process of its own; resolves when it has ended by itself. */
export function program(name: string, ...args: string[]): Promise<Outcome> {
  const file = fileURLToPath(new URL(`../fixtures/pool/programs/${name}.js`, import.meta.url));
  return run(process.execPath, [file, ...args], '.');
}
