import { inspect } from 'node:util';
import { INNER } from '../sync/inner-lock.js';
import type { Lock } from '../sync/lock.js';
import type { RLock } from '../sync/rlock.js';
import { adopt, allocate, HEADER, isWords, remember } from '../sync/words.js';
import { registerShareable, SHARE, type Shared } from '../tasks/shareable.js';
import { cellAt, type Cell } from './cells.js';
import { demand, guardOf, type LockOptions } from './guard.js';
import { checkValue, typeOfCode, type Family, type TypeCode, type ValueOf } from './type-codes.js';

// Words: a cell of up to 8 bytes
const CELL = HEADER;
const CELL_WORDS = 2;

/** What a Value is made of. */
interface Parts {
  readonly code: TypeCode;
  readonly lock: Lock | RLock | undefined;
}

/**
 * One number, bigint or boolean in shared memory. Reading it, writing it, add() and compareExchange()
 * are one atomic step each; `value.value += 1` is two, and needs the lock. Python: multiprocessing.Value.
 *
 *     const hits = new Value('i');
 *     await pool.map(countHits, pages, { args: [hits] });   // there: hits.add(1)
 */
export class Value<C extends TypeCode = TypeCode> {
  readonly #words: Int32Array;
  readonly #code: C;
  readonly #family: Family;
  readonly #cell: Cell<ValueOf<C>>;
  readonly #lock: Lock | RLock | undefined;

  /**
   * @param initial default 0, 0n or false. Integers wrap around as the type does
   * @throws TypeError for an unknown code or a value of another type; RangeError for a fraction in an integer
   */
  constructor(code: C, initial?: ValueOf<C>, options?: LockOptions);
  /** @internal */
  constructor(parts: Parts, words: Int32Array);
  constructor(what: C | Parts, initialOrWords?: ValueOf<C> | Int32Array, options?: LockOptions) {
    const given = isWords(initialOrWords) ? { ...(what as Parts), words: initialOrWords } : undefined;
    const type = typeOfCode(given?.code ?? what);
    this.#code = (given?.code ?? what) as C;
    this.#family = type.family;
    if (given === undefined && initialOrWords !== undefined) checkValue(type.family, 'initial', initialOrWords);
    this.#lock = given === undefined ? guardOf(options) : given.lock;
    this.#words = given?.words ?? allocate(CELL_WORDS);
    this.#cell = cellAt(type, this.#words.buffer as SharedArrayBuffer, CELL * Int32Array.BYTES_PER_ELEMENT);
    if (given === undefined && initialOrWords !== undefined) this.#cell.store(initialOrWords as ValueOf<C>);
  }

  get value(): ValueOf<C> {
    return this.#cell.load();
  }

  set value(value: ValueOf<C>) {
    checkValue(this.#family, 'value', value);
    this.#cell.store(value);
  }

  /**
   * Adds in one step, and returns the old value. Integers wrap around; `?` becomes true if either is.
   * `f` and `d` are added under the lock, if there is one: who holds it sees no sum of another thread
   * in between.
   */
  add(delta: ValueOf<C>): ValueOf<C> {
    checkValue(this.#family, 'delta', delta);
    return this.#family === 'float' ? this.#addUnderLock(delta) : this.#cell.add(delta);
  }

  #addUnderLock(delta: ValueOf<C>): ValueOf<C> {
    const lock = this.#lock;
    // A Lock that this thread holds already would wait for itself.
    if (lock === undefined || lock[INNER].mutex.isMine) return this.#cell.add(delta);
    lock.acquire();
    try {
      return this.#cell.add(delta);
    } finally {
      lock.release();
    }
  }

  /**
   * Stores `replacement` if the value is `expected`, in one step; returns the old value. Floats are
   * compared as numbers, after rounding to the type; NaN is found by NaN.
   */
  compareExchange(expected: ValueOf<C>, replacement: ValueOf<C>): ValueOf<C> {
    checkValue(this.#family, 'expected', expected);
    checkValue(this.#family, 'replacement', replacement);
    return this.#cell.compareExchange(expected, replacement);
  }

  /** An RLock, unless `options.lock` said otherwise. LockStateError after `lock: false`. */
  getLock(): RLock | Lock {
    return demand(this.#lock, 'Value');
  }

  // Sharing and showing

  /** @internal */
  [SHARE](): Shared {
    remember(this.#words, this);
    return { type: 'Value', data: { code: this.#code, lock: this.#lock, memory: this.#words.buffer } };
  }

  /** @internal */
  [inspect.custom](): string {
    const lock = this.#lock === undefined ? 'none' : inspect(this.#lock);
    return `Value { code: '${this.#code}', value: ${inspect(this.value)}, lock: ${lock} }`;
  }
}

registerShareable('Value', ({ memory, ...parts }: Parts & { memory: SharedArrayBuffer }) =>
  adopt(memory, (words) => new Value(parts, words)),
);
