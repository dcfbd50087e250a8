/** Words of a gate's memory; the tasks' side is in fixtures/pool/gates.ts. */
export const ARRIVED = 0;
export const OPEN = 1;

/**
 * A gate in shared memory, so that a spec decides the order of events instead of a clock: tasks arrive and
 * wait at it, the spec waits for them to arrive and opens it. Pass `words` to the task.
 */
export class Gate {
  readonly words = new Int32Array(new SharedArrayBuffer(8));

  get arrivals(): number {
    return Atomics.load(this.words, ARRIVED);
  }

  /** Lets through who waits and who comes. */
  open(): void {
    Atomics.store(this.words, OPEN, 1);
    Atomics.notify(this.words, OPEN);
  }

  /** Resolves when so many tasks have arrived, since the gate was made. */
  arrived(count = 1): Promise<void> {
    return reaches(this.words, ARRIVED, count);
  }
}

/** Resolves when the word, which somebody notifies after every change, is at least `value`. */
export async function reaches(words: Int32Array, index: number, value: number): Promise<void> {
  for (let seen = Atomics.load(words, index); seen < value; seen = Atomics.load(words, index)) {
    const { async, value: woken } = Atomics.waitAsync(words, index, seen);
    if (async) await woken;
  }
}

/** Words in shared memory, all 0: counters for tasks. */
export function sharedWords(length: number): Int32Array<SharedArrayBuffer> {
  return new Int32Array(new SharedArrayBuffer(4 * length));
}
