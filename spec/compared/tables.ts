import { readFileSync } from 'node:fs';
import { PYTHON } from './cells.js';
import { CLAIMS, type Claim } from './claims.js';
import { NOTES } from './notes.js';
import type { Comparison } from './record.js';

/** The pages that show the record, and what stands between their markers `<!-- compared:… -->`. */
const PAGES: Readonly<Record<string, readonly (readonly [marker: string, text: (found: Comparison) => string])[]>> = {
  'README.md': [['table', (found) => shortTable(found)]],
  'docs/design/compared.md': [
    ['table', wholeTable],
    ['checks', (found) => CLAIMS.map((claim) => paragraph(found, claim)).join('\n')],
  ],
};

const title = (library: string): string => (library === PYTHON ? 'CPython' : library);

/** Each page's text as it has to be. */
export function pagesOf(found: Comparison): (readonly [page: string, text: string])[] {
  return Object.entries(PAGES).map(([page, blocks]) => {
    let text = readFileSync(page, 'utf8');
    for (const [marker, write] of blocks) {
      const [start, end] = [`<!-- compared:${marker} -->`, `<!-- /compared:${marker} -->`];
      const [before, after] = [text.indexOf(start), text.indexOf(end)];
      if (before < 0 || after < before) throw new Error(`${page} has no block ${start} … ${end}`);
      text = `${text.slice(0, before)}${start}\n${write(found)}\n${text.slice(after)}`;
    }
    return [page, text];
  });
}

/** What a chooser cares for; a star leads to the notes of the whole table. */
function shortTable(found: Comparison): string {
  const claims = CLAIMS.filter(({ readme }) => readme);
  return [...rowsOf(found, claims, () => '*'), '', versionsOf(found)].join('\n');
}

function wholeTable(found: Comparison): string {
  const notes: string[] = [];
  const mark = (note: string) => {
    if (!notes.includes(note)) notes.push(note);
    return numeral(notes.indexOf(note) + 1);
  };
  const rows = rowsOf(found, CLAIMS, mark);
  const list = notes.map((note, i) => `${numeral(i + 1)} ${note}`);
  return [...rows, '', versionsOf(found), '', list.join(' ·\n')].join('\n');
}

function rowsOf(found: Comparison, claims: readonly Claim[], mark: (note: string) => string): string[] {
  const libraries = Object.keys(found.versions);
  const row = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  const cellOf = (id: string, library: string) => {
    const { cell } = found.cells[id][library];
    const note = NOTES[id]?.[library];
    return note === undefined ? cell : `${cell} ${mark(note)}`;
  };
  return [
    row(['', ...libraries.map((library) => (library === PYTHON ? 'Python' : library))]),
    row(['---', ...libraries.map(() => '---')]),
    ...claims.map(({ id, claim }) => row([claim, ...libraries.map((library) => cellOf(id, library))])),
  ];
}

const numeral = (n: number): string => String(n).replace(/\d/g, (digit) => '⁰¹²³⁴⁵⁶⁷⁸⁹'[Number(digit)]);

function versionsOf({ versions, node, date }: Comparison): string {
  const list = Object.entries(versions).map(([library, version]) => `${title(library)} ${version}`);
  return `${date}, Node.js ${node}: ${list.join(', ')}; the packages are the newest of that day.`;
}

/** How a claim is checked, and the messages that were seen. */
function paragraph(found: Comparison, { id, claim, check }: Claim): string {
  const seen = Object.entries(found.cells[id]).flatMap(([library, { detail }]) =>
    detail === undefined ? [] : [`  - ${title(library)}: ${detail.replace(/[`|*_<]/g, (sign) => `\\${sign}`)}`],
  );
  return [`- \`${id}\` — ${claim.replace(/^… /, '')}. ${check}`, ...seen].join('\n');
}
