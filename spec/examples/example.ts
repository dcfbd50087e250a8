import { resolve } from 'node:path';
import type { Folder, Outcome } from '../package/folder.js';

/** Runs a program of docs/examples from another folder, so that it has to find what it needs by itself. */
export function example(folder: Folder, path: string, args: readonly string[]): Promise<Outcome> {
  return folder.node([resolve('docs/examples', path), ...args], folder.path);
}

export const lines = ({ stdout }: Outcome): string[] => stdout.trimEnd().split('\n');
