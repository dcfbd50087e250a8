import { readFileSync } from 'node:fs';

/** The programs of a page, README.md or one under docs/: its code blocks that begin with a comment naming a file. */
export function programsOf(page: string): Map<string, string> {
  const text = readFileSync(page, 'utf8');
  const blocks = text.matchAll(/^```\w*\n(\/\/ (\S+\.\w+)\n[^]*?)^```$/gm);
  return new Map(Array.from(blocks, ([, source, path]) => [path, source]));
}
