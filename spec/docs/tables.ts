/**
 * The tables of a page that show another library's lines beside granule's, as programs.
 *
 * A table whose columns are `| … | granule | gives |` is one program, read from top to bottom. A granule cell is code,
 * or `—`, which is no line: spans in backticks, between them commas or line breaks, each a statement or an expression.
 * Under `| piscina | granule | gives |` both columns are code, piscina's first, and give the same.
 * The last column may begin with what the last expressions of the cell give, as console.log shows it, in backticks
 * again; or with `throws` and the name of an error. Everything after that is prose.
 */
import * as granule from 'granule';

/** What a table is written to. */
export const TABLE = 'table.ts';

interface Row {
  readonly line: number;
  readonly code: readonly string[];
  readonly gives: readonly string[];
  readonly throws: string | undefined;
}

/** The tables of a page's text: where each begins, and its program. */
export function tablesOf(text: string): { index: number; code: string }[] {
  const tables = text.matchAll(/^\| (.*) \| granule \| gives \|\n\|[-| ]+\|\n((?:\|.*\n)+)/gm);
  return Array.from(tables, ({ 0: table, 1: other, 2: rows, index }) => {
    const first = text.slice(0, index + table.length - rows.length).split('\n').length;
    const program = (column: 1 | 2) =>
      programOf(rows.trimEnd().split('\n').map((row, i) => parse(row, first + i, column)));
    if (other !== 'piscina') return { index, code: [HEAD, importsOf(program(2)), program(2), ''].join('\n') };
    const both = `{\n${program(1)}\n}\n{\n${program(2)}\n}`;
    return { index, code: [HEAD, PISCINA, importsOf(program(2)), both, ''].join('\n') };
  });
}

const HEAD = '// @ts-nocheck: as in JavaScript';
const PISCINA = "import { fileURLToPath } from 'node:url';\nimport { Piscina } from 'piscina';";

function parse(row: string, line: number, column: 1 | 2): Row {
  const cells = row.split(/(?<!\\)\|/).map((cell) => cell.trim());
  const { [column]: ours, 3: result } = cells;
  const rest = ours.replace(/`[^`]+`/g, '');
  if (cells.length !== 5 || !(/^(, |<br>)*$/.test(rest) && rest !== ours) !== (ours === '—')) {
    throw new Error(`line ${line}: expected code and nothing else in column ${column}, or —, got ${ours}`);
  }
  const given = /^`[^`]+`(, `[^`]+`)*/.exec(result)?.[0] ?? '';
  return { line, code: spansOf(ours), gives: spansOf(given), throws: /^throws `(\w+)`/.exec(result)?.[1] };
}

const spansOf = (cell: string): string[] => Array.from(cell.matchAll(/`([^`]+)`/g), ([, code]) => code);

const isStatement = (code: string): boolean => /^((const|let|for|using|await using)\b|\{)/.test(code);

/** Each result is printed behind its line's number: what differs says where. */
function programOf(rows: readonly Row[]): string {
  return rows.flatMap(({ line, code, gives, throws }) => {
    const results = throws === undefined ? gives : [`throws ${throws}`];
    const unprinted = code.length - results.length;
    return code.map((part, i) => {
      if (i < unprinted) return isStatement(part) ? `${part};` : `await (${part});`;
      if (isStatement(part)) throw new Error(`line ${line}: gives more than it has expressions: ${part}`);
      const print = `console.log('${line}:', await (${part}));`;
      const attempt = `try { ${print} } catch (error) { console.log('${line}: throws', error.name); }`;
      return `${throws === undefined ? print : attempt}\n// → ${line}: ${results[i - unprinted]}`;
    });
  }).join('\n');
}

function importsOf(program: string): string {
  const names = Object.keys(granule).filter((name) => new RegExp(`\\b${name}\\b`).test(program));
  return `import { ${names.join(', ')} } from 'granule';`;
}
