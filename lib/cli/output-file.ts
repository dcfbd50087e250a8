/** Files that a command writes at its end. */
import { closeSync, existsSync, openSync, rmSync } from 'node:fs';
import { InvalidArgumentError } from 'commander';

/** Before anything is measured: twenty seconds for nothing are a poor error message. */
export function requireWritable(option: string, file: string | undefined): void {
  if (file === undefined) return;
  const isNew = !existsSync(file);
  try {
    closeSync(openSync(file, 'a'));
    if (isNew) rmSync(file);
  } catch (error) {
    throw new InvalidArgumentError(`${option}: ${(error as Error).message}`);
  }
}
