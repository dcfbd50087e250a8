/**
 * The caller's side: posts jobs on boards, wakes as many runners as pay, collects what they finish.
 *
 * Waking. `#dispatch` runs after everything that can leave a ticket without a runner: a post, a runner's
 * return, a thread's seating. It counts the tickets nobody has claimed, and wakes threads for those that
 * neither a lingering runner nor one just started will see (README.md has the argument).
 *
 * Collecting. `#collect` reads the seats' completion rings; `hearing.ts` says when.
 */
import { TimeoutError, WorkerLostError } from '../errors.js';
import { dropMessage, unpackMessage, type PreparedMessage } from '../tasks/codec/message.js';
import { decodeError } from '../tasks/error-transport.js';
import type { Segment } from './arena.js';
import { Boards } from './boards.js';
import { ChunkTeller } from './chunk-teller.js';
import { RUNNER_NS } from './cost-model.js';
import { Equipment } from './equipment.js';
import type { Work } from './engine.js';
import { debug, DEBUGS } from './events.js';
import { Hearing } from './hearing.js';
import { ItemWatch } from './item-watch.js';
import { remove, withEntry, type Job, type Posting } from './job.js';
import * as L from './layout.js';
import { sealLetter } from './letter.js';
import { describeCall, describeItem, lostWhile, Losses } from './losses.js';
import type { Metrics } from './metrics.js';
import type { PageReader } from './pages.js';
import { Parcels } from './parcels.js';
import { placed } from '../tasks/placed.js';
import { PrivateTickets } from './private-tickets.js';
import type { Reply } from './protocol.js';
import type { ResultReader } from './results.js';
import { SCHEDULES } from './schedules.js';
import { Stopping } from './stopping.js';
import { Threads, type Exit, type Seat, type ThreadEvents, type ThreadOptions } from './threads.js';


/** Totals since the start, for stats(). */
export interface Tally {
  completed: number;
  failed: number;
  lostThreads: number;
  /** By seat, milliseconds that threads which have ended spent in tasks. */
  readonly busy: number[];
}

export class Scheduler implements ThreadEvents {
  readonly tally: Tally;
  readonly #map: L.ControlMap;
  readonly #boards: Boards;
  readonly #threads: Threads;
  readonly #pages: PageReader;
  readonly #results: ResultReader;
  readonly #name: string;
  readonly #release: (job: Job) => void;
  readonly #metrics: Metrics;
  readonly #looks: boolean;
  /** Calls that are not over, in the order they came. */
  readonly #jobs = new Set<Job>();
  /** Those of them whose progress somebody wants to hear of. */
  readonly #reporting = new Set<Job>();
  /** Jobs and leftovers without a board. */
  readonly #waiting = new Set<Job>();
  readonly #privates: PrivateTickets;
  readonly #parcels: Parcels;
  readonly #losses: Losses;
  readonly #stopping: Stopping;
  readonly #watch: ItemWatch;
  readonly #hearing: Hearing;
  readonly #equipment: Equipment;
  readonly #chunks: ChunkTeller;
  /** Keeps the program alive while calls are pending: a waitAsync does not. */
  readonly #alive = setInterval(() => undefined, 2 ** 30).unref();
  readonly #idle: (() => void)[] = [];
  #failure: WorkerLostError | undefined;
  /** Of the pool's ASKS, those that were answered. */
  #asks = 0;
  /** The time, while what a seat has finished is taken in. */
  #now: number | undefined;

  constructor(
    options: ThreadOptions,
    initargs: PreparedMessage | undefined,
    map: L.ControlMap,
    pages: PageReader,
    results: ResultReader,
    looks: boolean,
    release: (job: Job) => void,
    metrics: Metrics,
    recordsSegment: () => Segment,
  ) {
    this.tally = { completed: 0, failed: 0, lostThreads: 0, busy: new Array<number>(options.threads).fill(0) };
    this.#name = options.data.pool;
    this.#map = map;
    this.#boards = new Boards(map);
    this.#chunks = new ChunkTeller(map, this.#boards, recordsSegment);
    this.#pages = pages;
    this.#results = results;
    this.#looks = looks;
    this.#release = release;
    this.#metrics = metrics;
    this.#watch = new ItemWatch(map, this.#expire);
    this.#hearing = new Hearing(
      map.words,
      () => {
        this.#collect();
      },
      () => this.#jobs.size > 0,
    );
    this.#threads = new Threads(options, map, this);
    this.#equipment = new Equipment(this.#threads, initargs);
    options.observers.catchUp = () => {
      for (const seat of this.#threads.seats) this.#chunks.collect(seat);
    };
    this.#privates = new PrivateTickets(map, this.#boards, this.#threads);
    this.#parcels = new Parcels(map, this.#boards, this.#threads, this.#privates, this.#equipment);
    this.#stopping = new Stopping(map, this.#boards, this.#threads, this.#parcels);
    this.#losses = new Losses(map, this.#boards, (job, from, until) => {
      this.#again(job, from, until);
    });
  }

  /**
   * A call is about to be encoded and posted. Where every thread is asleep the first is woken now: that takes
   * longer than the encoding, and a runner that finds no ticket yet lingers for it.
   */
  rouse(): void {
    if (this.#jobs.size > 0) return;
    const { seats } = this.#threads;
    const idle = seats.find((seat) => !seat.running && seat.occupant !== undefined);
    if (idle !== undefined && !seats.some((seat) => seat.running)) this.#threads.run(idle);
  }

  /**
   * Takes the job over: `job.settle` will be called once, whatever happens. Throws, with everything as it was, a
   * SerializationError for a parcel that structured clone refuses.
   */
  submit(job: Job): void {
    const { spec } = job;
    spec.work.entry.uses++;
    job.chunks = this.#chunks.segmentFor(spec.work);
    this.#jobs.add(job);
    if (this.#jobs.size === 1) this.#alive.ref();
    if (this.#failure !== undefined) {
      this.cancel(job, this.#failure);
      return;
    }
    try {
      if (this.#waiting.size > 0 || !this.#boards.hasRoom(spec.tickets)) {
        if (DEBUGS) debug('%s: no board is free for %s: it waits', this.#name, nameOf(job));
        this.#seal(job);
        this.#waiting.add(job);
        if (spec.work.onProgress !== undefined) this.#reporting.add(job);
        return;
      }
      this.#post(job, 0, spec.count, spec.tickets);
    } catch (error) {
      for (const posting of job.postings.splice(0)) this.#boards.free(posting);
      this.#over(job);
      throw error;
    }
    this.#dispatch();
    this.#listen(job);
    // Not before: nobody is told of progress from within the call that is being made.
    if (spec.work.onProgress !== undefined && job.state === 'posted') this.#reporting.add(job);
  }

  /** The parcel's items are read now, whoever will get them. */
  #seal(job: Job): void {
    const { parcel } = job.spec;
    if (parcel !== undefined) job.letter ??= sealLetter(parcel);
  }

  /** Rejects the job now. What has not started never starts; what runs is asked to stop, and then made to. */
  cancel(job: Job, error: unknown): void {
    if (job.state === 'settled' || job.state === 'over') return;
    // Given up before a thread came to it: perhaps because one is stuck.
    if (!this.#begun(job)) this.#stopping.suspect();
    this.#settle(job, { failed: true, error });
    this.#windDown(job);
    this.#pump();
  }

  cancelAll(error: () => unknown): void {
    // The last first: a thread that is let go by one must not find the next still to be had.
    for (const job of [...this.#jobs].reverse()) this.cancel(job, error());
  }

  /** Calls that no thread has begun. */
  get queued(): number {
    let count = 0;
    for (const job of this.#jobs) if (job.state !== 'settled' && !this.#begun(job)) count++;
    return count;
  }
  /** Calls under way. */
  get running(): number {
    let count = 0;
    for (const job of this.#jobs) if (job.state !== 'settled' && this.#begun(job)) count++;
    return count;
  }
  /** By seat, milliseconds in tasks. */
  get busy(): number[] {
    return this.tally.busy.map((ms, seat) => ms + this.#map.doubles[(this.#map.seat(seat) >> 1) + L.SEAT_BUSY]);
  }

  /** Resolves when no call is left and every runner has returned to piscina. */
  async idle(): Promise<void> {
    while (this.#jobs.size > 0 || this.#threads.seats.some((seat) => seat.running)) {
      await new Promise<void>((resolve) => this.#idle.push(resolve));
    }
  }

  /** Ends the threads, idle or not; resolves when the last has exited. */
  async end(): Promise<void> {
    this.#alive.ref();
    try {
      await this.#threads.end();
    } finally {
      this.#hearing.end();
      clearInterval(this.#alive);
    }
  }

  // ── Threads ────────────────────────────────────────────────────────────────────────────────────

  seated(seat: Seat): void {
    this.#clearSeat(seat);
    this.#equipment.welcome(seat);
    for (const job of this.#jobs) if (job.state === 'posted') this.#equipment.equip(seat, job);
    this.#privates.offer(seat);
    this.#dispatch();
  }

  returned(seat: Seat): void {
    this.#collect();
    this.#privates.offer(seat);
    this.#dispatch();
    this.#wakeIdle();
  }

  reply(seat: Seat, reply: Reply): void {
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
      if (reply.kind === 'value') dropMessage(reply.value);
      return;
    }
    const { job } = posting;
    const threadId = seat.occupant?.threadId ?? -1;
    if (reply.kind === 'broken') {
      const task = { name: job.spec.work.entry.spec.label, index: undefined, threadId };
      job.broken ??= { error: decodeError(reply.error, at(task, job)) };
      if (posting.tickets.length > 0) this.#break(job, job.broken.error);
      return;
    }
    const index = posting.base + reply.index;
    if (reply.kind === 'value') job.values = withEntry(job.values, index, unpackMessage(reply.value));
    else {
      const error = decodeError(reply.error, at(job.info(index, threadId), job));
      job.errors = withEntry(job.errors, index, error);
    }
  }

  lost(seat: Seat, exit: Exit): void {
    this.#collectSeat(seat);
    this.#chunks.lost(seat);
    if (!exit.expected) this.tally.lostThreads++;
    this.tally.busy[seat.index] += this.#map.doubles[(this.#map.seat(seat.index) >> 1) + L.SEAT_BUSY];
    if (!exit.expected) this.#loseLoading(seat, exit);
    const failure = seat.occupant?.failure;
    if (failure !== undefined) {
      // A fault of ours would meet the same ticket again.
      for (const ticket of this.#boards.ticketsOf(seat.index)) {
        this.#break(this.#boards.ofTicket(ticket)!.job, failure);
      }
    }
    for (const ticket of this.#boards.ticketsOf(seat.index)) this.#lose(seat, ticket, exit);
    for (const ticket of this.#boards.parcelsFor(seat.index)) this.#lose(seat, ticket, exit);
    this.#pages.orphan(seat.occupant!);
    this.#clearSeat(seat);
    this.#pump();
    this.#dispatch();
    setImmediate(() => {
      this.#wakeIdle();
    });
  }

  /** No item of the job can run: its task does not load, or ends its thread as it does. */
  #break(job: Job, error: unknown): void {
    if (job.state !== 'posted') return;
    this.#settle(job, { failed: true, error });
    this.#windDown(job);
  }

  #loseLoading(seat: Seat, exit: Exit): void {
    const loading = Atomics.load(this.#map.words, this.#map.seat(seat.index) + L.SEAT_LOADING);
    const fail = (job: Job, error: unknown): void => {
      this.#break(job, error);
    };
    if (loading > 0) this.#losses.judgeLoading(seat, exit, fail);
    else if (loading === 0) this.#losses.judgeReceiving(seat, this.#jobs, exit, fail);
    else this.cancelAll(() => lostWhile(exit, 'it ran the initializer of the pool'));
  }

  failed(exit: Exit): void {
    this.#failure = new WorkerLostError(
      `The threads of the pool end before they are ready (exit code ${exit.exitCode}): ` +
        'see the cause; often a module preloaded with --import that fails, or resourceLimits too small to start',
      exit,
    );
    this.cancelAll(() => this.#failure);
  }

  // ── Posting ────────────────────────────────────────────────────────────────────────────────────

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
      const end = base + count;
      const of = `items ${base} to ${end} of ${nameOf(job)}`;
      debug('%s: %s on board %d, %s; %s', this.#name, of, posting.board, invited, chunksOf(work));
    }
    if (seat !== undefined) {
      this.#parcels.send(seat, posting);
      this.#watch.start(job);
      return;
    }
    if (isFirst) this.#seal(job);
    for (let i = 0; i < tickets; i++) {
      const ticket = this.#boards.ticket(posting, pinned);
      if (pinned < 0) this.#boards.push(ticket);
      else {
        this.#privates.add(this.#threads.seats[pinned], ticket, posting);
      }
    }
    this.#watch.start(job);
  }

  forgetTask(id: number): void {
    this.#equipment.forgetTask(id);
  }

  #dispatch(): void {
    const { seats } = this.#threads;
    let need = this.#boards.waiting(seats.length);
    if (need === 0) return;
    const { words } = this.#map;
    for (const seat of seats) {
      if (!seat.running || seat.occupant?.ending === true || this.#privates.has(seat)) continue;
      const state = Atomics.load(words, this.#map.seat(seat.index) + L.SEAT_STATE);
      if (state === L.LINGERING || state === L.STARTING) need--;
    }
    for (const seat of seats) {
      if (need <= 0) return;
      if (this.#privates.has(seat) || !this.#threads.wake(seat)) continue;
      if (DEBUGS) debug('%s: seat %d is woken', this.#name, seat.index);
      need--;
    }
  }

  /** Boards or tickets have become free: whoever waits for them is posted, in order. */
  #pump(): void {
    let posted = false;
    for (const job of this.#waiting) {
      if (!this.#boards.hasRoom(job.spec.tickets)) break;
      const leftover = job.leftovers.shift();
      if (job.leftovers.length === 0) this.#waiting.delete(job);
      if (leftover === undefined) this.#post(job, 0, job.spec.count, job.spec.tickets);
      else this.#post(job, leftover[0], leftover[1] - leftover[0], 1);
      posted = true;
    }
    if (posted) {
      this.#dispatch();
      this.#hearing.sleep();
    }
  }

  // ── Hearing ────────────────────────────────────────────────────────────────────────────────────

  #listen(job: Job): void {
    const { spec } = job;
    const { cost } = spec.work.entry;
    const isSole = this.#looks && this.#jobs.size === 1;
    if (isSole && cost.looks(spec.count * spec.itemsPerUnit, spec.tickets) && this.#someoneIsAwake()) {
      this.#hearing.look(() => this.#jobs.size === 1 && job.state === 'posted');
    }
    else this.#hearing.sleep();
  }

  #someoneIsAwake(): boolean {
    for (const { index } of this.#threads.seats) {
      const state = Atomics.load(this.#map.words, this.#map.seat(index) + L.SEAT_STATE);
      if (state === L.RUNNING || state === L.LINGERING) return true;
    }
    return false;
  }

  /** Takes in all that runners have finished since the last look. */
  #collect(): void {
    for (const seat of this.#threads.seats) this.#collectSeat(seat);
    this.#answerAsks();
    for (const job of this.#reporting) this.#report(job);
  }

  /** Runners have found work to be dearer than was foreseen when they were invited. */
  #answerAsks(): void {
    const asks = Atomics.load(this.#map.words, L.ASKS);
    if (asks === this.#asks) return;
    this.#asks = asks;
    // Where calls wait for a board, no thread is idle.
    if (this.#waiting.size > 0) return;
    for (const { posting, more } of this.#boards.asking(RUNNER_NS, this.#threads.seats.length)) {
      if (more <= 0 || !this.#boards.hasRoom(more)) continue;
      if (DEBUGS) debug('%s: %s is dearer than foreseen: %d more invited', this.#name, nameOf(posting.job), more);
      this.#boards.invite(posting, more);
    }
    this.#dispatch();
  }

  #collectSeat(seat: Seat): void {
    if (seat.occupant === undefined) return;
    const { words } = this.#map;
    const tail = this.#map.seat(seat.index) + L.SEAT_DONE_TAIL;
    if (seat.doneHead === Atomics.load(words, tail)) {
      this.#chunks.collect(seat);
      return;
    }
    // One look at the clock for all that is there. The tail is read anew each time: what settles a call may lead
    // back here, and move the head.
    this.#now = performance.now();
    while (seat.doneHead !== Atomics.load(words, tail)) {
      this.#chunks.collect(seat);
      const ticket = words[this.#map.doneEntry(seat.index, seat.doneHead)];
      seat.doneHead = (seat.doneHead + 1) | 0;
      this.#ticketBack(seat, ticket);
    }
    this.#now = undefined;
    this.#privates.offer(seat);
    this.#pump();
  }

  #report(job: Job): void {
    if (job.state !== 'posted') return;
    let { done } = job;
    for (const { board } of job.postings) done += Atomics.load(this.#map.words, this.#map.board(board) + L.B_DONE);
    if (done === job.reported) return;
    job.reported = done;
    try {
      job.spec.work.onProgress!(done);
    } catch (error) {
      this.cancel(job, error);
    }
  }

  // ── Coming back ────────────────────────────────────────────────────────────────────────────────

  #ticketBack(seat: Seat, ticket: number): void {
    const posting = this.#boards.returned(ticket);
    const { words } = this.#map;
    const row = this.#map.row(posting.board, seat.index);
    const from = words[row + L.R_FROM];
    const until = words[row + L.R_UNTIL];
    words[row + L.R_FROM] = words[row + L.R_UNTIL] = words[row + L.R_CURRENT] = 0;
    if (from < until) this.#leave(posting, from, until);
    if (posting.tickets.length > 0 && this.#isExhausted(posting)) this.#withdrawAll(posting);
    if (posting.tickets.length === 0) this.#postingBack(posting);
  }

  /** Nothing is left to claim on the posting's board. */
  #isExhausted({ job, board, count, base }: Posting): boolean {
    const { words } = this.#map;
    const cursor = Atomics.load(words, this.#map.board(board) + L.B_CURSOR);
    if (cursor >= count) return true;
    if (job.spec.work.settled) return false;
    const least = Atomics.load(words, this.#map.board(board) + L.B_MIN_FAIL);
    return least <= cursor || job.minFail <= base + cursor;
  }

  /** Invitations that nobody has taken, to a board where nothing is left to do. */
  #withdrawAll(posting: Posting): void {
    for (const ticket of [...posting.tickets]) this.#boards.withdraw(ticket);
  }

  /** A range that its thread gave back or took with it: posted again, unless the call has failed. */
  #leave(posting: Posting, from: number, until: number): void {
    const { job, base } = posting;
    if (job.state !== 'posted') return;
    if (!job.spec.work.settled && this.#failsBelow(posting, from)) return;
    this.#again(job, base + from, base + until);
  }

  #again(job: Job, from: number, until: number): void {
    if (this.#waiting.size === 0 && this.#boards.hasRoom(1)) {
      this.#post(job, from, until - from, 1);
      this.#dispatch();
    } else {
      job.leftovers.push([from, until]);
      this.#waiting.add(job);
    }
  }

  #failsBelow(posting: Posting, index: number): boolean {
    const least = Atomics.load(this.#map.words, this.#map.board(posting.board) + L.B_MIN_FAIL);
    return least <= index || posting.job.minFail <= posting.base + index;
  }

  #postingBack(posting: Posting): void {
    const { job, base, board } = posting;
    const { words, doubles } = this.#map;
    const atBoard = this.#map.board(board);
    // First of all: what is read below may end the job, and with it what it still has out.
    remove(job.postings, posting);
    if (words[atBoard + L.B_NOT_NUMBERS] === 1) {
      job.notNumbers = true;
      for (const seat of this.#threads.seats) this.#threads.drain(seat);
    }
    job.done += Atomics.load(words, atBoard + L.B_DONE);
    job.started = Math.min(job.started, this.#startOf(board));
    const least = Atomics.load(words, atBoard + L.B_MIN_FAIL);
    if (least !== L.NO_FAILURE) job.minFail = Math.min(job.minFail, base + least);
    let ns = 0;
    let items = 0;
    for (let seat = 0; seat < this.#map.seats; seat++) {
      const row = this.#map.row(board, seat) >> 1;
      ns += doubles[row + L.R_NS];
      items += doubles[row + L.R_COUNT];
    }
    if (items > 0) {
      job.spec.work.entry.cost.observe(items * job.spec.itemsPerUnit, ns, words[atBoard + L.B_ASYNC_SEEN] === 1);
    }
    const cursor = Atomics.load(words, atBoard + L.B_CURSOR);
    const rest = cursor < posting.count && job.state === 'posted' && job.broken === undefined;
    const again = rest && (job.spec.work.settled || job.minFail > base + cursor);
    this.#boards.free(posting);
    if (job.broken !== undefined) this.#break(job, job.broken.error);
    // Every runner left though items were unclaimed: they had done their maxTasksPerThread, or died.
    if (again) this.#again(job, base + cursor, base + posting.count);
    if (job.postings.length === 0 && job.leftovers.length === 0) this.#jobBack(job);
  }

  #jobBack(job: Job): void {
    if (job.state === 'posted') {
      if (job.spec.work.onProgress !== undefined) this.#report(job);
      if (job.state === 'posted') this.#settle(job, this.#outcome(job));
    }
    if (job.state === 'settled') this.#over(job);
  }

  #outcome(job: Job): { failed: false } | { failed: true; error: unknown } {
    const { minFail } = job;
    if (!job.spec.work.settled && minFail !== Infinity) {
      return { failed: true, error: job.failedHere.get(minFail) ?? job.errors.get(minFail) };
    }
    return { failed: false };
  }

  #settle(job: Job, outcome: { failed: false } | { failed: true; error: unknown }): void {
    const wasWaiting = job.state === 'waiting';
    job.state = 'settled';
    const failures = job.errors.size + job.failedHere.size;
    // ready() is no work of the user's.
    if (job.spec.work.method !== 'ready') {
      this.tally.failed += failures;
      this.tally.completed += Math.max(0, job.done - failures);
      let { started } = job;
      for (const { board } of job.postings) started = Math.min(started, this.#startOf(board));
      this.#metrics.settled(job.made, started, this.#now);
    }
    this.#watch.stop(job);
    if (DEBUGS) {
      const how = outcome.failed ? 'failed' : 'is done';
      debug('%s: %s %s after %d of %d items', this.#name, nameOf(job), how, job.done, job.spec.count);
    }
    job.settle(outcome, job);
    this.#waiting.delete(job);
    if (wasWaiting) this.#over(job);
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
    this.#jobs.delete(job);
    this.#reporting.delete(job);
    if (this.#jobs.size === 0) this.#alive.unref();
    this.#wakeIdle();
  }

  #wakeIdle(): void {
    if (this.#jobs.size === 0) for (const resolve of this.#idle.splice(0)) resolve();
  }

  // ── Stopping ───────────────────────────────────────────────────────────────────────────────────

  /** The job is settled: what has not started does not start, and what runs ends. */
  #windDown(job: Job): void {
    if (job.state !== 'settled') return;
    job.leftovers.length = 0;
    for (const posting of [...job.postings]) {
      this.#stopping.announce(posting);
      if (posting.tickets.length === 0) this.#postingBack(posting);
    }
    if (job.postings.length > 0) this.#stopping.enforce(job);
    else this.#over(job);
  }

  /** The thread exited with this ticket. */
  #lose(seat: Seat, ticket: number, exit: Exit): void {
    const posting = this.#boards.ofTicket(ticket)!;
    const { job } = posting;
    this.#losses.judge(seat, posting, exit);
    this.#ticketBack(seat, ticket);
    // One runner fewer: what is unclaimed gets another as soon as there is a thread.
    if (posting.tickets.length === 0 || job.state !== 'posted' || !this.#boards.hasRoom(1)) return;
    const cursor = Atomics.load(this.#map.words, this.#map.board(posting.board) + L.B_CURSOR);
    if (cursor < posting.count) this.#boards.push(this.#boards.ticket(posting));
  }

  // ── Time limits of items ───────────────────────────────────────────────────────────────────────

  readonly #expire = (posting: Posting, seat: number, index: number): void => {
    const { job, base } = posting;
    if (job.failedHere.has(base + index)) return;
    Atomics.store(this.#map.words, this.#map.row(posting.board, seat) + L.R_EXPIRED, index + 1);
    const { itemTimeout, settled, callSite } = job.spec.work;
    const item = describeItem(job.spec.work, base + index);
    const late = new TimeoutError(`${item} ran for more than its itemTimeout of ${itemTimeout} ms`);
    const threadId = this.#threads.seats[seat].occupant?.threadId ?? -1;
    const error = placed(late, callSite, job.info(base + index, threadId));
    this.#losses.failHere(posting, index, error);
    if (settled) this.#stopping.enforceItem(posting, seat, index);
    else this.cancel(job, error);
  };

  // ── Odds ───────────────────────────────────────────────────────────────────────────────────────

  #begun(job: Job): boolean {
    if (job.done > 0) return true;
    for (const { board } of job.postings) if (this.#map.words[this.#map.board(board) + L.B_STARTED] === 1) return true;
    return false;
  }

  #startOf(board: number): number {
    return this.#map.doubles[(this.#map.board(board) >> 1) + L.D_STARTED_AT] || Infinity;
  }

  #clearSeat(seat: Seat): void {
    const at = this.#map.seat(seat.index);
    const { words, doubles } = this.#map;
    if (Atomics.load(words, at + L.SEAT_STATE) === L.LINGERING) Atomics.sub(words, L.LINGERERS, 1);
    for (const word of [L.SEAT_STATE, L.SEAT_PRIVATE, L.SEAT_LOADING, L.SEAT_DONE_TAIL]) {
      Atomics.store(words, at + word, 0);
    }
    doubles[(at >> 1) + L.SEAT_BUSY] = 0;
    seat.doneHead = 0;
  }
}

/** 'auto from 1, 40 ns an item': by which rule chunks are handed out, and what is known of the items. */
function chunksOf({ schedule, chunk, entry: { cost } }: Work): string {
  const rule = `${SCHEDULES[schedule]} ${SCHEDULES[schedule] === 'dynamic' ? 'by' : 'from'} ${chunk}`;
  if (cost.asynchronous) return `${rule}, async`;
  return `${rule}, ${cost.nsPerItem > 0 ? `${Math.ceil(cost.nsPerItem)} ns an item` : 'cost unknown'}`;
}

function nameOf({ spec }: Job): string {
  return describeCall(spec.work.method, spec.work.entry);
}

function at(task: { name: string; index: number | undefined; threadId: number }, job: Job) {
  const callStack = job.spec.work.callSite.stack;
  return callStack === undefined ? { task } : { task, callStack };
}
