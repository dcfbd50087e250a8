/**
 * What a suite is made of, from the outside in:
 *
 *   suite → row (one piece of work) → subject (one way to do it) → round → sample (seconds per unit)
 *
 * and what comes out of a row: a figure per subject, and the row's claims with their marks.
 */
import type { Chart, Table } from '#lib/report/report.js';
import type { Summary } from './statistics.js';

export interface Suite {
  readonly name: string;
  /** One sentence for the help text. */
  readonly about: string;
  readonly rows: readonly Row[];
  /** What the rows say together, as the crossover does: for the end of the suite's output, and for the report. */
  conclude?(measured: readonly MeasuredRow[]): Conclusion;
}

export interface MeasuredRow {
  readonly row: Row;
  readonly findings: Findings;
}

export interface Conclusion {
  readonly lines: readonly string[];
  readonly charts: readonly Chart[];
  readonly tables: readonly Table[];
}

export interface Row {
  /** What --only takes. */
  readonly id: string;
  readonly work: string;
  measure(pace: Pace): Promise<Findings>;
}

/** How long to look; the same for every subject of a run. */
export interface Pace {
  readonly quick: boolean;
  readonly rounds: number;
  /** What one sample should last. A call that takes longer is a sample by itself. */
  readonly sampleSeconds: number;
  readonly warmUpSeconds: number;
  /** Whether --subject lets this one take part. */
  includes(subject: string): boolean;
  progress(text: string): void;
}

/** One way to do a row's work. */
export interface Subject {
  readonly name: string;
  /** Starts what it needs. Throws Unavailable where this machine cannot run it. */
  open(): Promise<OpenSubject>;
}

export interface OpenSubject {
  /** Runs once, untimed, and returns the result for the row to verify; void where the peer verifies by itself. */
  once(): Promise<unknown>;
  /** Seconds per unit, from about `seconds` of work. */
  sample(seconds: number): Promise<number>;
  close(): Promise<void>;
}

/** A peer that cannot take part here: no python3, a package that does not load on this Node. */
export class Unavailable extends Error {
  override readonly name = 'Unavailable';
}

export interface Figure {
  readonly subject: string;
  readonly unit: 'seconds' | 'bytes';
  /** What the seconds are of: 'call', 'sample', … */
  readonly per?: string;
  /** The subject that it is shown as a multiple of. Default: the row's first. */
  readonly base?: string;
  /** One a round, in the order of the rounds. */
  readonly samples: readonly number[];
  readonly summary: Summary;
}

export interface Claim {
  /** 'granule : piscina by item' */
  readonly compares: string;
  readonly mustBe: string;
  /** Undefined where one side was not measured. */
  readonly measured?: Summary;
  /** `measured` as the table shows it. */
  readonly shown: string;
  readonly met?: boolean;
}

export interface Remark {
  readonly subject: string;
  readonly text: string;
  /** A figure is missing, and not because this machine lacks what the peer needs: the command fails. */
  readonly failed?: boolean;
}

export interface Findings {
  readonly figures: readonly Figure[];
  readonly claims: readonly Claim[];
  /** What was not measured and why, and what else went wrong with a subject. */
  readonly remarks: readonly Remark[];
  /** For the report. */
  readonly charts?: readonly Chart[];
  readonly tables?: readonly Table[];
}
