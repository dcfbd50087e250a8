/** The result of `granule pi`, for people. */
import type { PiResult } from './pi.js';

/** A run over before this many seconds says little about speed: starting and ending it weigh in. */
const TELLING = 0.02;

export function reportOf(result: PiResult): string {
  const { estimate, standardError, distance, distanceInStandardErrors: errors, seconds, speedup } = result;
  // Two digits of the standard error, and everything else as far as that.
  const digits = standardError === 0 ? 2 : Math.min(15, Math.max(2, 1 - Math.floor(Math.log10(standardError))));
  const away = errors === null ? '' : ` (${Math.abs(errors).toFixed(2)} standard errors)`;
  const doubt = seconds < TELLING ? ' (too short a run to tell)' : '';
  const rows: [string, string][] = [
    ['standard error', standardError.toFixed(digits)],
    ['distance to π', `${signed(distance, digits)}${away}`],
    ['samples', `${count(result.samples)} in ${seconds < 100 ? seconds.toPrecision(3) : count(seconds)} s`],
    ['samples/s', `${count(result.samplesPerSecond)} (one thread ${count(result.oneThreadSamplesPerSecond)})`],
    ['threads', String(result.threads)],
    ['speedup', `${speedup.toFixed(2)} × one thread${doubt}`],
    ['seed', `${result.seed} (the same estimate on any number of threads)`],
  ];
  const width = Math.max(...rows.map(([name]) => name.length));
  const lines = rows.map(([name, value]) => `  ${name.padEnd(width)}  ${value}`);
  return `π ≈ ${estimate.toFixed(digits)}\n${lines.join('\n')}\n`;
}

function signed(number: number, digits: number): string {
  return `${number < 0 ? '−' : '+'}${Math.abs(number).toFixed(digits)}`;
}

function count(number: number): string {
  return Math.round(number).toLocaleString('en-US');
}
