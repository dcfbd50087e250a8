/** What threads post to the caller: pages, results and errors that bytes cannot carry, and what they ask for. */
import { dropMessage, unpackMessage } from '../tasks/codec/message.js';
import { decodeError, type ErrorOrigin, type TaskErrorInfo } from '../tasks/error-transport.js';
import type { Boards } from './boards.js';
import type { Equipment } from './equipment.js';
import { withEntry, type Job } from './job.js';
import type { PageReader } from './pages.js';
import type { Reply } from './protocol.js';
import type { Seat } from './seats.js';

export class Replies {
  readonly #boards: Boards;
  readonly #pages: PageReader;
  readonly #equipment: Equipment;
  readonly #fail: (job: Job, error: unknown) => void;

  /** `fail` is called where no item of a job can run. */
  constructor(
    boards: Boards,
    pages: PageReader,
    equipment: Equipment,
    fail: (job: Job, error: unknown) => void,
  ) {
    this.#boards = boards;
    this.#pages = pages;
    this.#equipment = equipment;
    this.#fail = fail;
  }

  take(seat: Seat, reply: Reply): void {
    if (reply.kind === 'page') {
      this.#pages.add(reply.id, reply.memory, reply.keep, seat.occupant!);
      return;
    }
    const posting = this.#boards.posting(reply.serial);
    if (reply.kind === 'want') {
      this.#equipment.sendItems(seat, reply.serial, posting);
      return;
    }
    if (posting === undefined) {
      // The board has come back without it: its call was given up.
      if (reply.kind === 'value') dropMessage(reply.value);
      return;
    }
    const { job } = posting;
    const threadId = seat.occupant?.threadId ?? -1;
    if (reply.kind === 'broken') {
      const task = { name: job.spec.work.entry.spec.label, index: undefined, threadId };
      job.broken ??= { error: decodeError(reply.error, originOf(task, job)) };
      if (posting.tickets.length > 0) this.#fail(job, job.broken.error);
      return;
    }
    const index = posting.base + reply.index;
    if (reply.kind === 'value') job.values = withEntry(job.values, index, unpackMessage(reply.value));
    else {
      const error = decodeError(reply.error, originOf(job.info(index, threadId), job));
      job.errors = withEntry(job.errors, index, error);
    }
  }
}

/** Where the error comes from: the task, and the call that it was made by. */
function originOf(task: TaskErrorInfo, job: Job): ErrorOrigin {
  const callStack = job.spec.work.callSite.stack;
  return callStack === undefined ? { task } : { task, callStack };
}
