/** A run of the suites as a report. */
import type { Chart, Report, Section, Table } from '#lib/report/report.js';
import { formatBytes, formatRatio, formatSeconds } from './format.js';
import type { Machine } from './machine.js';
import type { Claim, Conclusion, Figure, MeasuredRow, Suite } from './suite.js';

export interface Run {
  readonly started: string;
  readonly machine: Machine;
  readonly versions: Readonly<Record<string, string>>;
  readonly threads: number;
  readonly loadBefore: number;
  readonly pace: { readonly quick: boolean; readonly rounds: number };
}

export interface MeasuredSuite {
  readonly suite: Suite;
  readonly measured: readonly MeasuredRow[];
  readonly conclusion: Conclusion | undefined;
}

const column = (name: string, align: 'left' | 'right' = 'right') => ({ name, align });

export function reportOf(run: Run, suites: readonly MeasuredSuite[]): Report {
  const claims = suites.flatMap(({ measured }) => measured.flatMap(({ findings }) => findings.claims));
  const judged = claims.filter(({ met }) => met !== undefined);
  const met = judged.filter((claim) => claim.met).length;
  return {
    title: 'granule, measured',
    summary:
      `${suites.length} suites on ${run.threads} threads, each subject in turns with its peers; ` +
      `${met} of ${judged.length} claims met.` +
      (run.loadBefore > run.machine.cores ? ' The machine was busy before it began: take these figures as rough.' : ''),
    made: run.started,
    facts: factsOf(run),
    sections: suites.map(sectionOf),
  };
}

function factsOf({ machine, versions, threads, loadBefore, pace }: Run): Report['facts'] {
  return [
    ['Machine', `${machine.cpu}, ${machine.cores} cores, ${formatBytes(machine.memoryBytes)}`],
    ['System', machine.platform],
    ['Node.js', machine.node],
    ['Python', machine.python ?? 'none'],
    ['Threads of every pool', String(threads)],
    ['Rounds', `${pace.rounds}${pace.quick ? ' (quick: rough figures)' : ''}`],
    ['Load before', loadBefore.toFixed(1)],
    ['Versions', Object.entries(versions).map((entry) => entry.join(' ')).join(', ')],
  ];
}

function sectionOf({ suite, measured, conclusion }: MeasuredSuite): Section {
  const remarks = measured.flatMap(({ row, findings }) =>
    findings.remarks.map(({ subject, text }) => `${row.id}, ${subject}: ${text}`));
  return {
    heading: suite.name,
    text: [`${suite.about}.`, ...(remarks.length > 0 ? [`Remarks. ${remarks.join('; ')}.`] : [])],
    charts: [...(conclusion?.charts ?? []), ...measured.flatMap(({ findings }) => findings.charts ?? [])],
    tables: [
      ...(conclusion?.tables ?? []),
      ...measured.flatMap(({ findings }) => findings.tables ?? []),
      ...claimsTable(measured),
      ...measured.flatMap(figuresTable),
    ],
  };
}

function claimsTable(measured: readonly MeasuredRow[]): Table[] {
  const rows = measured.flatMap(({ row, findings }) => findings.claims.map((claim) => claimCells(row.work, claim)));
  if (rows.length === 0) return [];
  const columns = [column('work', 'left'), column('ratio', 'left'), column('measured'), column('must be'), column('')];
  return [{ title: 'Claims', columns, rows }];
}

function claimCells(work: string, { compares, shown, mustBe, met }: Claim): string[] {
  return [work, compares, shown, mustBe, met === undefined ? '–' : met ? 'met' : 'missed'];
}

/** Rows whose charts show all their figures need no table of their own. */
function figuresTable({ row, findings: { figures, charts = [] } }: MeasuredRow): Table[] {
  if (figures.length <= charts.reduce((sum, chart) => sum + pointsOf(chart), 0)) return [];
  const columns = [column('', 'left'), column('median'), column('middle half'), column('against the first')];
  return [{ title: row.work, columns, rows: figures.map((figure) => cells(figure, figures)) }];
}

function pointsOf(chart: Chart): number {
  if (chart.kind !== 'lines') return 0;
  return chart.series.reduce((sum, { ideal = false, points }) => sum + (ideal ? 0 : points.length), 0);
}

function cells(figure: Figure, figures: readonly Figure[]): string[] {
  const show = figure.unit === 'bytes' ? formatBytes : formatSeconds;
  const base = figures.find(({ subject }) => subject === figure.base) ?? figures[0];
  const { median, lowerQuartile, upperQuartile } = figure.summary;
  return [
    figure.subject,
    show(median),
    `${show(lowerQuartile)} … ${show(upperQuartile)}`,
    figure === base ? '' : formatRatio(median / base.summary.median),
  ];
}
