/**
 * The programs that the README and the guide show.
 *
 * A block marked js or ts is a program, unless it exports something: then it is a file that programs after it on its
 * page use. A first line `// tasks.js` names a block's file. What a program prints stands in it behind `// → `, a
 * comment for each line, in the order of printing; `…` in it stands for what differs from run to run, as the last line
 * for all that may follow. Tables of two libraries side by side are programs as well: tables.ts.
 * Files of a test runner, `// sum.test.js`, are no programs: spec/package/jest.spec.ts runs Jest's.
 */
import { readFileSync } from 'node:fs';
import { TABLE, tablesOf } from './tables.js';

/** A block of code on a page. */
export interface Snippet {
  /** Where it begins, as editors open it: README.md:57. */
  readonly place: string;
  /** The file that it is written to. */
  readonly name: string;
  readonly code: string;
}

export interface Program extends Snippet {
  /** The page's files that it uses. */
  readonly files: readonly Snippet[];
  readonly prints: readonly string[];
}

/** Blocks of these are text to the reader; any other mark, or none, is a mistake. */
const PROSE = ['sh', 'text', 'json'];

/** Vitest's files run nowhere here: it would have to be installed, with Vite, for one page. */
const OF_A_RUNNER = /\.test\.[jt]s$/;

/** All programs of a page, in its order. Code that no program runs is an Error. */
export function programsOf(page: string): Program[] {
  const files = new Map<string, Snippet>();
  const unused = new Set<Snippet>();
  const programs: Program[] = [];
  for (const snippet of snippetsOf(page)) {
    if (/^export /m.test(snippet.code)) {
      files.set(snippet.name, snippet);
      unused.add(snippet);
    } else {
      const used = filesFor(snippet, files);
      for (const file of used) unused.delete(file);
      if (!OF_A_RUNNER.test(snippet.name)) programs.push({ ...snippet, files: used, prints: printsOf(snippet.code) });
    }
  }
  for (const { place, name } of unused) throw new Error(`${place}: no program of the page uses ${name}`);
  return programs;
}

function snippetsOf(page: string): Snippet[] {
  const text = readFileSync(page, 'utf8');
  const placeOf = (index: number): string => `${page}:${text.slice(0, index).split('\n').length}`;
  const snippets = tablesOf(text).map(({ index, code }) => ({ place: placeOf(index), name: TABLE, code, index }));
  for (const { 1: indent, 2: language, 3: code, index } of text.matchAll(/^( *)```(.*)\n([^]*?)^ *```$/gm)) {
    const place = placeOf(index);
    if (PROSE.includes(language)) continue;
    if (indent !== '' || !/^[jt]s$/.test(language)) throw new Error(`${place}: mark the block js, ts, sh or text`);
    const name = /^\/\/ (\S+\.[cm]?[jt]s)\n/.exec(code)?.[1] ?? `snippet.${language}`;
    snippets.push({ place, name, code, index });
  }
  return snippets.sort((left, right) => left.index - right.index);
}

/** What a snippet imports or names as './…', and what that does: the version that stands last before it. */
function filesFor(snippet: Snippet, files: ReadonlyMap<string, Snippet>): Snippet[] {
  const found = new Set<Snippet>();
  const follow = ({ code }: Snippet): void => {
    for (const [, name] of code.matchAll(/'\.\/([^']+)'/g)) {
      // TypeScript names the file that it will make.
      const file = files.get(name) ?? files.get(name.replace(/js$/, 'ts'));
      if (file === undefined || found.has(file)) continue;
      found.add(file);
      follow(file);
    }
  };
  follow(snippet);
  return [...found];
}

function printsOf(code: string): string[] {
  return Array.from(code.matchAll(/\/\/ → (.*)$/gm), ([, line]) => line);
}

/** `printed`, with the expected line in place of each that is as expected: the difference shows what is not. */
export function asExpected(printed: readonly string[], expected: readonly string[]): string[] {
  const count = expected.at(-1) === '…' ? expected.length : printed.length;
  return printed.slice(0, count).map((line, i) => (matches(line, expected[i]) ? expected[i] : line));
}

function matches(line: string, expected: string | undefined): expected is string {
  if (expected === undefined) return false;
  const parts = expected.split('…').map((part) => part.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&'));
  return new RegExp(`^${parts.join('.*')}$`).test(line);
}
