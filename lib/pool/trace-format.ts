/**
 * The Trace Event Format, as far as a pool writes it: what chrome://tracing and Perfetto read.
 * https://docs.google.com/document/d/1CvAClvFfyA5R-PhYUmn5OOQtYMH4h6I0nSsKchNAySU
 */

/** An event of a trace file. */
export interface TraceEvent {
  readonly name: string;
  /**
   * What kind of event: 'X', a slice of a thread; 'b' and 'e', begin and end of a slice that belongs to no thread;
   * 'i', a moment; 'C', a counter; 'M', the name of a process or thread.
   */
  readonly ph: 'X' | 'b' | 'e' | 'i' | 'C' | 'M';
  /** Categories. */
  readonly cat?: string;
  /** Microseconds. */
  readonly ts: number;
  /** Microseconds; of 'X' alone. */
  readonly dur?: number;
  readonly pid: number;
  readonly tid: number;
  /** What 'b' and 'e' belong to. */
  readonly id?: string;
  /** What an 'i' is a moment of: 't', a thread. */
  readonly s?: 't';
  readonly args: Readonly<Record<string, unknown>>;
}

/** A trace file, for JSON.stringify. */
export interface TraceFile {
  readonly traceEvents: readonly TraceEvent[];
  readonly displayTimeUnit: 'ms';
  readonly otherData: {
    /** The pool's name. */
    readonly pool: string;
    /** What the events' times count from, as an ISO date: `performance.timeOrigin` of the thread that has the pool. */
    readonly timeOrigin: string;
    /** How many entries the trace had no room for, and how many parts of chunks threads had none for. */
    readonly dropped: number;
  };
}

/** Milliseconds as the format's microseconds, in whole nanoseconds. */
export function microseconds(ms: number): number {
  return Math.round(ms * 1e6) / 1e3;
}

/** A slice of a thread. Rounded so that slices that do not overlap still do not. */
export function slice(name: string, cat: string, at: Place, start: number, end: number, args: Args): TraceEvent {
  const from = Math.round(start * 1e6);
  const dur = (Math.round(end * 1e6) - from) / 1e3;
  return { name, cat, ph: 'X', ts: from / 1e3, dur, ...at, args };
}

export interface Place {
  readonly pid: number;
  readonly tid: number;
}
export type Args = Readonly<Record<string, unknown>>;
