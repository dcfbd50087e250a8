import { inspect } from 'node:util';
import { AbandonedLockError, LockStateError } from '../errors.js';
import { registerShareable, SHARE, type Shared } from '../tasks/shareable.js';
import { hold, holdAsync, type Acquirable } from './acquirable.js';
import { Eventcount, EVENTCOUNT_WORDS } from './eventcount.js';
import { endings, hasEnded, ownerFor, threadName, type Owner } from './owner.js';
import { Seats } from './seats.js';
import { deadline, limits, type WaitOptions } from './wait-options.js';
import { adopt, allocate, HEADER, remember } from './words.js';

// A writer first says that it is coming, which holds new readers back, then waits until the readers
// there are have left. A reader first counts itself, then looks for a writer, and takes itself back
// if there is one. Both write before they look, so never do both get in.
const WRITER = HEADER; // 0: none; 2 × the Owner: is coming; 2 × the Owner + 1: is in
const WRITER_GONE = HEADER + 1; // an eventcount: WRITER went to 0, readers wait here
const WRITER_NEXT = WRITER_GONE + EVENTCOUNT_WORDS; // the same, blocked writers who are not the one that is coming
const READERS_GONE = WRITER_NEXT + EVENTCOUNT_WORDS; // a thread's last hold went; the coming writer, all async ones
const SEATS = READERS_GONE + EVENTCOUNT_WORDS; // a seat a reading thread:
const READER = 0; // its Owner, or CLEARING
const HOLDS = 1; // how often the thread reads; written by that thread
const SEAT_WORDS = 2;

const NONE = 0;
const IN = 1;
/** A dead reader's seat while reset() empties it. */
const CLEARING = -1;

/**
 * Many readers or one writer. A waiting writer holds new readers back; only a thread that blocks in
 * `read.acquire()` while it reads already is let in, because it would wait for itself. What a thread
 * acquired, that thread must release.
 *
 * Becomes abandoned as a Lock does, by a reader or a writer that ends holding it. One that ends while
 * it waits holds nobody back.
 */
export class RWLock {
  readonly #words: Int32Array;
  readonly #me: Owner;
  readonly #writerGone: Eventcount;
  readonly #writerNext: Eventcount;
  readonly #readersGone: Eventcount;
  readonly #seats: Seats;
  #mySeat: number | undefined;
  /** endings() when this thread last found that nobody had ended holding it. */
  #checked = -1;

  readonly read: Acquirable;
  readonly write: Acquirable;

  constructor();
  /** @internal */
  constructor(words: Int32Array);
  constructor(words = allocate(SEATS - HEADER + Seats.words(SEAT_WORDS))) {
    this.#words = words;
    this.#me = ownerFor(words);
    this.#writerGone = new Eventcount(words, WRITER_GONE);
    this.#writerNext = new Eventcount(words, WRITER_NEXT);
    this.#readersGone = new Eventcount(words, READERS_GONE);
    this.#seats = new Seats(words, SEATS, SEAT_WORDS);
    this.read = new Side(
      (until) => this.#tryRead(true) || this.#writerGone.wait(() => this.#tryRead(true), until),
      (options) => this.#writerGone.waitAsync(() => this.#tryRead(false), limits(options)),
      () => { this.#releaseRead(); },
    );
    this.write = new Side(
      (until) => this.#write(until),
      (options) => this.#writeAsync(options),
      () => { this.#releaseWrite(); },
    );
  }

  /** A thread ended reading or writing. */
  get abandoned(): boolean {
    return this.#holders().some((holder) => hasEnded(this.#words, holder));
  }

  /**
   * Makes an abandoned lock free again, for who has set right what it guards; does nothing to a free
   * one. LockStateError while a living thread holds it.
   */
  reset(): void {
    const words = this.#words;
    const living = this.#holders().find((holder) => !hasEnded(words, holder));
    if (living !== undefined) {
      throw new LockStateError(
        `The RWLock is held by ${threadName(living)}, which is alive: reset() is for a lock whose holders have ended.`,
      );
    }
    for (const seat of this.#seats) {
      const reader = Atomics.load(words, seat + READER);
      // CLEARING keeps a second reset() from emptying the seat of whoever takes it next.
      if (reader <= 0 || !hasEnded(words, reader)) continue;
      if (Atomics.compareExchange(words, seat + READER, reader, CLEARING) !== reader) continue;
      Atomics.store(words, seat + HOLDS, 0);
      Atomics.store(words, seat + READER, 0);
    }
    const writer = Atomics.load(words, WRITER);
    if (writer !== NONE && hasEnded(words, writer >> 1)) Atomics.compareExchange(words, WRITER, writer, NONE);
    this.#wakeAll();
  }

  // Reading

  /** `blocking`: the thread cannot do anything else while it waits, such as letting go what it has. */
  #tryRead(blocking: boolean): boolean {
    this.#checkAbandoned();
    const seat = this.#seat();
    if (!this.#mayRead(seat, blocking)) return false;
    let isIn = false;
    Atomics.add(this.#words, seat + HOLDS, 1);
    try {
      isIn = this.#mayRead(seat, blocking, 1);
      return isIn;
    } finally {
      if (!isIn) this.#leaveSeat(seat);
    }
  }

  /** Whether the writer that there may be lets this thread read; `more` of its holds are not yet valid. */
  #mayRead(seat: number, blocking: boolean, more = 0): boolean {
    const writer = this.#writerAlive();
    if (writer === NONE) return true;
    if (!blocking || (writer & IN) !== 0) return false;
    // That writer waits for this thread, or is an async function of this very thread.
    return this.#words[seat + HOLDS] > more || writer >> 1 === this.#me;
  }

  #releaseRead(): void {
    const seat = this.#seat();
    if (this.#words[seat + HOLDS] === 0) {
      throw new LockStateError('The RWLock is not held for reading by this thread, which alone could release that.');
    }
    this.#leaveSeat(seat);
  }

  #leaveSeat(seat: number): void {
    if (Atomics.sub(this.#words, seat + HOLDS, 1) === 1) this.#readersGone.wake();
  }

  #seat(): number {
    return (this.#mySeat ??= this.#seats.take(this.#me, (seat) => {
      const reader = Atomics.load(this.#words, seat + READER);
      return reader > 0 && hasEnded(this.#words, reader) && Atomics.load(this.#words, seat + HOLDS) === 0;
    }));
  }

  // Writing

  #write(until: number): boolean {
    let got = false;
    try {
      // One that is coming cannot be overtaken by other writers; it waits for readers only.
      got =
        this.#tryWrite() ||
        (this.#writerNext.wait(this.#come, until) && this.#readersGone.wait(this.#tryWrite, until));
      return got;
    } finally {
      if (!got) this.#stayAway();
    }
  }

  async #writeAsync(options: WaitOptions | undefined): Promise<boolean> {
    const given = limits(options);
    let got = false;
    try {
      got = await this.#readersGone.waitAsync(this.#tryWrite, given);
      return got;
    } finally {
      if (!got) this.#stayAway();
    }
  }

  /** Becomes the writer that is coming, unless another thread's is. */
  readonly #come = (): boolean => {
    this.#checkAbandoned();
    const coming = this.#me * 2;
    const writer = this.#writerAlive();
    if (writer !== NONE) return writer === coming;
    return Atomics.compareExchange(this.#words, WRITER, NONE, coming) === NONE;
  };

  readonly #tryWrite = (): boolean => {
    if (!this.#come()) return false;
    for (const seat of this.#seats) {
      if (Atomics.load(this.#words, seat + HOLDS) === 0) continue;
      if (Atomics.load(this.#words, seat + READER) !== CLEARING) return false;
    }
    Atomics.store(this.#words, WRITER, this.#me * 2 + IN);
    return true;
  };

  /** Makes way after giving up, unless async functions of this thread still want to write. */
  #stayAway(): void {
    if (this.#readersGone.queued) return;
    const coming = this.#me * 2;
    if (Atomics.compareExchange(this.#words, WRITER, coming, NONE) === coming) this.#wakeAfterWriter();
  }

  #releaseWrite(): void {
    const mine = this.#me * 2 + IN;
    if (Atomics.compareExchange(this.#words, WRITER, mine, NONE) !== mine) {
      throw new LockStateError('The RWLock is not held for writing by this thread, which alone could release that.');
    }
    this.#wakeAfterWriter();
  }

  #wakeAfterWriter(): void {
    this.#writerNext.wake(1); // only one can come next
    this.#readersGone.wake(); // the async writers
    this.#writerGone.wake();
  }

  #wakeAll(): void {
    this.#writerNext.wake();
    this.#readersGone.wake();
    this.#writerGone.wake();
  }

  // Ends of threads

  /** The writer, after sweeping away one that ended while it was still coming. */
  #writerAlive(): number {
    for (;;) {
      const writer = Atomics.load(this.#words, WRITER);
      if (writer === NONE || !hasEnded(this.#words, writer >> 1)) return writer;
      if ((writer & IN) !== 0) throw this.#abandonedBy(writer >> 1);
      if (Atomics.compareExchange(this.#words, WRITER, writer, NONE) === writer) this.#wakeAfterWriter();
    }
  }

  /** AbandonedLockError if somebody ended holding it; looks only if somebody has ended since the last look. */
  #checkAbandoned(): void {
    const ended = endings(this.#words);
    if (ended === this.#checked) return;
    const dead = this.#holders().find((holder) => hasEnded(this.#words, holder));
    if (dead !== undefined) throw this.#abandonedBy(dead);
    this.#checked = ended;
  }

  #holders(): Owner[] {
    const writer = Atomics.load(this.#words, WRITER);
    return [...this.#readers(), ...((writer & IN) === 0 ? [] : [writer >> 1])];
  }

  #readers(): Owner[] {
    const readers: Owner[] = [];
    for (const seat of this.#seats) {
      const reader = Atomics.load(this.#words, seat + READER);
      if (reader > 0 && Atomics.load(this.#words, seat + HOLDS) > 0) readers.push(reader);
    }
    return readers;
  }

  #abandonedBy(holder: Owner): AbandonedLockError {
    return new AbandonedLockError(
      `The RWLock was held by ${threadName(holder)} when that thread ended. What it guards may be half-changed: ` +
        'set it right, then call reset().',
    );
  }

  // Sharing and showing

  /** @internal */
  [SHARE](): Shared {
    remember(this.#words, this);
    return { type: 'RWLock', data: this.#words.buffer };
  }

  /** @internal */
  [inspect.custom](): string {
    const writer = Atomics.load(this.#words, WRITER);
    const readers = this.#readers();
    const by = [...((writer & IN) === 0 ? readers : [writer >> 1])].map(threadName).join(', ');
    if (by === '') return 'RWLock { unlocked }';
    return `RWLock { ${this.abandoned ? 'abandoned, ' : ''}${(writer & IN) === 0 ? 'readers' : 'writer'}: ${by} }`;
  }
}

/** One of the two ways to hold an RWLock. */
class Side implements Acquirable {
  readonly #acquire: (until: number) => boolean;
  readonly #acquireAsync: (options: WaitOptions | undefined) => Promise<boolean>;
  readonly #release: () => void;

  constructor(
    acquire: (until: number) => boolean,
    acquireAsync: (options: WaitOptions | undefined) => Promise<boolean>,
    release: () => void,
  ) {
    this.#acquire = acquire;
    this.#acquireAsync = acquireAsync;
    this.#release = release;
  }

  acquire(timeout?: number): boolean {
    return this.#acquire(deadline(timeout));
  }

  async acquireAsync(options?: WaitOptions): Promise<boolean> {
    return this.#acquireAsync(options);
  }

  release(): void {
    this.#release();
  }

  hold(): Disposable {
    return hold(this);
  }

  holdAsync(options?: { signal?: AbortSignal }): Promise<Disposable> {
    return holdAsync(this, options);
  }
}

registerShareable('RWLock', (memory: SharedArrayBuffer) => adopt(memory, (words) => new RWLock(words)));
