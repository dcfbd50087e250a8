import { AsyncLocalStorage } from 'node:async_hooks';
import { threadState } from './thread-state.js';

/** What a task can learn of the call it belongs to. */
export class CurrentTask {
  /** worker_threads' id of the thread that runs the task; 0 for the main thread, under execution 'inline'. */
  readonly threadId: number;
  readonly #words: Int32Array;
  readonly #index: number;
  readonly #mask: number;

  /** For runners: the call is aborted once `words[index]` has a bit of `mask`. */
  constructor(words: Int32Array, index: number, threadId: number, mask = ~0) {
    this.#words = words;
    this.#index = index;
    this.#mask = mask;
    this.threadId = threadId;
  }

  /** True once the caller aborted, timed out or terminated. One atomic load: a busy loop may poll it. */
  get aborted(): boolean {
    return (Atomics.load(this.#words, this.#index) & this.#mask) !== 0;
  }

  /** Throws a DOMException named 'AbortError' once `aborted` is true. */
  throwIfAborted(): void {
    if (this.aborted) throw new DOMException('The task was aborted', 'AbortError');
  }
}

interface State {
  current: CurrentTask | undefined;
  /** Made by the first runWithin(): Node pays for it at every promise. */
  storage: AsyncLocalStorage<CurrentTask> | undefined;
}

const state = threadState<State>('task', () => ({ current: undefined, storage: undefined }));

/** Inside a task: what is known of the call it belongs to. `undefined` outside a task. */
export function currentTask(): CurrentTask | undefined {
  return state.storage?.getStore() ?? state.current;
}

/** For runners in a thread, which runs one task at a time: says which one from here on. */
export function runAs(task: CurrentTask | undefined): void {
  state.current = task;
}

/** For tasks on the caller's thread, where several are under way: `task` is current in `run` and all it awaits. */
export function runWithin<R>(task: CurrentTask, run: () => R): R {
  state.storage ??= new AsyncLocalStorage();
  return state.storage.run(task, run);
}
