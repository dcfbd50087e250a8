import { inspect } from 'node:util';
import type { Lock } from '../sync/lock.js';
import type { RLock } from '../sync/rlock.js';
import { isDetached } from '../tasks/codec/views.js';
import { broken } from '../tasks/show.js';
import { registerShareable, SHARE, type Shared } from '../tasks/shareable.js';
import { sharedMemory, weigh } from './ballast.js';
import { demand, guardOf, type LockOptions } from './guard.js';
import { isIterable, placeOf } from './places.js';
import {
  checkValue,
  typeOfCode,
  type ElementOfCode,
  type TypeCode,
  type TypeOfCode,
  type View,
  type ViewOf,
} from './type-codes.js';

// The memory holds the elements and nothing else, so that `view.buffer` is what it seems.

/** What a SharedArray is made of. */
class Parts {
  readonly code: TypeCode;
  readonly lock: Lock | RLock | undefined;
  constructor(code: TypeCode, lock: Lock | RLock | undefined) {
    this.code = code;
    this.lock = lock;
  }
}

/**
 * A typed array in shared memory, of fixed length, with a lock. Python: multiprocessing.Array.
 *
 *     const sums = new SharedArray('d', 1_000_000);
 *     await pool.parallelFor(fill, sums.length, { args: [sums] });   // there: loop over sums.view
 *
 * The object itself has no elements: `array[0] = 1` is a TypeError. at(), set() and `view` read and write plainly:
 * where several threads change the same elements, use the lock, or Atomics on the view of an integer code.
 */
export class SharedArray<C extends TypeCode = TypeCode> {
  readonly #code: C;
  readonly #type: TypeOfCode;
  readonly #lock: Lock | RLock | undefined;

  /** The typed array itself, over shared memory: index it in hot loops. */
  readonly view: ViewOf<C>;

  /**
   * @param sizeOrInitial a number of elements, all 0, or the elements. Integers wrap around as the type
   *   does; for `?`, whatever is not 0 is 1
   * @throws TypeError for an unknown code or elements of another type; RangeError for a fraction in
   *   integers, and for a length that is none or does not fit in memory
   */
  constructor(code: C, sizeOrInitial: number | Iterable<number | bigint>, options?: LockOptions);
  /** @internal */
  constructor(parts: Parts, memory: SharedArrayBuffer);
  constructor(
    what: C | Parts,
    given: number | Iterable<number | bigint> | SharedArrayBuffer,
    options?: LockOptions,
  ) {
    if (what instanceof Parts) {
      const memory = weigh(given as SharedArrayBuffer);
      this.#code = what.code as C;
      this.#type = typeOfCode(what.code);
      this.#lock = what.lock;
      this.view = over(this.#type, memory, memory.byteLength / this.#type.View.BYTES_PER_ELEMENT) as ViewOf<C>;
      Object.preventExtensions(this);
      return;
    }
    this.#code = what;
    this.#type = typeOfCode(what);
    this.#lock = guardOf(options);
    const elements = typeof given === 'number' ? undefined : elementsOf(given, this.#type);
    const length = elements?.length ?? (given as number);
    this.view = over(this.#type, allocate(what, this.#type, length), length) as ViewOf<C>;
    if (elements !== undefined) (this.view as Float64Array).set(elements as number[]);
    // As in Python, `array[0] = 1` would else put the 1 beside the memory, where no other thread sees it.
    if (new.target === SharedArray) Object.preventExtensions(this);
  }

  get length(): number {
    return this.view.length;
  }

  /** The element at `index`, from the end if it is negative. RangeError outside. */
  at(index: number): ElementOfCode<C> {
    return this.view[this.#place(index)] as ElementOfCode<C>;
  }

  /** Changes the element at `index`, from the end if it is negative. RangeError outside. */
  set(index: number, value: ElementOfCode<C>): void {
    const place = this.#place(index);
    (this.view as Float64Array)[place] = element(this.#type, 'value', value) as number;
  }

  #place(index: number): number {
    return placeOf(index, this.length, 'SharedArray');
  }

  /** An RLock, unless `options.lock` said otherwise. LockStateError after `lock: false`. */
  getLock(): RLock | Lock {
    return demand(this.#lock, 'SharedArray');
  }

  /** The elements from first to last, as they are when it comes to them. */
  [Symbol.iterator](): IterableIterator<ElementOfCode<C>> {
    return this.view[Symbol.iterator]() as IterableIterator<ElementOfCode<C>>;
  }

  // Sharing and showing

  /** @internal */
  [SHARE](): Shared {
    return { type: 'SharedArray', data: { code: this.#code, lock: this.#lock, memory: this.view.buffer } };
  }

  /** @internal */
  [inspect.custom](): string {
    const lock = this.#lock === undefined ? 'none' : inspect(this.#lock);
    return `SharedArray { code: '${this.#code}', lock: ${lock}, view: ${inspect(this.view, { maxArrayLength: 10 })} }`;
  }
}

function over({ View }: TypeOfCode, memory: SharedArrayBuffer, length: number): View {
  return new View(memory, 0, length);
}

function allocate(code: TypeCode, { View }: TypeOfCode, length: number): SharedArrayBuffer {
  if (!Number.isInteger(length) || length < 0) {
    throw new RangeError(broken('sizeOrInitial', 'a number of elements from 0 up, or the elements', length));
  }
  try {
    return sharedMemory(length * View.BYTES_PER_ELEMENT);
  } catch (cause) {
    throw new RangeError(
      `Expected \`sizeOrInitial\` to be as many elements of code '${code}' as there is memory for, got ${length}`,
      { cause },
    );
  }
}

/** The elements as the view takes them. */
function elementsOf(given: unknown, type: TypeOfCode): readonly (number | bigint)[] {
  if (!isIterable(given)) {
    throw new TypeError(broken('sizeOrInitial', 'a number of elements, or an iterable of them', given));
  }
  if (ArrayBuffer.isView(given) && isDetached(given)) {
    throw new TypeError(broken('sizeOrInitial', 'an array whose memory is there, not detached', given));
  }
  let index = 0;
  const name = (): string => `sizeOrInitial[${index}]`;
  return Array.from(given, (value, i) => {
    index = i;
    return element(type, name, value);
  });
}

/** For `?`, booleans and numbers make 0 and 1. */
function element({ family }: TypeOfCode, name: string | (() => string), value: unknown): number | bigint {
  if (family === 'boolean') {
    if (typeof value !== 'boolean') checkValue('integer', name, value);
    return value ? 1 : 0;
  }
  checkValue(family, name, value);
  return value as number | bigint;
}

registerShareable(
  'SharedArray',
  ({ code, lock, memory }: Parts & { memory: SharedArrayBuffer }) => new SharedArray(new Parts(code, lock), memory),
);
