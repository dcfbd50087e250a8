/** `granule tune`: does a pool pay for this function, on this machine? */
import { writeFileSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';
import { inspect } from 'node:util';
import { InvalidArgumentError } from 'commander';
import { BudgetSpent, FIRST_ITEM, firstLine, ItemFailure, ModuleFailure } from '../lab/failures.js';
import type { Findings } from '../lab/findings.js';
import { duration } from '../lab/quantities.js';
import { reportOf } from '../lab/report-of.js';
import { Tuning } from '../lab/tuning.js';
import { renderPage } from '../report/page.js';
import { onInterrupt } from './interrupt.js';
import { requireWritable } from './output-file.js';
import { ProgressBar } from './progress.js';
import { requestOf, type TuneOptions } from './tune-arguments.js';
import { COLOUR, NO_COLOUR, textOf } from './tune-text.js';

const REDRAW_MS = 100;
/** What a thread in a native call, which nothing interrupts, is given at Ctrl-C. */
const ENDING_MS = 2_000;

export async function tune(module: string, name: string, options: TuneOptions): Promise<void> {
  const request = requestOf(module, name, options);
  requireWritable('--report', options.report);
  const print = ownStdout();
  const tuning = new Tuning(request, options.budget);
  const bar = options.progress ?? process.stderr.isTTY ? new ProgressBar(process.stderr) : undefined;
  const redraw = setInterval(() => bar?.update(tuning.share), REDRAW_MS);
  let isInterrupted = false;
  const hearing = onInterrupt(() => {
    isInterrupted = true;
    clearInterval(redraw);
    bar?.[Symbol.dispose]();
    const findings = tuning.findings();
    print(printed(findings, options), () => {
      writeReport(findings, options);
      // First the threads, as a pool ends them: process.exit() amid their start has aborted the process.
      const ended = tuning[Symbol.asyncDispose]();
      void Promise.race([ended, setTimeout(ENDING_MS)]).finally(() => process.exit(130));
    });
  });
  try {
    const findings = await tuning.run();
    if (isInterrupted) return;
    bar?.[Symbol.dispose]();
    print(printed(findings, options));
    if (!writeReport(findings, options)) process.exitCode = 1;
  } catch (error) {
    if (isInterrupted) return;
    bar?.[Symbol.dispose]();
    if (error instanceof ModuleFailure) throw new InvalidArgumentError(`${module}: ${unloaded(error)}`);
    if (error instanceof ItemFailure) process.stderr.write(`${failed(name, error)}${hint(error, options)}`);
    else if (error instanceof BudgetSpent) process.stderr.write(unfinished(name, error, options));
    else throw error;
    process.exitCode = 1;
  } finally {
    clearInterval(redraw);
    hearing[Symbol.dispose]();
    await tuning[Symbol.asyncDispose]();
  }
}

/**
 * From now on stdout is for the findings alone: what the function prints, in whichever thread, goes to stderr.
 * Threads' output arrives at this thread's process.stdout.
 */
function ownStdout(): (text: string, done?: () => void) => void {
  const { stdout, stderr } = process;
  const write = stdout.write.bind(stdout);
  stdout.write = stderr.write.bind(stderr);
  return (text, done) => write(text, done);
}

/** False: it could not be written after all. What was found is printed by then. */
function writeReport(findings: Findings, { report }: TuneOptions): boolean {
  if (report === undefined) return true;
  try {
    writeFileSync(report, renderPage(reportOf(findings)));
    process.stderr.write(`Report: ${report}\n`);
    return true;
  } catch (error) {
    process.stderr.write(`granule: --report: ${(error as Error).message}\n`);
    return false;
  }
}

/** What goes to stdout. */
function printed(findings: Findings, { json }: TuneOptions): string {
  if (json === true) return `${JSON.stringify(findings)}\n`;
  return textOf(findings, isColourful() ? COLOUR : NO_COLOUR, process.stdout.columns || undefined); // a pty may say 0
}

/** no-color.org: any value of NO_COLOR that is not empty. */
function isColourful(): boolean {
  return process.stdout.isTTY && (process.env['NO_COLOR'] ?? '') === '' && process.env['TERM'] !== 'dumb';
}

/** Why there is no function to measure, in one line. */
function unloaded({ message, cause }: ModuleFailure): string {
  const { code, exitCode } = (cause ?? {}) as { code?: unknown; exitCode?: number };
  if (code === 'ERR_GRANULE_WORKER_LOST') {
    return `it ended its thread while it was loaded: exit code ${exitCode}; does it call process.exit?`;
  }
  // Node 20 says that it does not know the ending, and not what to do.
  const isAble = Boolean((process.features as { typescript?: unknown }).typescript);
  if (!isAble && /\bUnknown file extension "\.[cm]?ts"/.test(message)) {
    const version = process.versions.node;
    return `${message}. Node ${version} does not run TypeScript: give the JavaScript it compiles to, or use Node 24`;
  }
  // Thrown by the module itself, or what it imports: where?
  const [, place] = /\((file:.*)\)$|at (file:.*)$/.exec(framesOf(cause)[0] ?? '')?.filter(Boolean) ?? [];
  return place === undefined || place.includes('/node_modules/granule/') ? message : `${message} (${place})`;
}

function unfinished(name: string, { during, stuck }: BudgetSpent, { budget }: TuneOptions): string {
  const time = duration(budget);
  const what =
    stuck !== undefined && stuck.index > 0
      ? `${name} had not returned from item ${stuck.index} (${shown(stuck.item)}) for ${duration(stuck.ms)} when the ` +
        `budget of ${time} was spent: does it ever? If it does,`
      : during === undefined || during === FIRST_ITEM || stuck !== undefined
        ? `${name} was not done with one item within ${time}:`
        : `the budget of ${time} was spent on ${during}, before ${name} was called:`;
  return `granule: ${what} give it more time with --budget\n`;
}

/** Which item, and what was thrown, with its stack. */
function failed(name: string, { index, item, cause }: ItemFailure): string {
  const where = index < 0 ? '' : ` at item ${index} (${shown(item)})`;
  const { code, exitCode, cause: inner } = (cause ?? {}) as { code?: unknown; exitCode?: number; cause?: unknown };
  if (code === 'ERR_GRANULE_WORKER_LOST') {
    const lines =
      inner == null ? [`exit code ${exitCode}; does it call process.exit?`] : [firstLine(inner), ...framesOf(inner)];
    return `granule: ${name} ended its thread${where}: ${lines.join('\n')}\n`;
  }
  // Frames of granule's own say nothing about the function.
  const frames = typeof code === 'string' && code.startsWith('ERR_GRANULE_') ? [] : framesOf(cause);
  return `${[`granule: ${name} failed${where}: ${firstLine(cause)}`, ...frames].join('\n')}\n`;
}

function shown(item: unknown): string {
  const value = inspect(item, { depth: 1, breakLength: Infinity, maxArrayLength: 5, maxStringLength: 80 });
  return value.length > 120 ? `${value.slice(0, 120)}…` : value;
}

/** For a function of something else than numbers. */
function hint({ index, cause }: ItemFailure, { item, itemsFrom }: TuneOptions): string {
  const { name, code } = (cause ?? {}) as { name?: unknown; code?: unknown };
  const isOfItem = name !== 'SerializationError' && code !== 'ERR_GRANULE_WORKER_LOST';
  if (index < 0 || item !== undefined || itemsFrom !== undefined || !isOfItem) return '';
  return 'Its items were the numbers 0, 1, …: give it others with --item or --items-from.\n';
}

function framesOf(error: unknown): string[] {
  const { stack } = (error ?? {}) as { stack?: unknown };
  return typeof stack === 'string' ? stack.split('\n').filter((line) => /^\s+at /.test(line)) : [];
}
