/**
 * Posts jobs, and ranges of jobs that have to be posted again, on boards; where no board or not enough tickets are
 * free they wait, and are posted in the order they came.
 *
 * Order of each post: threads are equipped, the board's words are written, then the tickets become QUEUED, or PINNED
 * where one seat alone is meant; a runner that has claimed a ticket finds all that it needs (layout.ts).
 */
import type { Boards } from './boards.js';
import { describeWork } from './call-names.js';
import type { Dispatcher } from './dispatcher.js';
import type { Work } from './engine.js';
import type { Equipment } from './equipment.js';
import { debug, DEBUGS } from './events.js';
import type { Job } from './job.js';
import { sealLetter } from './letter.js';
import type { Parcels } from './parcels.js';
import type { PrivateTickets } from './private-tickets.js';
import { SCHEDULES } from './schedules.js';

export class Admission {
  readonly #boards: Boards;
  readonly #equipment: Equipment;
  readonly #privates: PrivateTickets;
  readonly #parcels: Parcels;
  readonly #dispatcher: Dispatcher;
  readonly #name: string;
  /** Jobs, and jobs with leftovers, without a board. */
  readonly #waiting = new Set<Job>();

  /** `name`: the pool's. */
  constructor(
    boards: Boards,
    equipment: Equipment,
    privates: PrivateTickets,
    parcels: Parcels,
    dispatcher: Dispatcher,
    name: string,
  ) {
    this.#boards = boards;
    this.#equipment = equipment;
    this.#privates = privates;
    this.#parcels = parcels;
    this.#dispatcher = dispatcher;
    this.#name = name;
  }

  /** Something waits for a board: no thread is idle. */
  get isFull(): boolean {
    return this.#waiting.size > 0;
  }

  /**
   * Posts the job, or keeps it until there is room. Throws a SerializationError for a parcel that structured clone
   * refuses; nothing of the job is left on any board then.
   */
  submit(job: Job): void {
    const { count, tickets } = job.spec;
    if (this.isFull || !this.#boards.hasRoom(tickets)) {
      if (DEBUGS) debug('%s: no board is free for %s: it waits', this.#name, describeWork(job.spec.work));
      seal(job);
      this.#waiting.add(job);
      return;
    }
    try {
      this.#post(job, 0, count, tickets);
    } catch (error) {
      for (const posting of job.postings.splice(0)) this.#boards.free(posting);
      throw error;
    }
    this.#dispatcher.dispatch();
  }

  /** Posts a range of a posted job once more. */
  again(job: Job, from: number, until: number): void {
    if (!this.isFull && this.#boards.hasRoom(1)) {
      this.#post(job, from, until - from, 1);
      this.#dispatcher.dispatch();
    } else {
      job.leftovers.push([from, until]);
      this.#waiting.add(job);
    }
  }

  /** Boards or tickets may have become free: posts what waits, in order. True: something was posted. */
  pump(): boolean {
    let posted = false;
    for (const job of this.#waiting) {
      if (!this.#boards.hasRoom(job.spec.tickets)) break;
      const leftover = job.leftovers.shift();
      if (job.leftovers.length === 0) this.#waiting.delete(job);
      if (leftover === undefined) this.#post(job, 0, job.spec.count, job.spec.tickets);
      else this.#post(job, leftover[0], leftover[1] - leftover[0], 1);
      posted = true;
    }
    if (posted) this.#dispatcher.dispatch();
    return posted;
  }

  /** The job is settled: what waits of it is not posted any more. */
  forget(job: Job): void {
    this.#waiting.delete(job);
  }

  #post(job: Job, base: number, count: number, tickets: number): void {
    const { parcel, work } = job.spec;
    const { pinned } = work;
    const isFirst = job.state === 'waiting';
    const seat = parcel !== undefined && isFirst && pinned < 0 ? this.#parcels.seat() : undefined;
    job.state = 'posted';
    this.#equipment.equipAll(job);
    const posting = this.#boards.write(job, base, count, tickets);
    if (DEBUGS) {
      const one = seat?.index ?? pinned;
      const invited = one < 0 ? `${tickets} invited` : `seat ${one} invited`;
      const of = `items ${base} to ${base + count} of ${describeWork(work)}`;
      debug('%s: %s on board %d, %s; %s', this.#name, of, posting.board, invited, chunksOf(work));
    }
    if (seat !== undefined) {
      this.#parcels.send(seat, posting);
      return;
    }
    if (isFirst) seal(job);
    if (pinned < 0) for (let i = 0; i < tickets; i++) this.#boards.push(this.#boards.ticket(posting));
    else this.#privates.invite(pinned, posting);
  }
}

/** The parcel's items are read now, whoever will get them. */
function seal(job: Job): void {
  const { parcel } = job.spec;
  if (parcel !== undefined) job.letter ??= sealLetter(parcel);
}

/** 'auto from 1, 40 ns an item': by which rule chunks are handed out, and what is known of the items. */
function chunksOf({ schedule, chunk, entry: { cost } }: Work): string {
  const rule = `${SCHEDULES[schedule]} ${SCHEDULES[schedule] === 'dynamic' ? 'by' : 'from'} ${chunk}`;
  if (cost.asynchronous) return `${rule}, async`;
  return `${rule}, ${cost.nsPerItem > 0 ? `${Math.ceil(cost.nsPerItem)} ns an item` : 'cost unknown'}`;
}
