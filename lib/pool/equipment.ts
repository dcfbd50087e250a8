/**
 * What threads have to be told by mail before they can serve a job: its task, memory that is not in the
 * arena they started with, arguments and items that only messages carry.
 *
 * Invariant: a thread is equipped for a job before it can see a ticket of it (posted first, then QUEUED), and
 * a new thread for all posted jobs before its first runner starts. So a runner finds its mail in its port.
 */
import type { MessagePort, Transferable } from 'node:worker_threads';
import type { PreparedMessage } from '../tasks/codec/message.js';
import type { Segment } from './arena.js';
import type { Job, Posting } from './job.js';
import { ARGS_MAIL } from './layout.js';
import { postItems, sealLetter } from './letter.js';
import type { Seat } from './seats.js';
import type { Threads } from './threads.js';

export class Equipment {
  readonly #threads: Threads;
  readonly #initargs: PreparedMessage | undefined;

  /** `initargs`: those that are packed for each thread anew, and so are not in its workerData. */
  constructor(threads: Threads, initargs: PreparedMessage | undefined) {
    this.#threads = threads;
    this.#initargs = initargs;
  }

  /** A thread has taken its seat. */
  welcome(seat: Seat): void {
    if (this.#initargs === undefined) return;
    const { value, transfer } = this.#initargs.load();
    this.#threads.post(seat, { kind: 'initargs', value }, transfer as Transferable[]);
  }

  equipAll(job: Job): void {
    for (const seat of this.#threads.seats) if (seat.occupant !== undefined) this.equip(seat, job);
  }

  equip(seat: Seat, job: Job): void {
    const { work, input, output, block, argsLane, argsMail } = job.spec;
    const { entry } = work;
    const { tasks, segments, args } = seat.occupant!;
    if (!tasks.has(entry.id)) {
      tasks.add(entry.id);
      this.#threads.post(seat, { kind: 'task', id: entry.id, spec: entry.spec });
    }
    if (!segments.has(block.segment.id)) this.#tell(seat, block.segment);
    if (!segments.has(input.segment.id)) this.#tell(seat, input.segment);
    if (!segments.has(output.segment.id)) this.#tell(seat, output.segment);
    if (job.chunks !== undefined && !segments.has(job.chunks.id)) this.#tell(seat, job.chunks);
    if (argsLane === ARGS_MAIL && !args.has(job.id)) {
      args.add(job.id);
      const { value, transfer } = argsMail!.load();
      this.#threads.post(seat, { kind: 'args', job: job.id, value }, transfer as Transferable[]);
    }
  }

  #tell(seat: Seat, { id, memory }: Segment): void {
    seat.occupant!.segments.add(id);
    this.#threads.post(seat, { kind: 'segment', id, memory });
  }

  /** The job is over: threads let go of what was its own. */
  drop(job: Job): void {
    const { input, output, block, argsLane } = job.spec;
    const isAllInArena = block.segment.lasting && input.segment.lasting && output.segment.lasting;
    if (isAllInArena && argsLane !== ARGS_MAIL) return;
    const own = [block.segment, input.segment, output.segment].filter((segment) => !segment.lasting);
    const segments = [...new Set(own.map((segment) => segment.id))];
    for (const seat of this.#threads.seats) {
      if (seat.occupant === undefined) continue;
      for (const id of segments) seat.occupant.segments.delete(id);
      seat.occupant.args.delete(job.id);
      this.#threads.post(seat, { kind: 'drop', segments, job: job.id, tasks: [] });
    }
  }

  /** A task that no job uses. */
  forgetTask(id: number): void {
    for (const seat of this.#threads.seats) {
      if (seat.occupant?.tasks.delete(id) === true) {
        this.#threads.post(seat, { kind: 'drop', segments: [], job: 0, tasks: [id] });
      }
    }
  }

  /** Answers a runner that has claimed a ticket whose items come by message. */
  sendItems(seat: Seat, serial: number, posting: Posting | undefined): void {
    const letter = posting?.job.state === 'posted' ? letterFor(posting) : undefined;
    if (letter === undefined) this.#threads.post(seat, { kind: 'items', serial });
    else this.#threads.post(seat, { kind: 'items', serial, parcel: { letter } }, [letter]);
  }

  /** To the seat that alone will be offered the ticket. A SerializationError leaves nothing sent. */
  sendAhead(seat: Seat, posting: Posting): void {
    const { job, serial } = posting;
    if (job.letter === undefined) {
      postItems(job.spec.parcel!, (parcel, transfer) => {
        this.#threads.post(seat, { kind: 'items', serial, parcel }, transfer);
      });
    } else this.sendItems(seat, serial, posting);
  }

  /** Nobody will take what was sent ahead. */
  recall(seat: Seat, { serial }: Posting): void {
    this.#threads.post(seat, { kind: 'items', serial });
  }
}

function letterFor({ job, base, count }: Posting): MessagePort {
  if (job.letter !== undefined) {
    const { letter } = job;
    job.letter = undefined;
    return letter;
  }
  // A thread took the first letter down with it; only what was not moved can be sent again.
  return sealLetter(job.spec.parcel!.slice(base, base + count));
}
