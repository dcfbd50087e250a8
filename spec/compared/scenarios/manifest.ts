import { readFileSync } from 'node:fs';
import type { Cell, Library } from '../library.js';

interface Manifest {
  readonly version: string;
  readonly browser?: unknown;
  readonly exports?: Readonly<Record<string, unknown>>;
  readonly dependencies?: object;
}

/** The package as it is installed here; granule is this one. */
export function manifestOf(name: string): Manifest {
  const file = name === 'granule' ? 'package.json' : `node_modules/${name}/package.json`;
  return JSON.parse(readFileSync(file, 'utf8')) as Manifest;
}

export async function dependencies({ name }: Library): Promise<Cell> {
  return { cell: String(Object.keys(manifestOf(name).dependencies ?? {}).length) };
}

export async function browsers({ name }: Library): Promise<Cell> {
  const { browser, exports } = manifestOf(name);
  const entry = exports?.['.'];
  const conditional = typeof entry === 'object' && entry !== null && 'browser' in entry;
  return { cell: browser !== undefined || conditional ? 'yes' : '–' };
}
