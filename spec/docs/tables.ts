/**
 * The tables of a page that show another library's lines beside granule's, as programs.
 *
 * A table whose columns are `| … | granule | gives |` is one program, read from top to bottom. A granule cell is code,
 * or `—`, which is no line: spans in backticks, between them commas or line breaks, each a statement or an expression.
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
  const tables = text.matchAll(/^\| .* \| granule \| gives \|\n\|[-| ]+\|\n((?:\|.*\n)+)/gm);
  return Array.from(tables, ({ 0: table, 1: rows, index }) => {
    const first = text.slice(0, index + table.length - rows.length).split('\n').length;
    return { index, code: programOf(rows.trimEnd().split('\n').map((row, i) => parse(row, first + i))) };
  });
}

function parse(row: string, line: number): Row {
  const cells = row.split(/(?<!\\)\|/).map((cell) => cell.trim());
  const [, , ours, result] = cells;
  const rest = ours.replace(/`[^`]+`/g, '');
  if (cells.length !== 5 || !(/^(, |<br>)*$/.test(rest) && rest !== ours) !== (ours === '—')) {
    throw new Error(`line ${line}: expected code and nothing else in granule's column, or —, got ${ours}`);
  }
  const given = /^`[^`]+`(, `[^`]+`)*/.exec(result)?.[0] ?? '';
  return { line, code: spansOf(ours), gives: spansOf(given), throws: /^throws `(\w+)`/.exec(result)?.[1] };
}

const spansOf = (cell: string): string[] => Array.from(cell.matchAll(/`([^`]+)`/g), ([, code]) => code);

const isStatement = (code: string): boolean => /^((const|let|for|using|await using)\b|\{)/.test(code);

/** Each result is printed behind its line's number: what differs says where. */
function programOf(rows: readonly Row[]): string {
  const body = rows.flatMap(({ line, code, gives, throws }) => {
    const results = throws === undefined ? gives : [`throws ${throws}`];
    const unprinted = code.length - results.length;
    return code.map((part, i) => {
      if (i < unprinted) return isStatement(part) ? `${part};` : `await (${part});`;
      if (isStatement(part)) throw new Error(`line ${line}: gives more than it has expressions: ${part}`);
      const print = `console.log('${line}:', await (${part}));`;
      const attempt = `try { ${print} } catch (error) { console.log('${line}: throws', error.name); }`;
      return `${throws === undefined ? print : attempt}\n// → ${line}: ${results[i - unprinted]}`;
    });
  });
  const names = Object.keys(granule).filter((name) => body.some((part) => new RegExp(`\\b${name}\\b`).test(part)));
  return ['// @ts-nocheck: as in JavaScript', `import { ${names.join(', ')} } from 'granule';`, ...body, ''].join('\n');
}
