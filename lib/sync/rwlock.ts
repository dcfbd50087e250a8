import { inspect } from 'node:util';
import { AbandonedLockError, LockStateError } from '../errors.js';
import { registerShareable, SHARE, type Shared } from '../tasks/shareable.js';
import type { Acquirable } from './acquirable.js';
import { Eventcount, EVENTCOUNT_WORDS } from './eventcount.js';
import { endings, hasEnded, ownerFor, threadName, type Owner } from './owner.js';
import { Readers } from './rwlock-readers.js';
import { Side } from './rwlock-side.js';
import { limits, type WaitOptions } from './wait-options.js';
import { adopt, allocate, HEADER, isWords, remember } from './words.js';

// A writer first says that it is coming, which holds new readers back, then waits until the readers
// there are have left. A reader first counts itself, then looks for a writer, and takes itself back
// if there is one. Both write before they look, so never do both get in.
const WRITER = HEADER; // 0: none; 2 × the Owner: is coming; 2 × the Owner + 1: is in
const WRITER_GONE = HEADER + 1; // an eventcount: WRITER went to 0, readers wait here
const WRITER_NEXT = WRITER_GONE + EVENTCOUNT_WORDS; // the same, blocked writers who are not the one that is coming
const READERS_GONE = WRITER_NEXT + EVENTCOUNT_WORDS; // a thread's last hold went; the coming writer, all async ones
const READERS = READERS_GONE + EVENTCOUNT_WORDS; // who reads, and how often (rwlock-readers.ts)

const NONE = 0;
const IN = 1;

/**
 * Many readers or one writer. A waiting writer holds new readers back; only a thread that blocks in
 * `read.acquire()` while it reads already is let in, because it would wait for itself. What a thread
 * acquired, that thread must release.
 *
 * Becomes abandoned as a Lock does, by a reader or a writer that ends holding it. One that ends while
 * it waits holds nobody back. At most 256 threads at a time can use one for reading: GranuleError.
 */
export class RWLock {
  readonly #words: Int32Array;
  readonly #me: Owner;
  readonly #writerGone: Eventcount;
  readonly #writerNext: Eventcount;
  readonly #readersGone: Eventcount;
  readonly #readers: Readers;
  /** endings() when this thread last found that nobody had ended holding it. */
  #checked = -1;

  readonly read: Acquirable;
  readonly write: Acquirable;

  constructor();
  /** @internal */
  constructor(words: Int32Array);
  constructor(given?: Int32Array) {
    const words = isWords(given) ? given : allocate(READERS - HEADER + Readers.words);
    this.#words = words;
    this.#me = ownerFor(words);
    this.#writerGone = new Eventcount(words, WRITER_GONE);
    this.#writerNext = new Eventcount(words, WRITER_NEXT);
    this.#readersGone = new Eventcount(words, READERS_GONE);
    this.#readers = new Readers(words, READERS, this.#me);
    this.read = new Side({
      acquire: (until) => this.#tryRead(true) || this.#writerGone.wait(() => this.#tryRead(true), until),
      acquireAsync: (options) => this.#writerGone.waitAsync(() => this.#tryRead(false), limits(options)),
      release: () => { this.#releaseRead(); },
      describe: () => `read side of ${inspect(this)}`,
    });
    this.write = new Side({
      acquire: (until) => this.#write(until),
      acquireAsync: (options) => this.#writeAsync(options),
      release: () => { this.#releaseWrite(); },
      describe: () => `write side of ${inspect(this)}`,
    });
  }

  /** A thread ended reading or writing. */
  get abandoned(): boolean {
    return this.#lostHolder() !== undefined;
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
        `The RWLock is held by ${threadName(living)}, which is alive: reset() is for a lock whose holders have ended`,
      );
    }
    this.#readers.clearDead();
    const writer = Atomics.load(words, WRITER);
    if (writer !== NONE && hasEnded(words, writer >> 1)) Atomics.compareExchange(words, WRITER, writer, NONE);
    this.#wakeAll();
  }

  // Reading

  /** `blocking`: the thread cannot do anything else while it waits, such as letting go what it has. */
  #tryRead(blocking: boolean): boolean {
    this.#checkAbandoned();
    if (!this.#mayRead(blocking)) return false;
    let isIn = false;
    this.#readers.countIn();
    try {
      isIn = this.#mayRead(blocking, 1);
      return isIn;
    } finally {
      if (!isIn) this.#leaveSeat();
    }
  }

  /** Whether the writer that there may be lets this thread read; `more` of its holds are not yet valid. */
  #mayRead(blocking: boolean, more = 0): boolean {
    const writer = this.#writerAlive();
    if (writer === NONE) return true;
    if (!blocking || (writer & IN) !== 0) return false;
    // That writer waits for this thread, or is an async function of this very thread.
    return this.#readers.mine > more || writer >> 1 === this.#me;
  }

  #releaseRead(): void {
    if (this.#readers.mine === 0) {
      throw new LockStateError(
        'The RWLock is not held for reading by this thread: a hold is released by the thread that has it',
      );
    }
    this.#leaveSeat();
  }

  #leaveSeat(): void {
    if (this.#readers.countOut()) this.#readersGone.wake();
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
    if (this.#readers.any) return false;
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
      throw new LockStateError(
        'The RWLock is not held for writing by this thread: a hold is released by the thread that has it',
      );
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
      if ((writer & IN) !== 0) {
        if (Atomics.load(this.#words, WRITER) === writer) throw this.#abandonedBy(writer >> 1);
      } else if (Atomics.compareExchange(this.#words, WRITER, writer, NONE) === writer) {
        this.#wakeAfterWriter();
      }
    }
  }

  /** AbandonedLockError if somebody ended holding it; looks only if somebody has ended since the last look. */
  #checkAbandoned(): void {
    const ended = endings(this.#words);
    if (ended === this.#checked) return;
    const lost = this.#lostHolder();
    if (lost !== undefined) throw this.#abandonedBy(lost);
    this.#checked = ended;
  }

  /** One that ended holding it: it held it not only before it was found to have ended, but still does. */
  #lostHolder(): Owner | undefined {
    const ended = this.#holders().filter((holder) => hasEnded(this.#words, holder));
    if (ended.length === 0) return undefined;
    const still = new Set(this.#holders());
    return ended.find((holder) => still.has(holder));
  }

  #holders(): Owner[] {
    const writer = Atomics.load(this.#words, WRITER);
    return [...this.#readers.list(), ...((writer & IN) === 0 ? [] : [writer >> 1])];
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
    const isIn = (writer & IN) !== 0;
    const holders = (isIn ? [writer >> 1] : this.#readers.list()).map(threadName).join(', ');
    const held = holders === '' ? 'unlocked' : `${isIn ? 'writer' : 'readers'}: ${holders}`;
    const next = isIn || writer === NONE ? '' : `, next writer: ${threadName(writer >> 1)}`;
    return `RWLock { ${this.abandoned ? 'abandoned, ' : ''}${held}${next} }`;
  }
}

registerShareable('RWLock', (memory: SharedArrayBuffer) => adopt(memory, (words) => new RWLock(words)));
