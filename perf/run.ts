/**
 * The suites' command: npm run perf -- [suite…] [--quick] [--only row] [--subject text] [--json file] [--report file]
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { parseArgs } from 'node:util';
import { renderPage } from '#lib/report/page.js';
import { describeMachine, describeVersions, load } from './harness/machine.js';
import { printClaims, printMachine, printRow } from './harness/print.js';
import { reasonOf } from './harness/rounds.js';
import type { Findings, MeasuredRow, Pace, Row, Suite } from './harness/suite.js';
import { THREADS } from './peers/threads.js';
import { reportOf } from './harness/report-of.js';
import type { MeasuredSuite } from './harness/report-of.js';
import { suites } from './suites.js';

const QUICK = { quick: true, rounds: 2, sampleSeconds: 0.01, warmUpSeconds: 0.03 };
const FULL = { quick: false, rounds: 7, sampleSeconds: 0.025, warmUpSeconds: 0.1 };

const suiteLines = suites.map(({ name, about, rows }) => {
  const ids = rows.map(({ id }) => id).join(', ');
  return `  ${name}: ${about}\n    rows: ${ids}`;
});

const help = `Usage: npm run perf -- [suite…] [options]

Suites (all of them by default):
${suiteLines.join('\n')}

Options:
  --quick          fewer and shorter rounds: shows that everything runs, in about a minute
  --only <row>     this row alone; may be repeated
  --subject <text> only subjects whose names contain the text: for a profiler
  --rounds <n>     instead of ${FULL.rounds}, or of ${QUICK.rounds} with --quick
  --sample <ms>    a sample's length, instead of ${1000 * FULL.sampleSeconds}, or ${1000 * QUICK.sampleSeconds} if quick
  --json <file>    writes everything that was measured
  --report <file>  writes the report, a page of HTML (default: build/report.html)
  --help
`;

class UsageError extends Error {}

interface Plan {
  readonly chosen: readonly { readonly suite: Suite; readonly rows: readonly Row[] }[];
  readonly pace: Omit<Pace, 'progress'>;
  readonly json: string | undefined;
  readonly report: string;
}

function plan(args: readonly string[]): Plan | 'help' {
  const { values, positionals } = parse(args);
  if (values.help) return 'help';
  const chosen = choose(positionals, values.only);
  const pace = { ...(values.quick ? QUICK : FULL) };
  if (values.rounds !== undefined) {
    pace.rounds = Number(values.rounds);
    if (!(Number.isInteger(pace.rounds) && pace.rounds > 0)) {
      throw new UsageError(`Expected \`--rounds\` to be an integer from 1 up, got ${values.rounds}`);
    }
  }
  if (values.sample !== undefined) {
    pace.sampleSeconds = Number(values.sample) / 1000;
    pace.warmUpSeconds = 4 * pace.sampleSeconds;
    if (!(pace.sampleSeconds > 0)) {
      throw new UsageError(`Expected \`--sample\` to be milliseconds above 0, got ${values.sample}`);
    }
  }
  const includes = (subject: string) => subject.includes(values.subject ?? '');
  return { chosen, pace: { ...pace, includes }, json: values.json, report: values.report ?? 'build/report.html' };
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        quick: { type: 'boolean' },
        only: { type: 'string', multiple: true },
        subject: { type: 'string' },
        rounds: { type: 'string' },
        sample: { type: 'string' },
        json: { type: 'string' },
        report: { type: 'string' },
        help: { type: 'boolean', short: 'h' },
      },
    });
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
}

function choose(names: readonly string[], only: readonly string[] | undefined): Plan['chosen'] {
  for (const name of names) {
    if (!suites.some((suite) => suite.name === name)) {
      throw new UsageError(`No suite '${name}'. There are: ${suites.map((suite) => suite.name).join(', ')}`);
    }
  }
  const asked = suites.filter(({ name }) => names.length === 0 || names.includes(name));
  for (const id of only ?? []) {
    const rows = asked.flatMap((suite) => suite.rows);
    if (!rows.some((row) => row.id === id)) {
      throw new UsageError(`No row '${id}'. There are: ${rows.map((row) => row.id).join(', ')}`);
    }
  }
  return asked.map((suite) => ({ suite, rows: suite.rows.filter(({ id }) => only?.includes(id) ?? true) }));
}

async function main(): Promise<void> {
  const planned = plan(process.argv.slice(2));
  if (planned === 'help') {
    process.stdout.write(help);
    return;
  }
  const { chosen, pace, json, report } = planned;
  const run = {
    started: new Date().toISOString(),
    machine: describeMachine(),
    versions: describeVersions(),
    threads: THREADS,
    loadBefore: load(),
    pace: { quick: pace.quick, rounds: pace.rounds, sampleSeconds: pace.sampleSeconds },
  };
  process.stdout.write(`${printMachine(run.machine, run.versions, run.loadBefore)}\n`);
  const results: MeasuredSuite[] = [];
  for (const { suite, rows } of chosen) {
    const measured: MeasuredRow[] = [];
    for (const row of rows) {
      const progress = (text: string) => showProgress(`${suite.name}/${row.id}: ${text}`);
      const findings = await row.measure({ ...pace, progress }).catch(failed);
      showProgress('');
      measured.push({ row, findings });
      process.stdout.write(`${printRow(row, findings)}\n`);
    }
    process.stdout.write(`${printClaims(suite, measured)}\n`);
    const conclusion = suite.conclude?.(measured);
    if (conclusion !== undefined) process.stdout.write(`${conclusion.lines.join('\n')}\n\n`);
    results.push({ suite, measured, conclusion });
    // After each suite: who interrupts a long run keeps what was measured.
    write(results);
  }
  complain(results);
  process.stdout.write(`Report: ${report}\n`);

  function write(results: readonly MeasuredSuite[]): void {
    mkdirSync(dirname(report), { recursive: true });
    writeFileSync(report, renderPage(reportOf(run, results)));
    if (json === undefined) return;
    const figures = results.map(({ suite: { name, about }, measured, conclusion }) => {
      const rows = measured.map(({ row, findings }) => ({ id: row.id, work: row.work, ...findings }));
      return { suite: name, about, conclusion, rows };
    });
    const everything = { ...run, ended: new Date().toISOString(), loadAfter: load(), suites: figures };
    writeFileSync(json, `${JSON.stringify(everything, null, 2)}\n`);
  }
}

/** A row that throws has no figure, and the others are still measured. */
function failed(error: unknown): Findings {
  const remark = { subject: 'the row', text: `not measured: ${reasonOf(error)}`, failed: true };
  return { figures: [], claims: [], remarks: [remark] };
}

/** A missed claim is a figure like any other; a figure that is not there is an error. */
function complain(results: readonly MeasuredSuite[]): void {
  const missing = results.flatMap(({ suite, measured }) =>
    measured.flatMap(({ row, findings }) => {
      const failed = findings.remarks.filter((remark) => remark.failed);
      const nothing = findings.figures.length + (findings.tables ?? []).length + findings.claims.length === 0;
      const where = `${suite.name}/${row.id}`;
      return [
        ...failed.map(({ subject, text }) => `${where}, ${subject}: ${text}`),
        ...(nothing ? [`${where}: no figure`] : []),
      ];
    }),
  );
  if (missing.length === 0) return;
  process.stderr.write(`Figures are missing:\n  ${missing.join('\n  ')}\n`);
  process.exitCode = 1;
}

function showProgress(text: string): void {
  if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${text}`);
}

try {
  await main();
} catch (error) {
  if (!(error instanceof UsageError)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 2;
}
// A peer that did not close must not hold the command.
setTimeout(() => process.exit(), 5000).unref();
