import { formatRatio, formatSeconds } from '../harness/format.js';

export function markdown(columns: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [line(columns), line(columns.map(() => '---')), ...rows.map(line)].join('\n');
}

export const time = (seconds: number | undefined): string => (seconds === undefined ? '–' : formatSeconds(seconds));

export const ratio = (own: number | undefined, other: number | undefined): string =>
  own === undefined || other === undefined ? '–' : formatRatio(own / other);
