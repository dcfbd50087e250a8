import type { TaskName } from './tasks/common.js';

/** What a cell of the comparison says: a word or two, and for the reader who asks, the message that was seen. */
export interface Cell {
  readonly cell: string;
  readonly detail?: string;
}

export interface Opening {
  /** Default 2. */
  readonly threads?: number;
  /** A module that has the tasks, instead of the usual one; default: the usual one. */
  readonly tasks?: 'common' | 'broken';
  /** Of each thread, where the library can limit it. */
  readonly heapMb?: number;
  /** Tasks that may wait, where the library can limit them. */
  readonly maxQueue?: number;
  /** Tasks that one thread may have under way at a time, where the library can choose. */
  readonly concurrency?: number;
}

export interface RunOptions {
  readonly signal?: AbortSignal;
  /** The time limit that the library has for a task, in milliseconds: of its own, else AbortSignal.timeout(). */
  readonly limitMs?: number;
}

/** A pool of any library, used as its documentation says. */
export interface OpenPool {
  /** May throw where the library's call does. */
  run(task: TaskName, argument?: unknown, options?: RunOptions): PromiseLike<unknown>;
  /** What the library has for an orderly end: work under way is to be finished, if it can do that. */
  close(): unknown;
}

export interface Library {
  readonly name: string;
  open(opening?: Opening): Promise<OpenPool>;
  /** Claims that this library meets in a way of its own, by id; the others are checked by the common scenario. */
  readonly own: Readonly<Record<string, () => Promise<Cell>>>;
}
