import { threadState } from './thread-state.js';

/** What a task can learn of the call it belongs to. */
export class CurrentTask {
  readonly threadId: number;
  readonly #words: Int32Array;
  readonly #index: number;
  /** `words[index]` is 0 until the call is aborted. */
  constructor(words: Int32Array, index: number, threadId: number) {
    this.#words = words;
    this.#index = index;
    this.threadId = threadId;
  }
  get aborted(): boolean {
    return Atomics.load(this.#words, this.#index) !== 0;
  }
  throwIfAborted(): void {
    if (this.aborted) throw new DOMException('The task was aborted', 'AbortError');
  }
}
const state = threadState('task', () => ({ current: undefined as CurrentTask | undefined }));
/** Inside a task: what is known of the call it belongs to. `undefined` outside a task. */
export function currentTask(): CurrentTask | undefined {
  return state.current;
}
/** For runners: says which task runs from here on. */
export function runAs(task: CurrentTask | undefined): void {
  state.current = task;
}
