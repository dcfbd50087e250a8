/** How large an imap's chunks are, and how far ahead of its consumer it takes items. */
import type { TaskCost } from './cost-model.js';
import type { MapSettings } from './options.js';
import { claimSize, SCHEDULES } from './schedules.js';

const AUTO = SCHEDULES.indexOf('auto');
/** So that a source of many cheap items is not asked for all of them at once. */
const MOST_CHUNK = 4096;

export class ImapSizes {
  readonly #settings: MapSettings;
  readonly #threads: number;
  readonly #cost: TaskCost;
  /** Of the chunk that was sent last: while the cost of an item is unknown, chunks grow. */
  lastChunk = 0;

  constructor(settings: MapSettings, threads: number, cost: TaskCost) {
    this.#settings = settings;
    this.#threads = threads;
    this.#cost = cost;
  }

  chunk(): number {
    const { chunksize, bufferSize } = this.#settings;
    if (chunksize !== 'auto') return chunksize;
    const known = this.#cost.asynchronous ? 0 : this.#cost.nsPerItem;
    const size = Math.min(MOST_CHUNK, claimSize(AUTO, 2 ** 30, this.#threads, 1, this.lastChunk, known));
    if (bufferSize === 0) return size;
    return Math.max(1, Math.min(size, Math.floor(bufferSize / (2 * this.#threads))));
  }

  /** Items that may be taken from the source before the consumer takes results. */
  window(): number {
    const { bufferSize } = this.#settings;
    return bufferSize > 0 ? bufferSize : this.#forAllThreads();
  }

  /** Chunks for all threads fit in the window. */
  fit(): boolean {
    return this.window() >= this.#forAllThreads();
  }

  /** Of two chunks each thread always has one to go on with. */
  #forAllThreads(): number {
    return 2 * this.#threads * this.chunk();
  }
}
