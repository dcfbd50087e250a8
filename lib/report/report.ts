/**
 * What a report says, as plain data: `granule tune` and the suites make it, the page (page.ts), its tables and the
 * drawing in the terminal come of it. Numbers are in the axis's unit: seconds, bytes, or plain.
 */

export interface Report {
  readonly title: string;
  /** One sentence under the title: the verdict, or what was measured. */
  readonly summary: string;
  /** An ISO date. */
  readonly made: string;
  /** Machine, versions, settings, in order. */
  readonly facts: readonly (readonly [name: string, value: string])[];
  readonly sections: readonly Section[];
}

export interface Section {
  readonly heading: string;
  /** Paragraphs of plain text. */
  readonly text: readonly string[];
  readonly charts: readonly Chart[];
  readonly tables: readonly Table[];
  /** Lines of code to paste. */
  readonly code?: string;
}

export type Chart = LineChart | TimelineChart | BarChart;

export type Unit = 'seconds' | 'bytes' | 'count' | 'ratio' | 'bytes/second' | 'items/second';

export interface Axis {
  readonly label: string;
  readonly scale: 'linear' | 'log';
  readonly unit: Unit;
}

/** One or more series over a common x. Each has its data as a table beneath it. */
export interface LineChart {
  readonly kind: 'lines';
  readonly title: string;
  /** What there is to see, in a sentence: the text for those who cannot see it. */
  readonly caption: string;
  readonly x: Axis;
  readonly y: Axis;
  readonly series: readonly Series[];
  readonly marks: readonly Mark[];
}

export interface Series {
  readonly name: string;
  /** In the order of x. `low` and `high` are the quartiles, where there are several samples. */
  readonly points: readonly { readonly x: number; readonly y: number; readonly low?: number; readonly high?: number }[];
  /** An ideal or a rule, not a measurement. */
  readonly ideal?: boolean;
}

/** A line across the chart: the crossover, the learned chunksize. */
export interface Mark {
  readonly axis: 'x' | 'y';
  readonly at: number;
  readonly label: string;
}

/** Spans of time by lane: which thread ran which chunk, when. */
export interface TimelineChart {
  readonly kind: 'timeline';
  readonly title: string;
  readonly caption: string;
  /** Seconds; where it is absent, or less than that, the end of the last span. */
  readonly end?: number;
  readonly lanes: readonly {
    readonly name: string;
    /** Seconds since the start. */
    readonly spans: readonly { readonly start: number; readonly end: number; readonly label: string }[];
  }[];
}

/** Bars of stacked parts: where the time went. */
export interface BarChart {
  readonly kind: 'bars';
  readonly title: string;
  readonly caption: string;
  readonly unit: Unit;
  readonly bars: readonly {
    readonly name: string;
    readonly parts: readonly { readonly name: string; readonly value: number }[];
  }[];
}

export interface Table {
  readonly title: string;
  readonly columns: readonly { readonly name: string; readonly align: 'left' | 'right' }[];
  readonly rows: readonly (readonly string[])[];
}
