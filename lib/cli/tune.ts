/** `granule tune`: does a pool pay for this function, on this machine? */
import { accessSync, constants, existsSync, writeFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { inspect } from 'node:util';
import { InvalidArgumentError } from 'commander';
import { BudgetSpent, firstLine, ItemFailure, ModuleFailure } from '../lab/failures.js';
import type { Findings } from '../lab/findings.js';
import { duration } from '../lab/quantities.js';
import { reportOf } from '../lab/report-of.js';
import { Tuning } from '../lab/tuning.js';
import { renderPage } from '../report/page.js';
import { ProgressBar } from './progress.js';
import { requestOf, type TuneOptions } from './tune-arguments.js';
import { COLOUR, NO_COLOUR, textOf } from './tune-text.js';

const REDRAW_MS = 100;

export async function tune(module: string, name: string, options: TuneOptions): Promise<void> {
  const request = requestOf(module, name, options);
  requireWritable(options.report);
  const tuning = new Tuning(request, options.budget);
  const bar = options.progress ?? process.stderr.isTTY ? new ProgressBar(process.stderr) : undefined;
  const redraw = setInterval(() => bar?.update(tuning.share), REDRAW_MS);
  const interrupted = onInterrupt(() => {
    bar?.[Symbol.dispose]();
    process.stdout.write(printed(tuning.findings(), options), () => process.exit(130));
  });
  try {
    const findings = await tuning.run();
    bar?.[Symbol.dispose]();
    process.stdout.write(printed(findings, options));
  } catch (error) {
    bar?.[Symbol.dispose]();
    if (error instanceof ModuleFailure) throw new InvalidArgumentError(`${module}: ${error.message}`);
    if (error instanceof ItemFailure) process.stderr.write(failed(name, error));
    else if (error instanceof BudgetSpent) process.stderr.write(unfinished(name, options));
    else throw error;
    process.exitCode = 1;
  } finally {
    clearInterval(redraw);
    interrupted[Symbol.dispose]();
    await tuning[Symbol.asyncDispose]();
  }
}

/** Before anything is measured: twenty seconds for nothing are a poor error message. */
function requireWritable(report: string | undefined): void {
  if (report === undefined) return;
  try {
    accessSync(existsSync(report) ? report : dirname(resolve(report)), constants.W_OK);
  } catch {
    throw new InvalidArgumentError(`Cannot write the report to ${report}.`);
  }
}

/** What goes to stdout; the report, if one was asked for, is written here too. */
function printed(findings: Findings, { json, report }: TuneOptions): string {
  if (report !== undefined) {
    writeFileSync(report, renderPage(reportOf(findings)));
    process.stderr.write(`Report: ${report}\n`);
  }
  if (json === true) return `${JSON.stringify(findings)}\n`;
  return textOf(findings, isColourful() ? COLOUR : NO_COLOUR);
}

/** no-color.org: any value of NO_COLOR that is not empty. */
function isColourful(): boolean {
  return process.stdout.isTTY && (process.env['NO_COLOR'] ?? '') === '' && process.env['TERM'] !== 'dumb';
}

/** Ctrl-C does this instead of ending the command (main.ts). */
function onInterrupt(print: () => void): Disposable {
  const others = process.listeners('SIGINT');
  for (const other of others) process.off('SIGINT', other);
  process.once('SIGINT', print);
  return {
    [Symbol.dispose]: () => {
      process.off('SIGINT', print);
      for (const other of others) process.on('SIGINT', other);
    },
  };
}

function unfinished(name: string, { budget }: TuneOptions): string {
  return `granule: ${name} was not done with one item within ${duration(budget)}: give it more time with --budget\n`;
}

/** Which item, and what was thrown, with its stack. */
function failed(name: string, { index, item, cause }: ItemFailure): string {
  const value = inspect(item, { depth: 1, breakLength: Infinity, maxArrayLength: 5, maxStringLength: 80 });
  const where = index < 0 ? '' : ` at item ${index} (${value.length > 120 ? `${value.slice(0, 120)}…` : value})`;
  const { stack } = (cause ?? {}) as { stack?: unknown };
  const frames = typeof stack === 'string' ? stack.split('\n').filter((line) => /^\s+at /.test(line)) : [];
  return `${[`granule: ${name} failed${where}: ${firstLine(cause)}`, ...frames].join('\n')}\n`;
}
