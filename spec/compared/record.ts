import { readFileSync } from 'node:fs';
import type { Cell } from './library.js';

export const RECORD = 'docs/design/compared.json';

/** What a run of all claims against all libraries found: the tables are made of it. */
export interface Comparison {
  readonly date: string;
  readonly node: string;
  /** By library; CPython's own for multiprocessing. */
  readonly versions: Readonly<Record<string, string>>;
  /** By claim, then library. */
  readonly cells: Readonly<Record<string, Readonly<Record<string, Cell>>>>;
}

export const recorded = (): Comparison => JSON.parse(readFileSync(RECORD, 'utf8')) as Comparison;
