/** The tasks of the comparison: the same functions, of one argument, for every library. */

export const echo = (value: unknown): unknown => value;

export function fails(): never {
  throw Object.assign(new RangeError('a failure'), { code: 'E_EXAMPLE', detail: { attempts: 3 } });
}

export const exits = (): never => process.exit(7);

const forever = (): Promise<never> => new Promise(() => setInterval(() => undefined, 1000));

export async function throwsInTimer(): Promise<never> {
  setTimeout(() => {
    throw new Error('thrown in a timer');
  }, 10);
  return forever();
}

/** Stores 1 in the word when it has begun; never ends. */
export function endless(word: Int32Array): never {
  Atomics.store(word, 0, 1);
  for (;;);
}

export function hoards(): never {
  let kept: unknown;
  for (let i = 0; ; i++) kept = { kept, i };
}

export const givesFunction = (): unknown => ({ list: [() => 1] });

/** Blocks its thread for so long. */
export function sleeps(ms: number): number {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
  return ms;
}

export const naps = async (ms: number): Promise<number> => new Promise((resolve) => setTimeout(resolve, ms, ms));

/** True if as many calls as the second word says are in here at once. It blocks its thread, five seconds at most. */
export function meets(words: Int32Array): boolean {
  const present = Atomics.add(words, 0, 1) + 1;
  if (present === words[1]) Atomics.notify(words, 0);
  for (let last = present; last < words[1]; last = Atomics.load(words, 0)) {
    if (Atomics.wait(words, 0, last, 5000) === 'timed-out') return false;
  }
  return true;
}

/** The same, without blocking its thread. */
export async function meetsAsync(words: Int32Array): Promise<boolean> {
  Atomics.add(words, 0, 1);
  for (let round = 0; round < 100; round++) {
    if (Atomics.load(words, 0) === words[1]) return true;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return false;
}

export function squares(numbers: Float64Array): void {
  for (let i = 0; i < numbers.length; i++) numbers[i] **= 2;
}

export const tasks = {
  echo, fails, exits, throwsInTimer, endless, hoards, givesFunction, sleeps, naps, meets, meetsAsync, squares,
};
export type TaskName = keyof typeof tasks;
