/**
 * The caller's side of the threads: the life of a job, from `submit` to where no thread can touch its memory any more,
 * and what the threads' coming and going means to the jobs.
 *
 * Each part has a file: `admission.ts` posts jobs on boards, `dispatcher.ts` wakes runners for them, `hearing.ts` says
 * when to look for what they have done, `completions.ts` takes it in, `losses.ts` judges what a thread left that has
 * exited. Here is in which order they act.
 */
import { WorkerLostError } from '../errors.js';
import type { PreparedMessage } from '../tasks/codec/message.js';
import { Admission } from './admission.js';
import type { Segment } from './arena.js';
import { Boards } from './boards.js';
import { describeWork } from './call-names.js';
import { ChunkTeller } from './chunk-teller.js';
import { Completions } from './completions.js';
import { Dispatcher } from './dispatcher.js';
import { Equipment } from './equipment.js';
import { debug, DEBUGS } from './events.js';
import { Hearing } from './hearing.js';
import { ItemWatch } from './item-watch.js';
import type { Job, Outcome } from './job.js';
import type { ControlMap } from './layout.js';
import { Losses } from './losses.js';
import type { Metrics } from './metrics.js';
import type { PageReader } from './pages.js';
import { Parcels } from './parcels.js';
import { PendingJobs } from './pending-jobs.js';
import { PrivateTickets } from './private-tickets.js';
import { Progress } from './progress.js';
import type { Reply } from './protocol.js';
import { Replies } from './replies.js';
import type { ResultReader } from './results.js';
import { clearSeat, type Exit, type Seat } from './seats.js';
import { Stopping } from './stopping.js';
import { Tally } from './tally.js';
import { Threads, type ThreadEvents, type ThreadOptions } from './threads.js';

export class Scheduler implements ThreadEvents {
  readonly tally: Tally;
  readonly #map: ControlMap;
  readonly #name: string;
  readonly #looks: boolean;
  readonly #pages: PageReader;
  readonly #results: ResultReader;
  readonly #release: (job: Job) => void;
  readonly #jobs: PendingJobs;
  readonly #threads: Threads;
  readonly #equipment: Equipment;
  readonly #privates: PrivateTickets;
  readonly #dispatcher: Dispatcher;
  readonly #admission: Admission;
  readonly #hearing: Hearing;
  readonly #completions: Completions;
  readonly #chunks: ChunkTeller;
  readonly #replies: Replies;
  readonly #losses: Losses;
  readonly #stopping: Stopping;
  readonly #watch: ItemWatch;
  readonly #progress: Progress;
  #failure: WorkerLostError | undefined;

  /** `looks`: the caller may watch for a short call's end, on a core of its own. `release` frees a job's memory. */
  constructor(
    options: ThreadOptions,
    initargs: PreparedMessage | undefined,
    map: ControlMap,
    pages: PageReader,
    results: ResultReader,
    looks: boolean,
    release: (job: Job) => void,
    metrics: Metrics,
    recordsSegment: () => Segment,
  ) {
    this.#map = map;
    this.#name = options.data.pool;
    this.#looks = looks;
    this.#pages = pages;
    this.#results = results;
    this.#release = release;
    const boards = new Boards(map);
    const threads = (this.#threads = new Threads(options, map, this));
    this.tally = new Tally(map, boards, metrics);
    this.#jobs = new PendingJobs(boards);
    this.#equipment = new Equipment(threads, initargs);
    this.#privates = new PrivateTickets(map, boards, threads);
    const parcels = new Parcels(map, boards, threads, this.#privates, this.#equipment);
    this.#dispatcher = new Dispatcher(map, boards, threads, this.#privates, this.#name);
    this.#admission = new Admission(boards, this.#equipment, this.#privates, parcels, this.#dispatcher, this.#name);

    const again = (job: Job, from: number, until: number): void => {
      this.#admission.again(job, from, until);
    };
    const fail = (job: Job, error: unknown): void => {
      this.#fail(job, error);
    };
    const cancel = (job: Job, error: unknown): void => {
      this.cancel(job, error);
    };
    this.#chunks = new ChunkTeller(map, boards, recordsSegment);
    options.observers.catchUp = () => {
      for (const seat of threads.seats) this.#chunks.collect(seat);
    };
    this.#completions = new Completions(map, boards, threads, this.#chunks, again, (job, now) => {
      this.#boardBack(job, now);
    });
    this.#hearing = new Hearing(
      map.words,
      () => {
        this.#collect();
      },
      () => this.#jobs.size > 0,
    );
    this.#replies = new Replies(boards, pages, this.#equipment, fail);
    const cancelAll = (error: () => unknown): void => {
      this.cancelAll(error);
    };
    this.#losses = new Losses(map, boards, this.#completions, this.#jobs, { again, fail, cancelAll });
    this.#stopping = new Stopping(map, boards, threads, parcels);
    this.#watch = new ItemWatch(map, threads, this.#stopping, cancel);
    this.#progress = new Progress(map, cancel);
  }

  // ── A job's life ───────────────────────────────────────────────────────────────────────────────

  /** A call is about to be encoded and submitted. */
  rouse(): void {
    if (this.#jobs.size === 0) this.#dispatcher.rouse();
  }

  /**
   * Takes the job over: `job.settle` will be called once, whatever happens. Throws, with everything as it was, a
   * SerializationError for a parcel that structured clone refuses.
   */
  submit(job: Job): void {
    const { work } = job.spec;
    work.entry.uses++;
    job.chunks = this.#chunks.segmentFor(work);
    this.#jobs.add(job);
    if (this.#failure !== undefined) {
      this.cancel(job, this.#failure);
      return;
    }
    try {
      this.#admission.submit(job);
    } catch (error) {
      this.#over(job);
      throw error;
    }
    this.#watch.start(job);
    if (job.state === 'posted') this.#listen(job);
    // Not before: nobody is told of progress from within the call that is being made.
    if (job.state === 'posted' || job.state === 'waiting') this.#progress.add(job);
  }

  /** Rejects the job now. What has not started never starts; what runs is asked to stop, and then made to. */
  cancel(job: Job, error: unknown): void {
    if (job.state === 'settled' || job.state === 'over') return;
    // Given up before a thread came to it: perhaps because one is stuck.
    if (!this.#jobs.hasBegun(job)) this.#stopping.suspect();
    this.#settle(job, { failed: true, error });
    this.#windDown(job);
    this.#pump();
  }

  cancelAll(error: () => unknown): void {
    // The last first: a thread that is let go by one must not find the next still to be had.
    for (const job of this.#jobs.latestFirst()) this.cancel(job, error());
  }

  /** No item of the job can run: its task does not load, or ends its thread as it does. */
  #fail(job: Job, error: unknown): void {
    if (job.state !== 'posted') return;
    this.#settle(job, { failed: true, error });
    this.#windDown(job);
  }

  #boardBack(job: Job, now: number | undefined): void {
    if (job.broken !== undefined) this.#fail(job, job.broken.error);
    if (job.postings.length > 0 || job.leftovers.length > 0) return;
    if (job.state === 'posted') this.#progress.report(job);
    if (job.state === 'posted') this.#settle(job, outcomeOf(job), now);
    if (job.state === 'settled') this.#over(job);
  }

  #settle(job: Job, outcome: Outcome, now?: number): void {
    const wasWaiting = job.state === 'waiting';
    job.state = 'settled';
    this.tally.settled(job, now);
    this.#watch.stop(job);
    if (DEBUGS) {
      const { work, count } = job.spec;
      const how = outcome.failed ? 'failed' : 'is done';
      debug('%s: %s %s after %d of %d items', this.#name, describeWork(work), how, job.done, count);
    }
    job.settle(outcome, job);
    this.#admission.forget(job);
    if (wasWaiting) this.#over(job);
  }

  /** The job is settled: what has not started does not start, and what runs ends. */
  #windDown(job: Job): void {
    if (job.state !== 'settled') return;
    job.leftovers.length = 0;
    for (const posting of [...job.postings]) {
      this.#stopping.announce(posting);
      if (posting.tickets.length === 0) this.#completions.postingBack(posting);
    }
    if (job.postings.length > 0) this.#stopping.enforce(job);
    else this.#over(job);
  }

  /** No thread can touch the job's memory any more. */
  #over(job: Job): void {
    if (job.state === 'over') return;
    job.state = 'over';
    if (job.notNumbers) this.#results.discard(job);
    job.spec.work.entry.uses--;
    job.letter?.close();
    this.#equipment.drop(job);
    this.#release(job);
    this.#progress.delete(job);
    this.#jobs.delete(job);
    this.#jobs.wakeIdle();
  }

  /** Boards or tickets have become free. */
  #pump(): void {
    if (this.#admission.pump()) this.#hearing.sleep();
  }

  // ── Hearing ────────────────────────────────────────────────────────────────────────────────────

  #listen(job: Job): void {
    const { work, count, itemsPerUnit, tickets } = job.spec;
    const isSole = this.#looks && this.#jobs.size === 1;
    if (isSole && work.entry.cost.looks(count * itemsPerUnit, tickets) && this.#dispatcher.someoneIsAwake) {
      this.#hearing.look(() => this.#jobs.size === 1 && job.state === 'posted');
    } else this.#hearing.sleep();
  }

  /** Takes in all that runners have finished since the last look. */
  #collect(): void {
    for (const seat of this.#threads.seats) this.#collectSeat(seat);
    this.#dispatcher.answerAsks(!this.#admission.isFull);
    this.#progress.reportAll();
  }

  #collectSeat(seat: Seat): void {
    if (!this.#completions.collect(seat)) return;
    this.#privates.offer(seat);
    this.#pump();
  }

  // ── Threads ────────────────────────────────────────────────────────────────────────────────────

  seated(seat: Seat): void {
    clearSeat(this.#map, seat);
    this.#equipment.welcome(seat);
    for (const job of this.#jobs) if (job.state === 'posted') this.#equipment.equip(seat, job);
    this.#privates.offer(seat);
    this.#dispatcher.dispatch();
  }

  returned(seat: Seat): void {
    this.#collect();
    this.#privates.offer(seat);
    this.#dispatcher.dispatch();
    this.#jobs.wakeIdle();
  }

  reply(seat: Seat, reply: Reply): void {
    this.#replies.take(seat, reply);
  }

  lost(seat: Seat, exit: Exit): void {
    this.#collectSeat(seat);
    this.#chunks.lost(seat);
    this.tally.threadEnded(seat.index, exit.expected);
    this.#losses.judge(seat, exit);
    this.#pages.orphan(seat.occupant!);
    clearSeat(this.#map, seat);
    this.#pump();
    this.#dispatcher.dispatch();
    setImmediate(() => {
      this.#jobs.wakeIdle();
    });
  }

  failed(exit: Exit): void {
    this.#failure = new WorkerLostError(
      `The threads of the pool end before they are ready (exit code ${exit.exitCode}): ` +
        'see the cause; often a module preloaded with --import that fails, or resourceLimits too small to start',
      exit,
    );
    this.cancelAll(() => this.#failure);
  }

  // ── The pool's ─────────────────────────────────────────────────────────────────────────────────

  /** Calls that no thread has begun. */
  get queued(): number {
    return this.#jobs.queued;
  }
  /** Calls under way. */
  get running(): number {
    return this.#jobs.running;
  }

  forgetTask(id: number): void {
    this.#equipment.forgetTask(id);
  }

  /** Resolves when no call is left and every runner has returned to piscina. */
  async idle(): Promise<void> {
    while (this.#jobs.size > 0 || this.#threads.seats.some((seat) => seat.running)) await this.#jobs.nextIdle();
  }

  /** Ends the threads, idle or not; resolves when the last has exited. */
  async end(): Promise<void> {
    this.#jobs.keepAlive();
    try {
      await this.#threads.end();
    } finally {
      this.#hearing.end();
      this.#jobs.letGo();
    }
  }
}

/** Of a job that is through; results are read later, by who wants them. */
function outcomeOf({ spec, minFail, failedHere, errors }: Job): Outcome {
  if (spec.work.settled || minFail === Infinity) return { failed: false };
  return { failed: true, error: failedHere.get(minFail) ?? errors.get(minFail) };
}
