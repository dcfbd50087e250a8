import { formatBytes, formatRatio, formatSeconds, formatTable } from './format.js';
import type { Machine } from './machine.js';
import type { Claim, Figure, Findings, MeasuredRow, Row, Suite } from './suite.js';

export function printMachine(machine: Machine, versions: Readonly<Record<string, string>>, load: number): string {
  const lines = [
    `${machine.cpu}, ${machine.cores} cores, ${formatBytes(machine.memoryBytes)}, ${machine.platform}`,
    `Node ${machine.node}, Python ${machine.python ?? 'none'}`,
    Object.entries(versions).map((entry) => entry.join(' ')).join(', '),
  ];
  if (load > 0.5) lines.push(`The machine is busy (load ${load.toFixed(1)}): take these figures as rough.`);
  return `${lines.join('\n')}\n`;
}

/** A row as soon as it is measured: its subjects, each against the first, its tables, then its claims. */
export function printRow(row: Row, findings: Findings): string {
  const lines = [`${row.id}: ${row.work}`];
  if (findings.figures.length > 0) {
    lines.push(
      ...formatTable(
        findings.figures.map((figure) => [
          `  ${figure.subject}`,
          shown(figure, figure.summary.median),
          spread(figure),
          relative(figure, findings.figures),
        ]),
        'lrrr',
      ),
    );
  }
  for (const { title, columns, rows } of findings.tables ?? []) {
    const align = columns.map((column) => column.align[0]).join('');
    const table = formatTable([columns.map(({ name }) => name), ...rows], align);
    lines.push(`  ${title}:`, ...table.map((line) => `    ${line}`));
  }
  for (const { subject, text } of findings.remarks) lines.push(`  ${subject}: ${text}`);
  for (const claim of findings.claims) {
    if (claim.met === undefined) continue;
    const verdict = `${mark(claim)}: ${claim.compares}: ${claim.shown}, must be ${claim.mustBe}`;
    lines.push(`  ${verdict} ${range(claim)}`.trimEnd());
  }
  return `${lines.join('\n')}\n`;
}

/** The suite's table: one line a claim. */
export function printClaims(suite: Suite, measured: readonly MeasuredRow[]): string {
  if (measured.every(({ findings }) => findings.claims.length === 0)) return '';
  const table = [['work', 'ratio', 'measured', 'middle half', 'must be', '']];
  for (const { row, findings } of measured) {
    findings.claims.forEach((claim, index) => {
      table.push([index === 0 ? row.work : '', claim.compares, claim.shown, range(claim), claim.mustBe, mark(claim)]);
    });
  }
  return `${suite.name}\n${formatTable(table, 'llrlll').join('\n')}\n`;
}

function shown(figure: Figure, value: number): string {
  if (figure.unit === 'bytes') return formatBytes(value);
  return `${formatSeconds(value)} ${perOf(figure)}`;
}

function relative(figure: Figure, figures: readonly Figure[]): string {
  const base = figures.find(({ subject }) => subject === figure.base) ?? figures[0];
  return figure === base || figure.unit === 'bytes' ? '' : formatRatio(figure.summary.median / base.summary.median);
}

const perOf = ({ per = 'call' }: Figure): string => `${/^[aeiou]/.test(per) ? 'an' : 'a'} ${per}`;

/** Half of what the middle half of the samples spans; of times, as a share of their median. */
function spread({ unit, summary }: Figure): string {
  const half = (summary.upperQuartile - summary.lowerQuartile) / 2;
  return unit === 'bytes' ? `± ${formatBytes(half)}` : `± ${((100 * half) / summary.median).toFixed(1)} %`;
}

function range({ measured }: Claim): string {
  if (measured === undefined || measured.lowerQuartile === measured.upperQuartile) return '';
  return `(${formatRatio(measured.lowerQuartile)} … ${formatRatio(measured.upperQuartile)})`;
}

function mark({ met }: Claim): string {
  return met === undefined ? '–' : met ? 'met' : 'MISSED';
}
