/** Tells observers of the chunks that threads have recorded (chunk-records.ts). */
import type { Segment } from './arena.js';
import type { Boards } from './boards.js';
import { ChunkReader } from './chunk-records.js';
import type { Work } from './engine.js';
import type { Job, RangeSpec } from './job.js';
import * as L from './layout.js';
import type { Seat } from './seats.js';

export class ChunkTeller {
  readonly #map: L.ControlMap;
  readonly #boards: Boards;
  readonly #makeSegment: () => Segment;
  readonly #ends: number[];
  #segment: Segment | undefined;
  #reader: ChunkReader | undefined;

  /** `makeSegment` makes memory of `recordsBytes()`. */
  constructor(map: L.ControlMap, boards: Boards, makeSegment: () => Segment) {
    this.#map = map;
    this.#boards = boards;
    this.#makeSegment = makeSegment;
    this.#ends = new Array<number>(map.seats).fill(0);
  }

  /** Where the job's chunks are to be recorded, if they are. */
  segmentFor(work: Work): Segment | undefined {
    if (work.told?.withChunks !== true) return undefined;
    this.#segment ??= this.#makeSegment();
    this.#reader ??= new ChunkReader(this.#segment);
    return this.#segment;
  }

  /** Tells what the seat's thread has recorded; before its tickets are taken back, while boards have their jobs. */
  collect(seat: Seat): void {
    const reader = this.#reader;
    if (reader === undefined) return;
    for (let record = reader.next(seat.index); record !== undefined; record = reader.next(seat.index)) {
      this.#tell(seat, record, false);
    }
  }

  /** The seat's thread has exited: what it was at ends now. Before its board's row is changed. */
  lost(seat: Seat): void {
    this.collect(seat);
    const open = this.#reader?.takeOpen(seat.index);
    const posting = open && this.#boards.posting(open.serial);
    if (open === undefined || posting === undefined) return;
    const { words } = this.#map;
    const row = this.#map.row(posting.board, seat.index);
    const current = words[row + L.R_CURRENT];
    // CURRENT is the item plus one: the one behind it.
    const until = current > 0 ? current : words[row + L.R_FROM];
    if (until <= open.first) return;
    this.#tell(seat, { ...open, until, end: Infinity, dropped: 0 }, current > 0);
  }

  #tell(
    seat: Seat,
    record: { serial: number; first: number; until: number; start: number; end: number; dropped: number },
    lost: boolean,
  ): void {
    const posting = this.#boards.posting(record.serial);
    const told = posting?.job.spec.work.told;
    if (posting === undefined || told === undefined) return;
    const { job, base } = posting;
    // Two threads' clocks may differ by a microsecond: still nothing overlaps, and nothing precedes its call.
    const start = Math.max(told.began, record.start, this.#ends[seat.index]);
    const end = Math.max(start, Math.min(record.end, performance.now()));
    this.#ends[seat.index] = end;
    const { first, count } = extentOf(job, base + record.first, base + record.until);
    const threadId = seat.occupant?.threadId ?? -1;
    const { index } = seat;
    const duration = end - start;
    told.chunk({ threadId, seat: index, first, count, start, duration, lost, missed: record.dropped });
  }
}

function extentOf({ spec }: Job, from: number, until: number): { first: number; count: number } {
  return partOf(spec.work, spec.range, from, until);
}

/** What the call's steps [from, until) are to the user: items, or indices of its range. */
export function partOf(work: Work, range: RangeSpec | undefined, from: number, until: number) {
  if (range === undefined) return { first: work.firstIndex + from, count: until - from };
  const first = range.start + from * range.size;
  return { first, count: Math.min(range.stop, range.start + until * range.size) - first };
}
