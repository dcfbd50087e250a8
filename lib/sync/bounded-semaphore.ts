import { registerShareable } from '../tasks/shareable.js';
import { MAX_PERMITS, Semaphore, semaphoreWords } from './semaphore.js';
import { checkInteger } from './wait-options.js';
import { adopt, isWords } from './words.js';

/**
 * A Semaphore whose value never exceeds the one it started with: a release too many, a slip in the
 * program, is a RangeError. Python: BoundedSemaphore (ValueError).
 */
export class BoundedSemaphore extends Semaphore {
  /** @param value permits at the start, and the most there can be, from 0 up; default 1 */
  constructor(value?: number);
  /** @internal */
  constructor(words: Int32Array);
  constructor(value: number | Int32Array = 1) {
    if (!isWords(value)) {
      checkInteger('value', value, 0, MAX_PERMITS - 1);
      value = semaphoreWords(value, value);
    }
    super(value);
  }
}

registerShareable('BoundedSemaphore', (memory: SharedArrayBuffer) =>
  adopt(memory, (words) => new BoundedSemaphore(words)),
);
