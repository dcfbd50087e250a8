/** What every trace file must hold, by the Trace Event Format and by what a pool promises. */
import { expect } from '@jest/globals';
import type { TraceEvent, TraceFile } from 'granule';

/** As a viewer gets it: from the file. Fails where it is no valid trace. */
export function checkedTrace(file: TraceFile): TraceFile {
  const read = JSON.parse(JSON.stringify(file)) as TraceFile;
  expect(read).toEqual(file);
  for (const event of read.traceEvents) checkEvent(event);
  checkPairs(read.traceEvents);
  checkSlices(read.traceEvents);
  return read;
}

function checkEvent(event: TraceEvent): void {
  const { name, ph, ts, dur, pid, tid, id, s, cat, args } = event;
  expect(name).not.toBe('');
  expect(Object.keys(args)).toBeDefined();
  expect([pid, tid].every((word) => Number.isInteger(word) && word > 0)).toBe(true);
  expect(ts).toBeGreaterThanOrEqual(0);
  const has = { dur: dur !== undefined, id: id !== undefined, s, cat: cat !== undefined };
  const none = { dur: false, id: false, s: undefined, cat: true };
  switch (ph) {
    case 'X':
      expect(has).toEqual({ ...none, dur: true });
      expect(dur).toBeGreaterThanOrEqual(0);
      break;
    case 'b':
    case 'e':
      expect(has).toEqual({ ...none, id: true });
      break;
    case 'i':
      expect(has).toEqual({ ...none, s: 't' });
      break;
    case 'C':
      expect(has).toEqual(none);
      expect(Object.values(args).every((value) => Number.isInteger(value) && (value as number) >= 0)).toBe(true);
      break;
    case 'M':
      expect(has).toEqual({ ...none, cat: false });
      expect(['process_name', 'thread_name', 'thread_sort_index']).toContain(name);
      expect(Object.keys(args)).toEqual([name === 'thread_sort_index' ? 'sort_index' : 'name']);
      break;
    default:
      throw new Error(`No phase of the format: ${ph as string}`);
  }
}

/** Each 'b' has its 'e', later and of the same name, properly nested within the same category and id. */
function checkPairs(events: readonly TraceEvent[]): void {
  const open = new Map<string, TraceEvent[]>();
  for (const event of events) {
    if (event.ph !== 'b' && event.ph !== 'e') continue;
    const key = `${event.cat} ${event.id}`;
    const stack = open.get(key) ?? [];
    open.set(key, stack);
    if (event.ph === 'b') stack.push(event);
    else {
      const begin = stack.pop();
      expect(begin?.name).toBe(event.name);
      expect(event.ts).toBeGreaterThanOrEqual(begin!.ts);
    }
  }
  expect([...open.values()].flat()).toEqual([]);
}

/** Slices of one thread follow each other. */
function checkSlices(events: readonly TraceEvent[]): void {
  const ends = new Map<number, number>();
  for (const { ph, tid, ts, dur } of events) {
    if (ph !== 'X') continue;
    expect(nanoseconds(ts)).toBeGreaterThanOrEqual(ends.get(tid) ?? 0);
    ends.set(tid, nanoseconds(ts) + nanoseconds(dur!));
  }
}

/** The format's microseconds, to compare sums of them exactly. */
export function nanoseconds(microseconds: number): number {
  return Math.round(microseconds * 1000);
}

/** A call as its 'b' and 'e' tell it, with the items that threads ran of it. */
export interface TracedCall {
  readonly name: string;
  readonly args: Readonly<Record<string, unknown>>;
  readonly start: number;
  readonly end: number;
  /** Nanoseconds; `undefined`: it did not wait. */
  readonly waited: number | undefined;
  readonly chunks: readonly TraceEvent[];
  /** All items of the chunks, sorted. */
  readonly items: readonly number[];
}

export function callsOf({ traceEvents }: TraceFile): TracedCall[] {
  return traceEvents
    .filter(({ ph, name }) => ph === 'b' && name !== 'wait')
    .map((begin) => {
      const own = traceEvents.filter(({ id }) => id === begin.id);
      const at = (ph: string, name: string): number | undefined => {
        const event = own.find((other) => other.ph === ph && other.name === name);
        return event && nanoseconds(event.ts);
      };
      const chunks = traceEvents.filter(({ ph, args }) => ph === 'X' && args['call'] === begin.args['call']);
      const start = nanoseconds(begin.ts);
      const waitEnd = at('e', 'wait');
      return {
        name: begin.name,
        args: begin.args,
        start,
        end: at('e', begin.name)!,
        waited: waitEnd === undefined ? undefined : waitEnd - start,
        chunks,
        items: itemsOf(chunks.map(({ args }) => args as { first: number; count: number })),
      };
    });
}

/** The items that parts of chunks cover, sorted, each as often as it is covered. */
export function itemsOf(parts: readonly { readonly first: number; readonly count: number }[]): number[] {
  return parts
    .flatMap(({ first, count }) => Array.from({ length: count }, (_, i) => first + i))
    .sort((left, right) => left - right);
}
