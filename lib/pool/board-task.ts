/** What `currentTask()` is while items of a board are run. */
import { CurrentTask } from '../tasks/current-task.js';
import * as L from './layout.js';

/** `aborted` while the whole call is, or while the time of the item being run is up. */
export class BoardTask extends CurrentTask {
  readonly #words: Int32Array;
  readonly #control: number;
  readonly #row: number;
  constructor(words: Int32Array, control: number, row: number, threadId: number) {
    super(words, control, threadId);
    this.#words = words;
    this.#control = control;
    this.#row = row;
  }
  override get aborted(): boolean {
    if (Atomics.load(this.#words, this.#control) !== L.GO) return true;
    const expired = Atomics.load(this.#words, this.#row + L.R_EXPIRED);
    return expired !== 0 && expired === this.#words[this.#row + L.R_CURRENT];
  }
}
