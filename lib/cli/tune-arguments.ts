/** What `granule tune` is told, made into what the lab measures. A wrong word is a CommanderError of one line. */
import { existsSync, readFileSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { InvalidArgumentError } from 'commander';
import type { Feed } from '../lab/feed.js';
import { cpuCount } from '../pool/cpu-count.js';
import type { Request } from '../lab/tuning.js';

/** What the command line hands over. */
export interface TuneOptions {
  readonly items?: number;
  readonly itemsFrom?: string;
  readonly item?: string;
  readonly threads?: number;
  /** Milliseconds. */
  readonly budget: number;
  /** Where the page of HTML goes. */
  readonly report?: string;
  readonly json?: boolean;
  readonly progress?: boolean;
}

export const MOST_ITEMS = 100_000_000;
const USUAL_ITEMS = 10_000;

const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, min: 60_000, m: 60_000, h: 3_600_000, '': 1_000 };

/** '20s', '500ms', '2min', or seconds: milliseconds. */
export function budgetOf(text: string): number {
  const [, number, unit] = /^(\d+(?:\.\d+)?) ?(ms|s|min|m|h|)$/.exec(text) ?? [];
  const milliseconds = number === undefined ? NaN : Number(number) * UNITS[unit];
  if (!(milliseconds >= 100 && milliseconds <= 24 * 3_600_000)) {
    throw new InvalidArgumentError('Expected a time from 100ms to 24 hours, such as 20s, 500ms or 2min.');
  }
  return milliseconds;
}

/** InvalidArgumentError where the module, a file or JSON is wrong. */
export function requestOf(module: string, name: string, options: TuneOptions): Request {
  const { itemsFrom: file } = options;
  return {
    module: moduleOf(module),
    path: module,
    name,
    feed: feedOf(options),
    ...(file === undefined ? {} : { file }),
    threads: options.threads ?? cpuCount(),
  };
}

/** The file: URL of a path from here. */
function moduleOf(path: string): string {
  if (/^\w{2,}:/.test(path) && !path.startsWith('file:')) {
    throw new InvalidArgumentError(`Expected a path from here, or a file: URL, got ${path}`);
  }
  const file = path.startsWith('file:') ? fileOf(path) : resolve(path);
  if (!existsSync(file)) {
    const hint = /^[.\\/]|^\w+:/.test(path) ? '' : ' (expected a path from here, such as ./tasks.js, no package)';
    throw new InvalidArgumentError(`No such module: ${file}${hint}`);
  }
  if (statSync(file).isDirectory()) {
    throw new InvalidArgumentError(`Expected a module's file, got a folder: ${file}`);
  }
  return pathToFileURL(file).href;
}

function fileOf(url: string): string {
  try {
    return fileURLToPath(url);
  } catch (error) {
    throw new InvalidArgumentError(`${url}: ${(error as Error).message}`);
  }
}

function feedOf({ items, itemsFrom, item }: TuneOptions): Feed {
  if (itemsFrom !== undefined) {
    const list = listOf(itemsFrom);
    return { source: 'file', list, count: items ?? list.length };
  }
  const count = items ?? USUAL_ITEMS;
  if (item === undefined) return { source: 'numbers', count };
  parsed(item, '--item');
  return { source: 'item', json: item, count };
}

function listOf(file: string): unknown[] {
  let text: string;
  try {
    text = readFileSync(file, 'utf8').replace(/^\uFEFF/, ''); // a byte order mark, as some editors write it
  } catch (error) {
    throw new InvalidArgumentError(`--items-from ${file}: ${(error as Error).message}`);
  }
  const list = parsed(text, `--items-from ${file}`);
  if (!Array.isArray(list)) {
    const type = list === null ? 'null' : typeof list;
    throw new InvalidArgumentError(`--items-from ${file}: expected a JSON array of items, got ${type}`);
  }
  if (list.length === 0) throw new InvalidArgumentError(`--items-from ${file}: expected items, got an empty array`);
  return list;
}

function parsed(text: string, where: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    throw new InvalidArgumentError(`${where}: expected JSON: ${(error as Error).message}`);
  }
}
